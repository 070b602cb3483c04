package judge

import (
	"fmt"
	"math"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A comparison is what one metric shows.
type comparison struct {
	// finding is how the metric stands in the stage that is judged.
	finding release.Finding
	// controlled tells how it stood over the whole time in which stable had traffic too.
	controlled func() release.Finding
	// waits: with more time there may be more data.
	waits bool
}

// compare says how every watched metric stands.
func compare(q Question, c course) []comparison {
	controlled := q.account(c, (*evidence.Metric).LogControlled)
	everything := q.account(c, (*evidence.Metric).LogRollback)
	comparisons := make([]comparison, len(c.tallies))
	for i, t := range c.tallies {
		comparisons[i] = comparison{
			controlled: func() release.Finding { return q.compared(c, controlled, i, q.fewInAll(t)) },
			waits:      !q.CanaryBegan.IsZero(),
		}
		// What came late from before settling is told where it alone suffices.
		if q.alone() && !(controlled.enough() && everything.enough()) {
			comparisons[i].finding = q.settled(c, everything, i, q.few(c, t))
		} else {
			comparisons[i].finding = q.compared(c, everything, i, q.few(c, t))
		}
	}
	return comparisons
}

// few says that a metric has too few requests to go on by; empty: it has enough.
func (q Question) few(c course, t tally) string {
	var stage string
	switch {
	case q.Stage == StageSettle: // what stable had before is enough of stable
		stage = "while settling"
	case q.climbs():
		stage = "on this step"
	default:
		return q.fewInAll(t)
	}
	if t.stage.Canary.Requests >= q.minimum() {
		return ""
	}
	needs := fmt.Sprintf("%s needs %s %s", named(q.Canary, "canary"), samples(q.minimum()), stage)
	switch {
	case c.staged > 0:
		return needs + ", and had " + samples(t.stage.Canary.Requests)
	case q.alone() || len(c.compared) == 0:
		return needs // what there is to tell is nothing
	default:
		return needs + ", of which " + uncounted
	}
}

// uncounted is said where no period is counted, which is not the same as no requests.
const uncounted = "nothing is counted yet"

// fewInAll says the same of both versions over the whole release.
func (q Question) fewInAll(t tally) string {
	if min(t.compared.Canary.Requests, t.compared.Stable.Requests) >= q.minimum() {
		return ""
	}
	return fmt.Sprintf("each version needs %s", samples(q.minimum()))
}

// An account is how the evidence of all metrics adds up.
type account struct {
	threshold, total float64
	// logs are the metrics' own evidence; shared is what each counts for in the average.
	logs, shared []float64
}

func (q Question) account(c course, log func(*evidence.Metric) float64) account {
	a := account{threshold: rules(q.Analysis, q.Strategy).Threshold(), total: c.total(log)}
	for _, t := range c.tallies {
		a.logs = append(a.logs, log(t.evidence))
		a.shared = append(a.shared, math.Log(t.watch.share)+log(t.evidence))
	}
	return a
}

// enough reports whether the evidence suffices to go back.
func (a account) enough() bool { return a.total >= a.threshold }

// carries reports whether metric i is a reason to go back: its evidence suffices, or
// only that of all metrics together does, and it has most of it.
func (a account) carries(i int) bool {
	if !a.enough() {
		return false
	}
	most := 0
	for j, shared := range a.shared {
		if shared > a.shared[most] {
			most = j
		}
	}
	return i == most || a.shared[i] >= a.threshold
}

// say names the evidence of metric i as it counts, so that the same is enough whichever metric it is.
func (a account) say(i int) string {
	said := "evidence " + strength(a.shared[i]) + " against it, "
	if a.carries(i) && a.shared[i] < a.threshold {
		said += strength(a.total) + " with all metrics, "
	}
	return said + strength(a.threshold) + " is enough"
}

// compared is the finding on metric i of what both versions did while both had traffic; few says what it lacks.
func (q Question) compared(c course, a account, i int, few string) release.Finding {
	t := c.tallies[i]
	limit := min(t.held.Ratio*t.compared.Stable.share()+t.held.Tolerance, 1)
	what := uncounted
	if len(c.compared) > 0 {
		what = q.did(t.watch, t.compared.Canary) + ", " + q.didStable(t)
	}
	return q.finding(t, t.compared.Canary, limit, a, i, few, what, c.compared)
}

// settled is the finding on metric i of what the canary did with all traffic; few says what it lacks.
func (q Question) settled(c course, a account, i int, few string) release.Finding {
	t := c.tallies[i]
	limit := min(t.evidence.SettleLimit(), 1)
	allowed := "there is no past to hold it to"
	if limit < 1 {
		allowed = "the past allows " + percentage(limit)
	}
	what := uncounted
	if len(c.settled) > 0 {
		what = q.did(t.watch, t.stage.Canary)
	}
	what += " with all traffic, " + allowed
	return q.finding(t, t.stage.Canary, limit, a, i, few, what, c.settled)
}

// finding puts a finding together: what happened in periods, the evidence that it is, and what it lacks.
func (q Question) finding(t tally, canary Count, limit float64, a account, i int, few, what string, periods []Period) release.Finding {
	f := release.Finding{
		Metric: t.watch.name, State: release.Healthy, LogEvidence: a.logs[i], Limit: limit,
		Canary: canary.share(), CanarySamples: canary.Requests,
		Stable: t.compared.Stable.share(), StableSamples: t.compared.Stable.Requests,
	}
	f.Reason = f.Metric + ": "
	switch {
	case a.carries(i):
		f.State = release.Breach
	case few != "":
		f.State = release.NoDataYet
		f.Reason += "too few requests to go on by, " + few + ": "
	}
	f.Reason += what
	if canary.Requests > 0 || f.State == release.Breach {
		f.Reason += "; " + a.say(i)
	}
	f.Reason += q.span(periods)
	return f
}

// did says what the canary did.
func (q Question) did(w watch, canary Count) string {
	name := named(q.Canary, "canary")
	if canary.Requests == 0 {
		return name + " had no requests"
	}
	return fmt.Sprintf("%s %s %s of %s requests", name, w.verb, percentage(canary.share()), samples(canary.Requests))
}

// didStable says what stable did, after what the canary did.
func (q Question) didStable(t tally) string {
	name, stable := named(q.Stable, "stable"), t.compared.Stable
	switch {
	case stable.Requests == 0:
		return name + " had none"
	case t.compared.Canary.Requests == 0:
		name += " " + t.watch.verb
	}
	return fmt.Sprintf("%s %s of %s", name, percentage(stable.share()), samples(stable.Requests))
}

// span says when the periods were, as the end of a sentence.
func (q Question) span(periods []Period) string {
	if len(periods) == 0 {
		return ""
	}
	last := periods[len(periods)-1].Start.Add(q.Analysis.Period.Std())
	return " (" + between(periods[0].Start, last, q.Now) + ")"
}
