package judge

import (
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Live says how a version stands that nothing is being done to: as the canary
// stands for what it does now, and as stable for what it did at another time.
// Stage, steps, weight and approval do not count. The rules, in order:
//
//  1. A breach of any metric or alarm: Rollback, which here only means that a canary
//     would be rolled back for it; it has no outcome.
//  2. Evidence is missing: Hold.
//  3. Otherwise: Continue.
func Live(q Question) release.Verdict {
	q.Stage = StageCanary
	evidence := look(q)
	verdict := release.Verdict{At: q.Now, Decision: release.Continue, Reason: evidence.summary(), Findings: evidence.findings}
	switch {
	case len(evidence.breaches) > 0:
		verdict.Decision, verdict.Reason = release.Rollback, strings.Join(evidence.breaches, "; ")
	case len(evidence.missing) > 0:
		verdict.Decision, verdict.Reason = release.Hold, strings.Join(evidence.missing, "; ")
	}
	return verdict
}
