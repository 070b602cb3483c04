package targettest

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

func measureNothing(t *testing.T, w World) {
	from := time.Date(2030, 1, 2, 3, 4, 30, 0, time.UTC)
	to := from.Add(3 * time.Minute)
	periods, err := w.Target.Measure(t.Context(), w.split(10), from, to, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if len(periods) != 3 {
		t.Fatalf("%d periods of a minute begin in three minutes, want 3", len(periods))
	}
	for i, period := range periods {
		want := from.Truncate(time.Minute).Add(time.Duration(i+1) * time.Minute)
		if !period.Start.Equal(want) {
			t.Errorf("period %d begins at %v, want %v", i, period.Start, want)
		}
		if len(period.Metrics) == 0 {
			t.Errorf("period %d compares no metric", i)
		}
		for metric, pair := range period.Metrics {
			if pair != (judge.Pair{}) {
				t.Errorf("period %d, %s: %+v without traffic", i, metric, pair)
			}
		}
	}
	none, err := w.Target.Measure(t.Context(), w.split(10), from, from, time.Minute)
	if err != nil || len(none) != 0 {
		t.Errorf("measuring no time gives %v, %v", none, err)
	}
}

func measureBoth(t *testing.T, w World) {
	from := time.Date(2030, 1, 2, 3, 4, 0, 0, time.UTC)
	w.Request(w.Stable, from, 90, 1)
	w.Request(w.Canary, from.Add(30*time.Second), 10, 2)
	w.Request(w.Foreign, from, 50, 50)
	w.Request(w.Canary, from.Add(time.Minute), 4, 4)
	periods, err := w.Target.Measure(t.Context(), w.split(10), from, from.Add(2*time.Minute), time.Minute)
	if err != nil || len(periods) != 2 {
		t.Fatalf("%d periods, %v", len(periods), err)
	}
	seen := 0
	for metric, first := range periods[0].Metrics {
		if first.Stable.Requests != 90 || first.Canary.Requests != 10 {
			t.Errorf("%s: %+v, want 90 and 10 requests", metric, first)
		}
		second := periods[1].Metrics[metric]
		if second.Stable != (judge.Count{}) || second.Canary.Requests != 4 {
			t.Errorf("%s: %+v in the second minute, want 4 requests of the canary", metric, second)
		}
		if first.Stable.Bad == 1 && first.Canary.Bad == 2 && second.Canary.Bad == 4 {
			seen++
		}
	}
	if seen == 0 {
		t.Errorf("no metric shows the bad requests: %+v", periods)
	}
}

// history reads the history of a version, and checks what holds of every one.
func history(t *testing.T, w World, version string, until time.Time, period time.Duration) judge.History {
	t.Helper()
	history, err := w.Target.History(t.Context(), version, until, period)
	if err != nil {
		t.Fatal(err)
	}
	if history.Periods != target.HistoryPeriods {
		t.Fatalf("%d periods, want %d", history.Periods, target.HistoryPeriods)
	}
	if want := release.Duration(period).Floor(until).Add(-target.HistoryPeriods * period); !history.Start.Equal(want) {
		t.Fatalf("the first period begins at %v, want %v", history.Start, want)
	}
	if len(history.Counts) == 0 {
		t.Fatal("there is no metric")
	}
	for metric, counts := range history.Counts {
		if len(counts) != history.Periods {
			t.Fatalf("%s: %d counts of %d periods", metric, len(counts), history.Periods)
		}
	}
	return history
}

// stableRequests are the requests of each period that has any, and of all metrics alike.
func stableRequests(t *testing.T, history judge.History) map[int]float64 {
	t.Helper()
	requests := map[int]float64{}
	for i := range history.Periods {
		all := map[float64]bool{}
		for metric, counts := range history.Counts {
			all[counts[i].Requests] = true
			if counts[i].Requests > 0 {
				requests[i] = counts[i].Requests
			} else if counts[i].Bad > 0 {
				t.Errorf("period %d, %s: %v bad ones of no requests", i, metric, counts[i].Bad)
			}
		}
		if len(all) != 1 {
			t.Errorf("period %d: the metrics differ in their requests: %v", i, all)
		}
	}
	return requests
}

func historyOfNothing(t *testing.T, w World) {
	until := time.Date(2030, 1, 2, 3, 4, 30, 0, time.UTC)
	for _, period := range []time.Duration{10 * time.Second, time.Minute, 7 * time.Minute} {
		if requests := stableRequests(t, history(t, w, w.Stable, until, period)); len(requests) != 0 {
			t.Errorf("periods of %v: requests without traffic: %v", period, requests)
		}
	}
}

func historyInOrder(t *testing.T, w World) {
	until := time.Date(2030, 1, 2, 3, 4, 30, 0, time.UTC)
	end := until.Truncate(time.Minute)
	first, gap, last := end.Add(-target.HistoryPeriods*time.Minute), end.Add(-700*time.Minute), end.Add(-time.Second)
	w.Request(w.Stable, first, 10, 1)
	w.Request(w.Stable, gap, 20, 2)
	w.Request(w.Stable, gap.Add(59*time.Second), 1, 0)
	w.Request(w.Stable, last, 30, 3)
	seen := history(t, w, w.Stable, until, time.Minute)
	requests := stableRequests(t, seen)
	gapAt, lastAt := target.HistoryPeriods-700, target.HistoryPeriods-1
	if len(requests) != 3 || requests[0] != 10 || requests[gapAt] != 21 || requests[lastAt] != 30 {
		t.Errorf("requests are %v, want 10 in the first period, 21 in period %d, 30 in the last", requests, gapAt)
	}
	for _, counts := range seen.Counts {
		if counts[0].Bad == 1 && counts[gapAt].Bad == 2 && counts[lastAt].Bad == 3 {
			return
		}
	}
	t.Errorf("no metric shows the bad requests: %+v", seen.Counts)
}

func historyOfOne(t *testing.T, w World) {
	until := time.Date(2030, 1, 2, 3, 4, 30, 0, time.UTC)
	end := until.Truncate(time.Minute)
	w.Request(w.Stable, end.Add(-10*time.Minute), 10, 0)
	for _, other := range []string{w.Canary, w.Foreign} {
		w.Request(other, end.Add(-10*time.Minute), 1000, 1000)
	}
	w.Request(w.Stable, end.Add(-(target.HistoryPeriods*time.Minute + time.Second)), 1000, 1000)
	w.Request(w.Stable, end, 1000, 1000) // its period has not ended
	w.Request(w.Stable, end.Add(time.Hour), 1000, 1000)
	requests := stableRequests(t, history(t, w, w.Stable, until, time.Minute))
	if len(requests) != 1 || requests[target.HistoryPeriods-10] != 10 {
		t.Errorf("requests are %v, want 10, ten minutes before the end, and nothing else", requests)
	}
}
