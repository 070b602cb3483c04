package operator_test

import (
	"errors"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestTrafficIsADayOfTheStableVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, canarying)
		w.target.split, w.target.history = release.Split{Stable: "7", Canary: "8", Weight: 10}, traffic(200)
		day, err := o.Traffic(t.Context(), operator.Reference{Service: "echo", Environment: "production"})
		if err != nil {
			t.Fatal(err)
		}
		if day.Service != "echo" || day.Environment != "production" || day.Version != "7" || day.Period.String() != "1m" {
			t.Errorf("the day is of %+v", day)
		}
		if len(day.Requests) != 1440 || day.Requests[0] != 200 || day.Requests[1439] != 200 {
			t.Errorf("%d periods: %v …", len(day.Requests), day.Requests[:1])
		}
		if share := day.Bad[judge.MetricErrors]; share != 15.0/288000 {
			t.Errorf("%v of all requests failed, want 15 of 288,000", share)
		}
		w.target.historyErr = errors.New("throttled")
		if _, err := o.Traffic(t.Context(), operator.Reference{ID: id(1)}); err == nil {
			t.Error("what can't be read is no error")
		}
		var missing *operator.NotFoundError
		if _, err := o.Traffic(t.Context(), operator.Reference{Service: "nobody"}); !errors.As(err, &missing) {
			t.Errorf("of nobody: %v", err)
		}
	})
}
