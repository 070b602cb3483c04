package workflow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// toStaff gives the canary to a quarter of the staff, then to all of it, and then to a tenth of everybody too.
func toStaff(d *release.Document) {
	short(d)
	flag := release.Match{Flag: &release.FlagMatch{
		Application: "echo", Environment: "production", Profile: "flags", Flag: "new", Variant: "canary", Rule: `(eq $team "us")`, Key: "$userId",
	}}
	d.Strategy.Audience = []release.Audience{
		{Name: "some", Match: flag, Share: 25, Wait: release.Duration(time.Minute)},
		{Name: "staff", Match: flag, Wait: release.Duration(time.Minute)},
	}
	d.Analysis.NoData.Policy = release.NoDataPass
}

func TestAnAudienceComesFirstAndGoesWithThePromotionAndTheRollback(t *testing.T) {
	rungs := []string{
		"version 1 at 100%, version 2 at 0% and for 25% of audience some",
		"version 1 at 100%, version 2 at 0% and for audience staff",
		"version 1 at 87.5%, version 2 at 12.5% and for audience staff",
	}
	for name, test := range map[string]struct {
		abort   bool
		outcome release.Outcome
		splits  []string
	}{
		"promoted": {outcome: release.Promoted, splits: append(rungs[:3:3], "version 2 at 100%")},
		"aborted":  {abort: true, outcome: release.Aborted, splits: append(rungs[:2:2], "version 1 at 100%")},
	} {
		t.Run(name, func(t *testing.T) {
			w, d := distantWorld(t)
			id := w.start(w.document("two", toStaff))
			if test.abort {
				w.passUntil("the whole staff has it", func() bool { return w.record(id).Step == 1 && !w.record(id).StepBegan.IsZero() })
				w.signal(id, ledger.SignalAbort, "wrong build")
			}
			record := w.finish(id)
			if record.Outcome != test.outcome {
				t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
			}
			var seen []string
			for _, entry := range w.told(id, ledger.EntrySplitSeen)[1:] {
				seen = append(seen, entry.Split.String())
			}
			if diff := cmp.Diff(test.splits, seen); diff != "" {
				t.Errorf("splits (-want +seen):\n%s", diff)
			}
			if record.CanaryBegan.IsZero() || len(record.Shifts) > 0 && record.Shifts[0].Weight == 0 {
				t.Errorf("the canary began at %s; its shifts were %v", record.CanaryBegan, record.Shifts)
			}
			if record.Actual.Audience != "" || record.Actual.Share != 0 {
				t.Errorf("in the end traffic is on %s", record.Actual)
			}
			d.home(t, map[bool]string{true: "1", false: "2"}[test.abort])
		})
	}
}
