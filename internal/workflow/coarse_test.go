package workflow_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestALadderOfWholeInstances: beside two instances the smallest share is a third, and no rung below says anything else.
func TestALadderOfWholeInstances(t *testing.T) {
	t.Parallel()
	shared, good := sharedTargetGroup{}, scenario{name: "good"}
	w := shared.prepare(t, good)
	document := shared.document(w, good)
	document.Strategy = release.Strategy{Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}}
	document.Analysis.MinimumSamples = nil
	record := w.release(release.Default(document))
	if record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	if diff := cmp.Diff([]float64{33.33, 100}, weights(record)); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	if steps := record.Document.Strategy.Steps; len(steps) != 1 || steps[0].Weight != 33.33 || !strings.Contains(w.timeline(record.ID), "climbs 33.33 %") {
		t.Errorf("the ladder is %+v\n%s", steps, w.timeline(record.ID))
	}
}
