package workflow_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A release runs on while Goldfinch is upgraded, or put back: its record may come from older
// code, which lacks what was added since, and from newer code, which has what this code does not know.
func TestARecordOfOtherCodeIsNoHindrance(t *testing.T) {
	t.Parallel()
	for _, change := range []struct {
		name  string
		apply func(record map[string]any)
	}{
		{"older", func(record map[string]any) {
			for _, added := range []string{"goingBackSince", "past", "shifts"} {
				delete(record, added)
			}
		}},
		{"newer", func(record map[string]any) {
			record["fromTheFuture"] = map[string]any{"deep": []any{1, "two"}}
			record["document"].(map[string]any)["fromTheFuture"] = true
			record["actual"].(map[string]any)["fromTheFuture"] = 7
		}},
	} {
		for name, test := range map[string]struct {
			outcome release.Outcome
			// broken is the share of requests that the canary fails, once it has breaksAt of all traffic.
			broken, breaksAt float64
		}{
			"good":                     {release.Promoted, 0, 0},
			"bad":                      {release.RolledBack, 0.2, 0},
			"bad only after promotion": {release.RolledBack, 1, 1},
		} {
			t.Run(change.name+" "+name, func(t *testing.T) {
				t.Parallel()
				w := released(t)
				w.pass(time.Hour)
				w.broken["2"], w.breaksAt = test.broken, map[string]float64{"2": test.breaksAt}
				id, rewritten := "", 0
				w.handler = func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
					if _, err := w.engine.Ledger.Release(context.Background(), id); err == nil {
						rewritten++
						w.rewrite("release#"+id, "record", func(value string) string {
							var record map[string]any
							if err := json.Unmarshal([]byte(value), &record); err != nil {
								t.Error(err)
							}
							change.apply(record)
							return asJSON(t, record)
						})
					}
					return run(ctx)
				}
				id = w.start(w.document("two"))
				record := w.finish(id)
				if record.Outcome != test.outcome || rewritten < 10 {
					t.Errorf("%s after %d changes: %s\n%s", record.Outcome, rewritten, record.Reason, w.timeline(id))
				}
			})
		}
	}
}
