package judge

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
)

// A History is what one version did in consecutive periods, by metric.
type History struct {
	// Start is when the first period began, in UTC.
	Start time.Time
	// Counts has as many counts for each metric as there are periods, oldest first.
	Counts map[string][]Count
	// Periods is how many periods there are.
	Periods int
}

// HistoryOf is what stable did in consecutive periods, oldest first. A metric that is
// missing in a period counts as no requests there.
func HistoryOf(periods []Period) History {
	history := History{Counts: map[string][]Count{}, Periods: len(periods)}
	if len(periods) > 0 {
		history.Start = periods[0].Start
	}
	for i, period := range periods {
		for metric, pair := range period.Metrics {
			if history.Counts[metric] == nil {
				history.Counts[metric] = make([]Count, len(periods))
			}
			history.Counts[metric][i] = pair.Stable
		}
	}
	return history
}

// Requests is how many requests there were in a period, of which 0 is the oldest: those
// of the metric that counted most.
func (h History) Requests(period int) float64 {
	requests := 0.0
	for _, counts := range h.Counts {
		requests = max(requests, counts[period].Requests)
	}
	return requests
}

// recentPeriods is how many periods with requests tell how many a service has now.
const recentPeriods = 60

// PastOf sums up a history by metric: how much of it was bad, and how many bad requests came together.
func PastOf(history History) map[string]Past {
	past := make(map[string]Past, len(history.Counts))
	bad := make([]float64, history.Periods)
	for metric, counts := range history.Counts {
		sum := Past{Periods: history.Periods}
		for i, count := range counts {
			requests := max(count.Requests, 0)
			bad[i] = min(max(count.Bad, 0), requests)
			sum.Requests += requests
			sum.Bad += bad[i]
		}
		sum.Burst = evidence.Burst(bad)
		past[metric] = sum
	}
	return past
}

// RecentRequests is how many requests a period a version has had lately: the mean of the
// last 60 of the periods in which there were any; 0 where there was none.
func RecentRequests(history History) float64 {
	sum, found := 0.0, 0
	for i := history.Periods - 1; i >= 0 && found < recentPeriods; i-- {
		if requests := history.Requests(i); requests > 0 {
			sum += requests
			found++
		}
	}
	if found == 0 {
		return 0
	}
	return sum / float64(found)
}
