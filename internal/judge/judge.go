package judge

import (
	"fmt"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Judge says what follows from the question. The rules, in order:
//
//  1. A breach of any metric or alarm: Rollback, in every stage.
//  2. Before the step is over: Continue.
//  3. While a person's approval is awaited: approved goes on; at the timeout
//     Approval.Otherwise decides, and "abort" is a Rollback with outcome Aborted.
//  4. Evidence is missing at the end: the noData policy. "hold" is Hold until
//     the limit, then a Rollback whose reason begins with "inconclusive: ", or
//     going on; "rollback" is that Rollback at once; "pass" goes on.
//     An approval by a person needs no evidence.
//  5. A person paused: Hold.
//  6. Otherwise: Advance, or Promote after the last step, or Complete at the
//     end of settling.
func Judge(q Question) release.Verdict {
	seen := look(q)
	r := decide(q, seen)
	return release.Verdict{
		At: q.Now, Decision: r.decision, Outcome: r.outcome, Reason: r.reason, Findings: seen.findings,
	}
}

// Holding is the HoldingSince to ask the next question of this step with: since
// when data has been waited for, or zero when it is not.
func (q Question) Holding() time.Time { return decide(q, look(q)).holdingSince }

// A ruling is a verdict without its findings.
type ruling struct {
	decision     release.Decision
	outcome      release.Outcome
	reason       string
	holdingSince time.Time
}

func decide(q Question, e sight) ruling {
	if len(e.breaches) > 0 {
		return rollback(release.RolledBack, strings.Join(e.breaches, "; "))
	}
	if q.Stage == StageApproval {
		return decideApproval(q, e)
	}
	if !q.over() {
		return ruling{decision: release.Continue, reason: sentence(watching(q), e.summary())}
	}
	return decideEnd(q, e, "")
}

// decideApproval applies to a step that waits for a person.
func decideApproval(q Question, e sight) ruling {
	waited := release.Duration(q.Lasts)
	switch {
	case q.Approved:
		return goOn(q, "approved by a person", e)
	case !q.over():
		return ruling{
			decision: release.Continue,
			reason:   sentence("waiting for approval until "+clockTime(q.deadline(), q.Now), e.summary()),
		}
	case q.Approval != nil && q.Approval.Otherwise == release.OtherwisePromote:
		return decideEnd(q, e, fmt.Sprintf("nobody answered within %s, and the document says to go on", waited))
	default:
		return rollback(release.Aborted, fmt.Sprintf("nobody approved within %s, until %s", waited, clockTime(q.deadline(), q.Now)))
	}
}

// decideEnd applies once the time is over and nothing is in breach; because
// says why it is over, when that was not the clock alone.
func decideEnd(q Question, e sight, because string) ruling {
	if len(e.missing) == 0 || unwatched(q) {
		return goOn(q, because, e)
	}
	missing := strings.Join(e.missing, "; ")
	policy := q.Analysis.NoData
	switch policy.Policy {
	case release.NoDataPass:
		return goOn(q, sentence(because, "no data counts as healthy here: "+missing), e)
	case release.NoDataRollback:
		return rollback(release.RolledBack, "inconclusive: "+missing)
	}
	since := q.HoldingSince
	if since.IsZero() {
		since = q.Now
	}
	limit := since.Add(policy.Limit.Std())
	var r ruling
	switch {
	case q.Now.Before(limit):
		r = ruling{
			decision: release.Hold,
			reason:   sentence(pause(q), "waiting for data until "+clockTime(limit, q.Now)+": "+missing),
		}
	case policy.Then == release.NoDataPromote:
		r = goOn(q, sentence(because, fmt.Sprintf("held for %s, and the document says to go on: %s", policy.Limit, missing)), e)
	default:
		r = rollback(release.RolledBack, fmt.Sprintf("inconclusive: held for %s: %s", policy.Limit, missing))
	}
	if r.decision == release.Hold {
		r.holdingSince = since
	}
	return r
}

// unwatched reports whether no evidence can be asked for: the canary has had
// no traffic yet, or settling was switched off.
func unwatched(q Question) bool {
	return q.CanaryBegan.IsZero() || q.Stage == StageSettle && q.Lasts == 0
}

// goOn leaves the step, unless a person paused.
func goOn(q Question, because string, e sight) ruling {
	if q.Paused {
		return ruling{decision: release.Hold, reason: sentence(pause(q), because, e.summary())}
	}
	decision, what := release.Advance, fmt.Sprintf("step %d of %d is over", q.Step+1, q.Steps)
	switch {
	case q.Stage == StageSettle:
		decision, what = release.Complete, "settling is over"
	case q.Step >= q.Steps-1:
		decision = release.Promote
	}
	summary := e.summary()
	if strings.Contains(because, summary) {
		summary = "" // said already
	}
	return ruling{decision: decision, reason: sentence(what, because, summary)}
}

func rollback(outcome release.Outcome, reason string) ruling {
	return ruling{decision: release.Rollback, outcome: outcome, reason: reason}
}
