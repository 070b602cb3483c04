package cli

import (
	"fmt"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// phaseWords are the phases in words that need no glossary.
var phaseWords = map[ledger.Phase]string{
	ledger.PhaseCreated:     "has begun",
	ledger.PhaseQueued:      "waits in the queue",
	ledger.PhaseLocked:      "holds the lock",
	ledger.PhaseBaking:      "bakes the artifact",
	ledger.PhaseDeploying:   "deploys offline",
	ledger.PhaseVerifying:   "tests the version offline",
	ledger.PhaseCanary:      "watches the canary",
	ledger.PhasePromoting:   "promotes",
	ledger.PhaseSettling:    "settles",
	ledger.PhaseRetiring:    "retires old versions",
	ledger.PhaseRollingBack: "rolls back",
	ledger.PhaseEnded:       "has ended",
}

// changes says what is different since the last status, a sentence for each
// thing; since nil, everything that there is to say. How a release ended is said elsewhere.
func changes(last *operator.Status, now operator.Status) []string {
	var said []string
	say := func(format string, arguments ...any) { said = append(said, fmt.Sprintf(format, arguments...)) }
	if last == nil {
		last = &operator.Status{}
		say("release %s of %s/%s: %s", now.ID, now.Service, now.Environment, artifactName(now.Artifact))
	}
	if now.Phase != last.Phase && now.Phase != ledger.PhaseEnded {
		say("the release %s", phaseWords[now.Phase])
	}
	for _, note := range now.Notes[min(len(last.Notes), len(now.Notes)):] {
		say("note: %s", note)
	}
	if now.Split.Wanted != last.Split.Wanted {
		say("wanted: %s", now.Split.Wanted)
	}
	if now.Split.Actual != last.Split.Actual {
		say("traffic: %s", now.Split.Actual)
	}
	if now.Paused != last.Paused {
		say("%s", map[bool]string{true: "paused by a person", false: "resumed"}[now.Paused])
	}
	if now.Verdict != nil && verdictChanged(last, now) {
		say("%s: %s", now.Verdict.Decision, now.Verdict.Reason)
	}
	if now.Awaiting != nil && (last.Awaiting == nil || last.Awaiting.What != now.Awaiting.What) {
		say("waits for %s", awaited(now))
	}
	return said
}

// verdictChanged reports whether the judge says something else than before. The same
// decision on the same states of the checks is nothing new, though its numbers are.
func verdictChanged(last *operator.Status, now operator.Status) bool {
	return last.Verdict == nil || last.Verdict.Decision != now.Verdict.Decision ||
		!slices.EqualFunc(last.Checks, now.Checks, func(a, b release.Finding) bool { return a.Metric == b.Metric && a.State == b.State })
}

// awaited says what a release waits for, until when, and what unblocks it.
func awaited(status operator.Status) string {
	waiting := status.Awaiting
	text := waiting.What
	if !waiting.Until.IsZero() {
		text += " until " + clockTime(waiting.Until)
		if waiting.Otherwise != "" {
			text += " (then: " + waiting.Otherwise + ")"
		}
	}
	if waiting.Command != "" {
		text += "; at once: " + waiting.Command
	}
	return text
}
