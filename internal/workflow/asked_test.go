package workflow_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestWhatTrafficDecidesStaysWithThatTraffic takes an artifact onward: what the first environment's
// traffic decided is not what the author asked for, and says nothing of the second's.
func TestWhatTrafficDecidesStaysWithThatTraffic(t *testing.T) {
	t.Parallel()
	for name, strategy := range map[string]release.Strategy{
		"adaptive":                  {Adaptive: &release.AdaptiveStrategy{}},
		"adaptive, held back":       {Adaptive: &release.AdaptiveStrategy{}, Holdback: new(5.0)},
		"exposure":                  {Exposure: &release.ExposureStrategy{MaxFailedRequests: 200}},
		"exposure, with a holdback": {Exposure: &release.ExposureStrategy{MaxFailedRequests: 200}, Holdback: new(5.0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := busy(t, 5000)
			asked := w.document("two", func(d *release.Document) { d.Strategy = strategy })
			record := w.release(asked)
			if record.Outcome != release.Promoted {
				t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
			}
			if decided := record.Document.Strategy; len(decided.Steps) == 0 || decided.Holdback == nil {
				t.Errorf("traffic has decided nothing: %+v", decided)
			}
			if diff := cmp.Diff(asked.Strategy, record.AskedDocument().Strategy); diff != "" {
				t.Errorf("what was asked for (-want +got):\n%s", diff)
			}
			started, err := w.engine.Operator.Deploy(context.Background(), release.Document{
				Environment: "staging", Request: release.Request{By: "anna", From: record.ID},
			})
			if err != nil {
				t.Fatal(err)
			}
			w.pass(2 * time.Minute)
			if diff := cmp.Diff(asked.Strategy, w.record(started.ID).AskedDocument().Strategy); diff != "" {
				t.Errorf("what is asked for in staging (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("steps", func(t *testing.T) {
		t.Parallel()
		w := released(t)
		if record := w.release(w.document("two")); record.Asked != nil {
			t.Errorf("traffic decided about fixed steps, asked for were %+v", record.Asked)
		}
	})
}
