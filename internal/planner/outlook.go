package planner

import (
	"math"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// An outlook is what a release of a document would meet.
type outlook struct {
	document release.Document
	// shifts are what the target makes of the document's steps, whose weights are those that requests meet.
	shifts release.Shifts
	past   map[string]judge.Past
	// metrics are the names of what is compared, in the order of the plan's and of the model's.
	metrics []string
	// tested is the index of the metric that counts failed requests, as far as one is compared.
	tested int
	// requests is how many a period both versions have together.
	requests float64
	// periods is how many periods of the history tell so.
	periods int
}

// look makes the outlook of a document, which has its defaults, on a target with such shifts, for a service whose stable version
// did what history says, period by period, oldest first.
func look(document release.Document, history judge.History, shifts release.Shifts) outlook {
	document.Strategy.Steps = shifts.Met(document.Strategy.Steps)
	o := outlook{document: document, shifts: shifts, past: judge.PastOf(history), metrics: judge.Compared(document.Analysis), requests: Requests(history)}
	_, o.periods = recent(history)
	for _, failing := range []string{judge.MetricServerErrors, judge.MetricErrors} {
		for i, metric := range o.metrics {
			if metric == failing {
				o.tested = i
			}
		}
	}
	return o
}

// lately is how many periods tell how many requests a service has now.
const lately = 60

// Requests is how many requests a period a service has now: the mean of the last hour of
// minutes, from the first of them on in which stable had any, because it may have become stable since; where it had
// none, that of the whole history, likewise. It differs from [judge.RecentRequests] where
// most periods have no requests: those make traffic thinner, and a promise must know of it.
func Requests(history judge.History) float64 {
	sum, periods := recent(history)
	return sum / float64(max(periods, 1))
}

// recent is how many requests there were in the periods that [Requests] is the mean of, and how many those are.
func recent(history judge.History) (sum float64, periods int) {
	for _, first := range []int{max(history.Periods-lately, 0), 0} {
		for period := first; period < history.Periods; period++ {
			if sum += history.Requests(period); sum > 0 {
				periods++
			}
		}
		if periods > 0 {
			break
		}
	}
	return sum, periods
}

// cautious is the outlook with the least traffic and the highest bad rates that the history leaves likely,
// each the limit of a one-sided 95 % interval. What is promised to be noticed must be noticed with those, too.
func (o outlook) cautious() outlook {
	o.requests = max(o.requests-normal95*math.Sqrt(o.requests/float64(max(o.periods, 1))), o.requests/2)
	past := map[string]judge.Past{}
	for metric, before := range o.past {
		counted := chance.Share{Count: int(math.Round(before.Bad)), Of: int(math.Round(before.Requests))}
		before.Bad = counted.Upper(0.95) * before.Requests
		past[metric] = before
	}
	o.past = past
	return o
}

// normal95 is the 95th percentile of the standard normal distribution.
const normal95 = 1.645

// rate is the bad rate of the metric of that index, by the day before.
func (o outlook) rate(metric int) float64 {
	past := o.past[o.metrics[metric]]
	if past.Requests == 0 {
		return 0
	}
	return past.Bad / past.Requests
}

// A regression is one metric of the canary being worse.
type regression struct {
	// metric is its index.
	metric int
	// rate is the canary's bad rate, at least stable's.
	rate float64
	// from is the canary's share from which on it is; 0 means from the first shift on.
	from float64
}

// model is the world in which the canary has that regression.
func (o outlook) model(r regression) world.Model {
	model := world.Model{Traffic: world.Traffic{Constant: o.requests}, PeriodSeconds: o.document.Analysis.Period.Std().Seconds()}
	for i, name := range o.metrics {
		metric := world.Metric{Name: name, Base: o.rate(i)}
		if size := math.Round(o.past[name].Burst); size > 1 {
			metric.Bursts = &world.Bursts{Size: size}
		}
		if i == r.metric {
			metric.Add, metric.FromShare = max(r.rate-metric.Base, 0), r.from
		}
		model.Metrics = append(model.Metrics, metric)
	}
	return model
}

// good is a release with nothing wrong.
func (o outlook) good() regression { return regression{metric: o.tested, rate: o.rate(o.tested)} }

// total is a canary that fails every request.
func (o outlook) total() regression { return regression{metric: o.tested, rate: 1} }

// plan is how the release is judged.
func (o outlook) plan() ladder.Plan { return judge.Ladder(o.document, o.past) }

// periodsIn is how many periods a time lasts, the last of them in part.
func (o outlook) periodsIn(length time.Duration) int {
	period := o.document.Analysis.Period.Std()
	return int((length + period - 1) / period)
}

// limit is how many periods a release may last.
func (o outlook) limit() int {
	return max(int(o.document.Timeouts.Release/o.document.Analysis.Period), 1)
}
