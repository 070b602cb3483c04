package judge

import (
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Live says how a version stands that nothing is being done to: as the canary
// stands for what it does now, and as stable for what it did at another time.
// Stage, steps, weight, wishes and approval do not count. The rules, in order:
//
//  1. A breach of any metric or alarm: Rollback, which here only means that a canary
//     would be rolled back for it; it has no outcome.
//  2. Evidence is missing: Hold.
//  3. Otherwise: Continue.
func Live(q Question) release.Verdict {
	q.Stage, q.Strategy = StageCanary, release.Strategy{}
	c := follow(q)
	seen := look(q, c)
	verdict := release.Verdict{At: q.Now, Decision: release.Continue, Reason: seen.summary(), Evidence: c.evidence(q), Findings: seen.findings}
	missing := seen.missing()
	switch {
	case len(seen.breaches) > 0:
		verdict.Decision, verdict.Reason = release.Rollback, strings.Join(seen.breaches, "; ")
	case missing != "":
		verdict.Decision, verdict.Reason = release.Hold, missing
	}
	return verdict
}
