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
	// controlled is how it stands over the whole time in which stable had traffic too.
	controlled release.Finding
	// waits: with more time there may be more data.
	waits bool
}

// compare says how every watched metric stands.
func compare(q Question, c course) []comparison {
	controlled := q.account(c, (*evidence.Metric).LogControlled)
	everything := q.account(c, (*evidence.Metric).LogRollback)
	var comparisons []comparison
	for i, t := range c.tallies {
		held := comparison{controlled: q.compared(t, c, controlled, i), waits: !q.CanaryBegan.IsZero()}
		// What came late from before settling is told where it alone suffices.
		if q.alone() && !(controlled.enough() && everything.enough()) {
			held.finding = q.settled(t, c, everything, i)
		} else {
			held.finding = q.compared(t, c, everything, i)
		}
		q.reckon(&held, t)
		comparisons = append(comparisons, held)
	}
	return comparisons
}

// reckon marks what lacks requests to go on by, where no evidence speaks for itself.
func (q Question) reckon(held *comparison, t tally) {
	least := q.minimum()
	few := t.compared.Canary.Requests < least || t.compared.Stable.Requests < least
	say := fmt.Sprintf("each version needs %s", samples(least))
	lack(&held.controlled, few, say)
	if q.Stage == StageSettle || q.climbs() {
		// Before, or with the evidence of both, more of stable's requests are not needed.
		few = t.stage.Canary.Requests < least
		say = fmt.Sprintf("it has had %s since this stage began, and needs %s", samples(t.stage.Canary.Requests), samples(least))
	}
	lack(&held.finding, few, say)
}

// lack makes a finding that is no breach one of missing data when there are too few requests.
func lack(f *release.Finding, few bool, say string) {
	if few && f.State != release.Breach {
		f.State = release.NoDataYet
		f.Reason += "; too few requests to go on by: " + say
	}
}

// An account is how the evidence of all metrics adds up.
type account struct {
	threshold, total float64
	// logs are the metrics' own evidence; shared is what each counts for in the average.
	logs, shared []float64
}

func (q Question) account(c course, log func(*evidence.Metric) float64) account {
	a := account{threshold: q.rules().Threshold(), total: c.total(log)}
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

func (a account) finding(t tally, i int) release.Finding {
	f := release.Finding{Metric: t.watch.name, State: release.Healthy, LogEvidence: a.logs[i]}
	if a.carries(i) {
		f.State = release.Breach
	}
	return f
}

// compared is the finding on metric i of what both versions did while both had traffic.
func (q Question) compared(t tally, c course, a account, i int) release.Finding {
	f := a.finding(t, i)
	f.Canary, f.CanarySamples = t.compared.Canary.share(), t.compared.Canary.Requests
	f.Stable, f.StableSamples = t.compared.Stable.share(), t.compared.Stable.Requests
	held := parameters(t.watch.threshold, Past{})
	f.Limit = min(held.Ratio*f.Stable+held.Tolerance, 1)
	f.Reason = fmt.Sprintf("%s: %s, %s; %s%s", t.watch.name, q.did(t.watch, t.compared.Canary), q.didStable(t), a.say(i), q.span(c.compared))
	return f
}

// settled is the finding on metric i of what the canary did with all traffic.
func (q Question) settled(t tally, c course, a account, i int) release.Finding {
	f := a.finding(t, i)
	f.Canary, f.CanarySamples = t.stage.Canary.share(), t.stage.Canary.Requests
	f.Stable, f.StableSamples = t.compared.Stable.share(), t.compared.Stable.Requests
	f.Limit = min(t.evidence.SettleLimit(), 1)
	allowed := "there is no past to hold it to"
	if f.Limit < 1 {
		allowed = "the past allows " + percentage(f.Limit)
	}
	f.Reason = fmt.Sprintf("%s: %s with all traffic, %s; %s%s", t.watch.name, q.did(t.watch, t.stage.Canary), allowed, a.say(i), q.span(c.settled))
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
