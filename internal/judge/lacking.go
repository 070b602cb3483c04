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
	wait := func(until time.Time) ruling {
		return ruling{
			decision:     release.Hold,
			reason:       sentence(pause(q), "waiting for data until "+clockTime(until, q.Now)+": "+missing),
			holdingSince: since,
		}
	}
	limit := since.Add(policy.Limit.Std())
	passes := why != ladder.WhyBlind // what should be there and is not is no reason to go on
	switch {
	case policy.Policy == release.NoDataPass && why == ladder.WhyTooFew && q.patient():
		return wait(q.after(patience(lengthIn(q.Lasts.Std(), q.Analysis.Period.Std()))))
	case policy.Policy == release.NoDataPass && passes:
		return goOn(q, sentence(because, "no data counts as healthy here: "+missing), seen)
	case policy.Policy == release.NoDataRollback:
		return rollback(release.RolledBack, "inconclusive: "+missing)
	case q.Now.Before(limit):
		return wait(limit)
	case policy.Then == release.NoDataPromote && passes:
		return goOn(q, sentence(because, fmt.Sprintf("held for %s, and the document says to go on: %s", policy.Limit, missing)), seen)
	default:
		return rollback(release.RolledBack, fmt.Sprintf("inconclusive: held for %s: %s", policy.Limit, missing))
	}
}

// blind says that the canary should have had requests.
func blind(q Question, standing ladder.Standing) string {
	return fmt.Sprintf("%s should have had %s requests and had none: its routing or its metrics are broken",
		named(q.Canary, "canary"), samples(standing.Expected))
}

// suspicion says why a step whose time is over is held, and until when.
func suspicion(q Question, rules ladder.Rules, standing ladder.Standing) string {
	said := fmt.Sprintf("held on suspicion, evidence %s against %s", strength(standing.LogEvidence), named(q.Canary, "canary"))
	last := standing.Length + rules.HoldLength
	if standing.InStage >= last {
		return fmt.Sprintf("%s, until it is below %g or a person decides", said, rules.Strong)
	}
	return fmt.Sprintf("%s, until it is below %g, or below %g after %s", said, rules.Hold, rules.Strong, clockTime(q.after(last), q.Now))
}
