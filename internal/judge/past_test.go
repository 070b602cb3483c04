package judge_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
)

// alone makes periods of a version that nothing stood beside.
func alone(errors ...judge.Count) judge.History {
	periods := make([]judge.Period, len(errors))
	for i, count := range errors {
		periods[i] = judge.Period{Start: time.Date(2026, 3, 1, 0, i, 0, 0, time.UTC), Metrics: map[string]judge.Pair{
			judge.MetricErrors:  {Stable: count},
			judge.MetricLatency: {Stable: judge.Count{Requests: count.Requests}},
		}}
	}
	return judge.HistoryOf(periods)
}

func TestPastOfAddsUpWhatStableDidAndFindsItsBursts(t *testing.T) {
	t.Parallel()
	// Bursts of five, as many terms as the estimate needs.
	counts := make([]judge.Count, 16)
	for i, bad := range []float64{0, 5, 0, 0, 10, 5, 0, 15, 0, 5, 5, 0, 0, 10, 0, 5} {
		counts[i] = judge.Count{Requests: 100, Bad: bad}
	}
	want := map[string]judge.Past{
		judge.MetricErrors:  {Requests: 1600, Bad: 60, Periods: 16, Burst: 5.606060606060606},
		judge.MetricLatency: {Requests: 1600, Periods: 16, Burst: 1},
	}
	if diff := cmp.Diff(want, judge.PastOf(alone(counts...))); diff != "" {
		t.Errorf("past (-want +got):\n%s", diff)
	}
}

func TestPastOfKeepsBadWithinRequests(t *testing.T) {
	t.Parallel()
	past := judge.PastOf(alone(judge.Count{Requests: 3, Bad: 5}, judge.Count{Requests: -1, Bad: 2}, judge.Count{Requests: 4, Bad: -2}))
	if got := past[judge.MetricErrors]; got.Requests != 7 || got.Bad != 3 {
		t.Errorf("past is %+v, want 3 bad of 7", got)
	}
	if past := judge.PastOf(judge.History{}); len(past) != 0 {
		t.Errorf("the past of nothing is %v", past)
	}
}

func TestRecentRequestsAreTheMeanOfTheLastHourWithAny(t *testing.T) {
	t.Parallel()
	var counts []judge.Count
	for range 100 {
		counts = append(counts, judge.Count{Requests: 1000})
	}
	for range 30 {
		counts = append(counts, judge.Count{Requests: 500}, judge.Count{}, judge.Count{Requests: 300})
	}
	if got := judge.RecentRequests(alone(counts...)); got != 400 {
		t.Errorf("%v requests a period, want 400", got)
	}
	for name, periods := range map[string]judge.History{"idle": alone(judge.Count{}, judge.Count{}), "no past": {}} {
		if got := judge.RecentRequests(periods); got != 0 {
			t.Errorf("%s: %v requests a period, want 0", name, got)
		}
	}
}
