package workflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestAGoodReleaseEndsWellWhateverItsPeriod releases by the defaults of long periods and late metrics: metrics
// that take their time are no want of data.
func TestAGoodReleaseEndsWellWhateverItsPeriod(t *testing.T) {
	t.Parallel()
	for _, period := range []time.Duration{time.Minute, 7 * time.Minute, 15 * time.Minute, time.Hour} {
		for _, delay := range []int{0, 1, 15} {
			for _, strategy := range []string{"fixed", "adaptive"} {
				t.Run(fmt.Sprintf("%s of %s, delay %d", strategy, period, delay), func(t *testing.T) {
					t.Parallel()
					w := released(t)
					w.pass(11*time.Minute + 13*time.Second) // so that releases begin within a period
					record := w.release(w.document("two", func(d *release.Document) {
						d.Analysis.Period, d.Analysis.Delay = release.Duration(period), &delay
						if strategy == "adaptive" {
							adaptive(d)
						}
					}))
					if record.Outcome != release.Promoted {
						t.Errorf("outcome %s after %s: %s\n%s", record.Outcome, record.EndedAt.Sub(record.CreatedAt), record.Reason, w.timeline(record.ID))
					}
				})
			}
		}
	}
}
