package judge

import (
	"fmt"
	"math"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Judge says what follows from the question. The rules, in order:
//
//  1. A person, or a newer release, wants to go back: Rollback with outcome Aborted.
//  2. The metrics' evidence against the canary reaches one in falseRollbackRate,
//     or an alarm is in breach: Rollback, in every stage.
//  3. While a person's approval is awaited: approved goes on; at the timeout
//     Approval.Otherwise decides, and "abort" is a Rollback with outcome Aborted.
//  4. Before the step is over: Continue. A step of an adaptive strategy is also over
//     when every metric is proven good.
//  5. There is moderate evidence against the canary: Hold, for so many periods more;
//     strong evidence holds until it thins, or a person speaks.
//  6. Evidence is missing: the noData policy. "hold" is Hold until
//     the limit, then a Rollback whose reason begins with "inconclusive: ", or
//     going on; "rollback" is that Rollback at once; "pass" goes on. A canary that should have had requests
//     and had none is never passed. An approval by a person needs no evidence.
//  7. The release has lasted longer than timeouts.release: Rollback.
//  8. A person wants to go on: Advance or Promote, whatever 3–6 say but a Rollback; not while settling.
//  9. A person paused: Hold.
//  10. Otherwise: Advance, or Promote after the last step, or Complete at the
//     end of settling.
func Judge(q Question) release.Verdict {
	verdict, _ := Answer(q)
	return verdict
}

// Answer is the verdict of [Judge], and what the release waits for when it stays where it is.
func Answer(q Question) (release.Verdict, Wait) {
	c := follow(q)
	seen := look(q, c)
	r := overrule(q, decide(q, c, seen))
	return release.Verdict{
		At: q.Now, Decision: r.decision, Outcome: r.outcome, Reason: r.reason,
		Evidence: c.evidence(q), Findings: seen.findings,
	}, r.waits(q)
}

// evidence is what all metrics say together; nil where none is compared.
func (c course) evidence(q Question) *release.Evidence {
	if len(c.tallies) == 0 {
		return nil
	}
	held := rules(q.Analysis, q.Strategy)
	said := &release.Evidence{Log: c.total((*evidence.Metric).LogRollback), LogThreshold: held.Threshold()}
	if promotion := c.promotion(q); !math.IsInf(promotion, 0) {
		said.LogPromotion, said.LogPromotionThreshold = &promotion, held.PromotionThreshold()
	}
	return said
}

// A ruling is a verdict without its findings.
type ruling struct {
	decision release.Decision
	outcome  release.Outcome
	reason   string
	// wait is what the ruling waits for, where that is not what the stage waits for anyway.
	wait Wait
	// givesUp: what is waited for must come, or the release goes back.
	givesUp bool
}

func decide(q Question, c course, seen sight) ruling {
	switch {
	case len(seen.breaches) > 0:
		return rollback(release.RolledBack, strings.Join(seen.breaches, "; "))
	case q.Stage == StageApproval:
		return decideApproval(q, c, seen)
	default:
		return decideStep(q, c, seen, "")
	}
}

// decideApproval applies to a step that waits for a person.
func decideApproval(q Question, c course, seen sight) ruling {
	waited := q.Lasts
	switch {
	case q.Approved:
		return goOn(q, "approved by a person", seen)
	case !q.over():
		return ruling{
			decision: release.Continue,
			reason:   sentence("waiting for approval until "+clockTime(q.deadline(), q.Now), seen.summary()),
		}
	case q.Approval != nil && q.Approval.Otherwise == release.OtherwisePromote:
		return decideStep(q, c, seen, fmt.Sprintf("nobody answered within %s, and the document says to go on", waited))
	default:
		return rollback(release.Aborted, fmt.Sprintf("nobody approved within %s, until %s", waited, clockTime(q.deadline(), q.Now)))
	}
}

// decideStep applies the ladder's rules, and then the policy for missing data, while nothing is
// in breach; because says why the time is over, when that was not the clock alone.
func decideStep(q Question, c course, seen sight, because string) ruling {
	held, standing := rules(q.Analysis, q.Strategy), c.standing(q)
	_, why := held.Decide(standing)
	switch why {
	case ladder.WhyProven:
		because = fmt.Sprintf("proven good: evidence %s for it, %s is enough", strength(standing.LogPromotion), strength(held.PromotionThreshold()))
		switch {
		case len(seen.unalarmed) == 0:
			return goOn(q, because, seen)
		case standing.InStage < standing.Length: // it may come in the time that is left
			return ruling{decision: release.Continue, reason: sentence(watching(q), because, seen.summary())}
		default:
			return lacking(q, strings.Join(seen.unalarmed, "; "), because, why, seen)
		}
	case ladder.WhyBlind:
		return lacking(q, blind(q, standing.Expected), because, why, seen)
	case ladder.WhyTooFew, ladder.WhyTime, ladder.WhySettled:
		if c.lost(q) && !q.unwatched() {
			return lacking(q, blind(q, c.due), because, ladder.WhyBlind, seen)
		}
		if missing := seen.missing(); missing != "" && !q.unwatched() {
			return lacking(q, missing, because, why, seen)
		}
		return goOn(q, because, seen)
	case ladder.WhySuspicion:
		return suspected(q, held, standing, because, seen)
	default:
		return ruling{decision: release.Continue, reason: sentence(watching(q), seen.summary())}
	}
}

// goOn leaves the step, unless a person paused.
func goOn(q Question, because string, seen sight) ruling {
	summary := seen.summary()
	if strings.Contains(because, summary) {
		summary = "" // said already
	}
	if q.Paused {
		return ruling{decision: release.Hold, reason: sentence(pause(q), because, summary)}
	}
	decision, what := release.Advance, fmt.Sprintf("step %d of %d is over", q.Step+1, q.Steps)
	switch {
	case q.Stage == StageSettle:
		decision, what = release.Complete, "settling is over"
	case q.Step >= q.Steps-1:
		decision = release.Promote
	}
	return ruling{decision: decision, reason: sentence(what, because, summary)}
}

func rollback(outcome release.Outcome, reason string) ruling {
	return ruling{decision: release.Rollback, outcome: outcome, reason: reason}
}
