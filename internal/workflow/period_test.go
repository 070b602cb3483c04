package workflow_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// CloudWatch's periods begin at multiples of their length since 1970, wherever the hours begin: what is
// asked for earlier is counted by half.
func TestAPeriodOfAnyLengthIsCountedOnceItHasEnded(t *testing.T) {
	t.Parallel()
	for name, strategy := range map[string]func(*release.Document, release.Duration){
		"fixed": func(d *release.Document, wait release.Duration) {
			d.Strategy.Steps = []release.Step{{Weight: 10, Wait: wait}}
		},
		"adaptive": func(d *release.Document, _ release.Duration) { adaptive(d) },
	} {
		for _, length := range []time.Duration{7 * time.Minute, 25 * time.Minute} {
			t.Run(name+" "+length.String(), func(t *testing.T) {
				t.Parallel()
				w := busy(t, 3000)
				record := w.release(w.document("two", func(d *release.Document) {
					strategy(d, release.Duration(5*length))
					d.Analysis.Period = release.Duration(length)
					d.Analysis.NoData.Limit = release.Duration(10 * length)
					settle := release.Duration(5 * length)
					d.Strategy.Settle = &settle
				}))
				if record.Outcome != release.Promoted {
					t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
				}
				counted := 0
				for _, entry := range w.entries(record.ID) {
					for i, period := range entry.Periods {
						counted++
						if believed := period.Start.Add(2 * length); believed.After(entry.At) {
							t.Errorf("the period that began at %s was counted at %s, before %s", period.Start, entry.At, believed)
						}
						pair := period.Metrics["errors"]
						if total := pair.Canary.Requests + pair.Stable.Requests; total != 3000*length.Minutes() {
							t.Errorf("period %d, of %s, had %v requests, want %v", i, period.Start, total, 3000*length.Minutes())
						}
					}
				}
				if counted < 5 {
					t.Errorf("only %d periods were counted", counted)
				}
			})
		}
	}
}
