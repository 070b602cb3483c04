package judge

import "github.com/goldfinch-dev/goldfinch/internal/judge/evidence"

// recentPeriods is how many periods with requests tell how many a service has now.
const recentPeriods = 60

// PastOf says by metric what stable did in consecutive periods, oldest first: how much of it was
// bad, and how many bad requests came together. Canary's counts are not looked at.
// A metric that is missing in a period counts as no requests there.
func PastOf(periods []Period) map[string]Past {
	past := map[string]Past{}
	bad := map[string][]float64{}
	for i, period := range periods {
		for metric, pair := range period.Metrics {
			if bad[metric] == nil {
				bad[metric] = make([]float64, len(periods))
			}
			requests := max(pair.Stable.Requests, 0)
			counted := min(max(pair.Stable.Bad, 0), requests)
			bad[metric][i] = counted
			sum := past[metric]
			sum.Requests += requests
			sum.Bad += counted
			past[metric] = sum
		}
	}
	for metric, sum := range past {
		sum.Periods, sum.Burst = len(periods), evidence.Burst(bad[metric])
		past[metric] = sum
	}
	return past
}

// RecentRequests is how many requests a period stable has had lately: the mean of the
// last 60 of the periods, oldest first, in which there were any; 0 where there was none.
// A period's requests are those of the metric that counted most.
func RecentRequests(periods []Period) float64 {
	sum, found := 0.0, 0
	for i := len(periods) - 1; i >= 0 && found < recentPeriods; i-- {
		requests := 0.0
		for _, pair := range periods[i].Metrics {
			requests = max(requests, pair.Stable.Requests)
		}
		if requests > 0 {
			sum += requests
			found++
		}
	}
	if found == 0 {
		return 0
	}
	return sum / float64(found)
}
