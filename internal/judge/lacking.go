package judge

import (
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// lacking applies the policy for missing data, once everything else would let the release go
// on; missing says what is missing, and because why the time is over, when that was not the clock alone.
func lacking(q Question, missing, because string, why ladder.Why, seen sight) ruling {
	policy := q.Analysis.NoData
	since := q.HoldingSince
	if since.IsZero() {
		since = q.Now
	}
	passes := why != ladder.WhyBlind // what should be there and is not is no reason to go on
	wait := func(until time.Time, givesUp bool) ruling {
		otherwise := "go on"
		if givesUp {
			otherwise = "rollback"
		}
		return ruling{
			decision: release.Hold,
			reason:   sentence(pause(q), "waiting for data until "+clockTime(until, q.Now)+": "+missing),
			wait:     Wait{For: fmt.Sprintf("%s (otherwise: %s)", q.lacks(why, seen), otherwise), Until: until, HoldingSince: since},
			givesUp:  givesUp,
		}
	}
	limit := since.Add(policy.Limit.Std())
	switch {
	case policy.Policy == release.NoDataPass && why == ladder.WhyTooFew && q.patient():
		return wait(q.after(patience(lengthIn(q.Lasts.Std(), q.Analysis.Period.Std()), value(q.Analysis.Delay))), false)
	case policy.Policy == release.NoDataPass && passes:
		return goOn(q, sentence(because, "no data counts as healthy here: "+missing), seen)
	case policy.Policy == release.NoDataRollback:
		return rollback(release.RolledBack, "inconclusive: "+missing)
	case q.Now.Before(limit):
		return wait(limit, policy.Then != release.NoDataPromote || !passes)
	case policy.Then == release.NoDataPromote && passes:
		return goOn(q, sentence(because, fmt.Sprintf("held for %s, and the document says to go on: %s", policy.Limit, missing)), seen)
	default:
		return rollback(release.RolledBack, fmt.Sprintf("inconclusive: held for %s: %s", policy.Limit, missing))
	}
}

// lacks names what is waited for.
func (q Question) lacks(why ladder.Why, seen sight) string {
	switch {
	case why == ladder.WhyBlind:
		return "the requests of " + named(q.Canary, "canary")
	case len(seen.unmeasured) == 0:
		return "what the alarms say"
	default:
		return "enough requests"
	}
}

// blind says that the canary should have had so many requests.
func blind(q Question, due float64) string {
	said := fmt.Sprintf("%s should have had %s requests", named(q.Canary, "canary"), samples(due))
	if q.Stage == StageSettle {
		said += " while settling"
	}
	return said + " and had none: its routing or its metrics are broken"
}

// lost reports whether the canary has had no request while settling although enough were due: what had them
// before is no proof that it has them now. Before it settles, [ladder.WhyBlind] says so.
func (c course) lost(q Question) bool {
	return q.Stage == StageSettle && len(c.tallies) > 0 && c.stage == 0 && c.due >= ladder.FewestExpected
}

// suspected holds a step whose time is over on suspicion, and says until when.
func suspected(q Question, rules ladder.Rules, standing ladder.Standing, because string, seen sight) ruling {
	who, last := named(q.Canary, "canary"), standing.Length+rules.HoldLength
	said := fmt.Sprintf("held on suspicion, evidence %s against %s, until it is below ", strength(standing.LogEvidence), who)
	wait := Wait{For: "evidence against " + who + " to fall below ", Until: q.after(last)}
	if standing.InStage >= last {
		said += fmt.Sprintf("%g or a person decides", rules.Strong)
		wait.For += fmt.Sprintf("%g, or a person to decide", rules.Strong)
		wait.Until = q.Ends
	} else {
		said += fmt.Sprintf("%g, or below %g after %s", rules.Hold, rules.Strong, clockTime(wait.Until, q.Now))
		wait.For += fmt.Sprintf("%g, or in the end below %g", rules.Hold, rules.Strong)
	}
	return ruling{decision: release.Hold, reason: sentence(pause(q), because, said, seen.summary()), wait: wait}
}
