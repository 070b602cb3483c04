package judge

import (
	"math"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
)

// A course is what was counted of a release so far, and what evidence that is. It is
// a function of the question alone: each is built anew from all finalised periods.
type course struct {
	tallies []tally
	// compared and settled divide the periods: settled are those in which the canary had all traffic.
	compared, settled []Period
	// canary and stable are requests in the whole release, stage those of the canary since the
	// stage began, and expected what the canary's weight promised it.
	// A period's requests are those of the metric that counted most.
	canary, stable, stage, expected float64
	// staged is how many periods of the stage are counted, and due how many requests the canary should
	// have had in them: its weight's share of what both versions had, or of usual where that is more.
	staged int
	due    float64
	// before is how many periods before the stage are counted, and usual the fewest requests
	// that both versions had together in any of them.
	before int
	usual  float64
}

// A tally is what one metric has shown.
type tally struct {
	watch watch
	// held is what the metric is held to.
	held     evidence.Parameters
	evidence *evidence.Metric
	// compared is what both versions did in the periods that compare them, stage what they did since the stage began.
	compared, stage Pair
}

// follow counts all periods of a question.
func follow(q Question) course {
	c := course{compared: q.Periods}
	period := q.Analysis.Period.Std()
	stageBegan := q.Analysis.Period.Floor(q.Began)
	if q.alone() {
		c.compared, c.settled = divide(q.Periods, q.Began)
		stageBegan = q.Began
	}
	margins := q.margin()
	for _, w := range watches(q.Analysis) {
		held := parameters(w.threshold, q.Past[w.name])
		c.tallies = append(c.tallies, tally{watch: w, held: held, evidence: evidence.New(held, margins...)})
	}
	// Settling is held to what was known of stable when it began.
	known, _ := divide(c.compared, q.Began.Add(-time.Duration(1+value(q.Analysis.Delay))*period+1))
	weight := weights(q.Shifts)
	for i, counted := range q.Periods {
		if q.alone() && i == len(known) {
			c.beginSettling(q.Past)
		}
		c.count(counted, i < len(c.compared), !counted.Start.Before(stageBegan), weight(counted.Start))
	}
	if q.alone() && len(known) == len(q.Periods) {
		c.beginSettling(q.Past)
	}
	return c
}

// count adds one period: compared says whether stable had traffic too, staged whether it belongs to the
// stage that is judged; share is what the canary's weight promised it.
func (c *course) count(period Period, compared, staged bool, share float64) {
	canary, stable := 0.0, 0.0
	for i := range c.tallies {
		t := &c.tallies[i]
		pair := period.Metrics[t.watch.name].plausible()
		if compared {
			t.evidence.Watch(evidence.Counts{
				CanaryRequests: pair.Canary.Requests, CanaryBad: pair.Canary.Bad,
				StableRequests: pair.Stable.Requests, StableBad: pair.Stable.Bad,
			})
			t.compared = t.compared.plus(pair)
		} else {
			all := pair.Canary.plus(pair.Stable)
			t.evidence.Settle(all.Requests, all.Bad)
		}
		if staged {
			t.stage = t.stage.plus(pair)
		}
		canary, stable = max(canary, pair.Canary.Requests), max(stable, pair.Stable.Requests)
	}
	c.canary += canary
	c.stable += stable
	c.expected += share * (canary + stable)
	if staged {
		c.stage += canary
		c.staged++
		c.due += share * max(canary+stable, c.usual)
		return
	}
	if c.before++; c.before == 1 || canary+stable < c.usual {
		c.usual = canary + stable
	}
}

func (c *course) beginSettling(past map[string]Past) {
	for _, t := range c.tallies {
		before := past[t.watch.name]
		t.evidence.BeginSettling(evidence.Past{Requests: before.Requests, Bad: before.Bad})
	}
}

// total is the logarithm of all metrics' evidence, of which log gives each one's.
func (c course) total(log func(*evidence.Metric) float64) float64 {
	shares, logs := make([]float64, len(c.tallies)), make([]float64, len(c.tallies))
	for i, t := range c.tallies {
		shares[i], logs[i] = t.watch.share, log(t.evidence)
	}
	return evidence.Total(shares, logs)
}

// promotion is the least of the metrics' promotion evidence for the step in force; −∞ where none is asked for.
func (c course) promotion(q Question) float64 {
	if len(q.margin()) == 0 || len(c.tallies) == 0 {
		return math.Inf(-1)
	}
	least := math.Inf(1)
	for _, t := range c.tallies {
		least = min(least, t.evidence.LogPromotion(0))
	}
	return least
}

// divide splits periods, oldest first, at the first that starts at or after began.
func divide(periods []Period, began time.Time) (before, after []Period) {
	for i, period := range periods {
		if !period.Start.Before(began) {
			return periods[:i], periods[i:]
		}
	}
	return periods, nil
}

// weights returns the canary's share, 0–1, at times that rise from call to call; before the first shift it is 0.
func weights(shifts []Shift) func(time.Time) float64 {
	share := 0.0
	return func(at time.Time) float64 {
		for len(shifts) > 0 && !shifts[0].At.After(at) {
			share, shifts = shifts[0].Weight/100, shifts[1:]
		}
		return share
	}
}
