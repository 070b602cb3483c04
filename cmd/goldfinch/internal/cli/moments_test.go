package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// FixtureID is the release that tests look at.
const FixtureID = "01JZ0000000000000000000001"

// FixtureNoon is when the release that tests look at was deployed offline.
func FixtureNoon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// Preparing, Canary, AwaitingApproval and Ended are the release at some moment.
func Preparing() operator.Status {
	return operator.Status{
		ID: FixtureID, Service: "echo", Environment: "production", Version: "v2", Artifact: Artifact(), Phase: ledger.PhaseDeploying,
		StartedBy: "alice", At: FixtureNoon(), CreatedAt: FixtureNoon().Add(-time.Minute), Split: operator.Splits{Wanted: release.Pure("1"), Actual: release.Pure("1")},
		Steps:      steps(0),
		Progress:   0.5,
		Awaiting:   &operator.Awaiting{What: "Lambda to make the version active", Until: FixtureNoon().Add(29 * time.Minute)},
		Next:       &operator.Next{What: "the new version gets 10% of traffic"},
		RollbackTo: "1",
	}
}

func Canary() operator.Status {
	status := Preparing()
	wanted := release.Split{Stable: "1", Canary: "2", Weight: 10}
	status.Phase, status.At, status.Steps, status.Progress = ledger.PhaseCanary, FixtureNoon().Add(2*time.Minute), steps(1), 0.4
	status.Split = operator.Splits{Wanted: wanted, Actual: wanted}
	status.Checks = []release.Finding{
		{Metric: "errors", Canary: 0.004, Stable: 0.002, Limit: 0.012, CanarySamples: 241, StableSamples: 2198, State: release.Healthy},
		{Metric: "latency", Canary: 0.5, Stable: 0.01, Limit: 0.02, CanarySamples: 12, StableSamples: 2198, State: release.NoDataYet},
		{Metric: "alarm echo-errors", State: release.Breach, Reason: "firing"},
	}
	status.Verdict = &operator.Verdict{At: FixtureNoon().Add(110 * time.Second), Decision: release.Continue, Reason: "errors: version 2 failed 0.4% of 241 requests, version 1 0.2% of 2198; limit 1.2%"}
	status.Awaiting = &operator.Awaiting{What: "the end of the step", Since: FixtureNoon(), Until: FixtureNoon().Add(5 * time.Minute), Command: "goldfinch promote " + FixtureID}
	status.Next = &operator.Next{What: "a person is asked for approval", At: FixtureNoon().Add(5 * time.Minute)}
	status.Notes = []string{"alarm echo-errors was already firing: it is judged by difference"}
	status.Holder = &operator.Holder{Release: FixtureID, Since: FixtureNoon().Add(-time.Minute), Until: FixtureNoon().Add(7 * time.Minute)}
	return status
}

func AwaitingApproval() operator.Status {
	status := Canary()
	status.Paused, status.Steps, status.Progress = true, steps(2), 0.05
	status.At = FixtureNoon().Add(8 * time.Minute)
	status.Awaiting = &operator.Awaiting{What: "a person's approval", Since: FixtureNoon().Add(5 * time.Minute), Until: FixtureNoon().Add(65 * time.Minute), Otherwise: "abort", Command: "goldfinch approve " + FixtureID}
	status.Next = &operator.Next{What: "traffic goes back to version 1, because nobody approved", At: FixtureNoon().Add(65 * time.Minute)}
	status.Split.Actual = release.Split{Stable: "1", Canary: "2", Weight: 5}
	status.Holder = &operator.Holder{By: "carol", Reason: "audit", Since: FixtureNoon().Add(-48 * time.Hour)}
	return status
}

func Ended(outcome release.Outcome) operator.Status {
	status := Canary()
	status.Phase, status.Outcome, status.Progress = ledger.PhaseEnded, outcome, 1
	status.At, status.EndedAt = FixtureNoon().Add(20*time.Minute), FixtureNoon().Add(10*time.Minute)
	status.Awaiting, status.Next, status.Holder = nil, nil, nil
	status.Split = operator.Splits{Wanted: release.Pure("1"), Actual: release.Pure("1")}
	status.Steps = steps(-1)
	status.Reason = "errors: version 2 failed 18.2% of 44 requests, version 1 0% of 391; limit 1%"
	if outcome == release.Promoted {
		status.Split = operator.Splits{Wanted: release.Pure("2"), Actual: release.Pure("2")}
		status.Steps, status.Reason = steps(4), "version 2 is as healthy as version 1"
	}
	return status
}

// steps are the steps of a release whose present one has that index; -1: it was taken back at its first.
func steps(present int) []operator.Step {
	list := []operator.Step{
		{Kind: operator.StepPrepare, Began: FixtureNoon().Add(-time.Minute)},
		{Kind: operator.StepWeight, Weight: 10, Lasts: release.Duration(5 * time.Minute)},
		{Kind: operator.StepApprove, Weight: 10, Lasts: release.Duration(time.Hour), Otherwise: "abort"},
		{Kind: operator.StepSettle, Weight: 100, Lasts: release.Duration(5 * time.Minute)},
	}
	for i := range list {
		switch {
		case present < 0 && i > 0:
			list[i].State = operator.StepSkipped
		case present < 0 || i < present:
			list[i].State = operator.StepDone
		case i == present:
			list[i].State = operator.StepNow
			if list[i].Lasts > 0 {
				list[i].Began, list[i].Ends = FixtureNoon(), FixtureNoon().Add(list[i].Lasts.Std())
			}
		default:
			list[i].State = operator.StepNext
		}
	}
	return list
}

// Artifact is what the release is made of.
func Artifact() release.Artifact {
	sum := sha256.Sum256([]byte("zip"))
	digest := hex.EncodeToString(sum[:])
	return release.Artifact{Package: "s3://goldfinch/packages/" + digest + ".zip", SHA256: digest}
}
