package workflow_test

import (
	"context"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestWhatWasBakedIsWhatIsReleased: the record has the artifact by its name, by which it is stable, and by which it is refused
// after it was rolled back.
func TestWhatWasBakedIsWhatIsReleased(t *testing.T) {
	const image = "ami-0123456789abcdef0"
	w, d := distantWorld(t)
	d.baked = func(artifact release.Artifact) release.Artifact {
		artifact.SHA256, artifact.AMI = "", image
		return artifact
	}
	record := w.release(w.document("two", short))
	if record.Outcome != release.Promoted || record.Document.Artifact.AMI != image {
		t.Fatalf("outcome %s: %s, of %+v", record.Outcome, record.Reason, record.Document.Artifact)
	}
	if told := w.told(record.ID, ledger.EntryNote); !strings.Contains(told[0].Text, image) {
		t.Errorf("the first note is %q", told[0].Text)
	}
	stable, _, err := w.engine.Ledger.Stable(context.Background(), "echo", "production")
	if err != nil || stable.SHA256 != image {
		t.Errorf("stable is %+v (%v)", stable, err)
	}

	const other = "ami-0fedcba9876543210"
	d.baked = func(artifact release.Artifact) release.Artifact {
		artifact.SHA256, artifact.AMI = "", other
		return artifact
	}
	w.broken["3"] = 0.5
	if record := w.release(w.document("three", short)); record.Outcome != release.RolledBack {
		t.Fatalf("outcome %s: %s", record.Outcome, record.Reason)
	}
	record = w.release(w.document("four", short))
	if record.Outcome != release.Refused || !strings.Contains(record.Reason, "this artifact was rolled back by release") {
		t.Errorf("the same image once more: %s: %s", record.Outcome, record.Reason)
	}
	d.home(t, "2")
	w.broken["4"], w.broken["5"] = 0, 0
	record = w.release(w.document("five", short, func(d *release.Document) {
		d.Request = release.Request{Again: true, Reason: "the database was down"}
	}))
	if record.Outcome != release.Promoted {
		t.Errorf("with a reason: %s: %s", record.Outcome, record.Reason)
	}
}

// TestAPauseByDriftKeepsReleasesOut: it is a lock as a person's, and a person removes it.
func TestAPauseByDriftKeepsReleasesOut(t *testing.T) {
	w := released(t)
	ctx := context.Background()
	pause := ledger.PersonLock{By: ledger.ByDrift, Reason: "traffic is on version 7, and version 1 was released"}
	for range 2 {
		if err := w.engine.Ledger.LockByPerson(ctx, "echo", "production", pause); err != nil {
			t.Fatal(err)
		}
	}
	for _, onNewRelease := range []string{release.RejectNewRelease, release.QueueNewRelease} {
		record := w.release(w.document("two", func(d *release.Document) { d.Strategy.OnNewRelease = onNewRelease }))
		if record.Outcome != release.Refused || !strings.Contains(record.Reason, "locked by drift") || !strings.Contains(record.Reason, pause.Reason) {
			t.Errorf("%s: %s: %s", onNewRelease, record.Outcome, record.Reason)
		}
	}
	if err := w.engine.Operator.Unlock(ctx, "echo", "production", "anna", "I have looked"); err != nil {
		t.Fatal(err)
	}
	if record := w.release(w.document("two")); record.Outcome != release.Promoted {
		t.Errorf("after unlocking: %s: %s", record.Outcome, record.Reason)
	}
}
