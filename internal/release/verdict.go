package release

import "time"

// A Decision is what the judge says after looking.
type Decision string

// The six decisions.
const (
	// Continue: keep watching this step.
	Continue Decision = "continue"
	// Hold: keep watching, and do not go on, because the evidence is missing or mixed.
	Hold Decision = "hold"
	// Advance: go on to the next step.
	Advance Decision = "advance"
	// Promote: give the canary all traffic.
	Promote Decision = "promote"
	// Rollback: give stable all traffic.
	Rollback Decision = "rollback"
	// Complete: settling is over; the canary is the new stable version.
	Complete Decision = "complete"
)

// A Verdict is a decision with its evidence.
type Verdict struct {
	// At is when the judge looked.
	At time.Time `json:"at"`
	// Decision is what follows.
	Decision Decision `json:"verdict"`
	// Outcome is how the release will end, when Decision is Rollback:
	// RolledBack, or Aborted when a person said so.
	Outcome Outcome `json:"outcome,omitempty"`
	// Reason is one readable sentence with the values that decided.
	Reason string `json:"reason"`
	// Findings are what each check saw, whether or not it decided.
	Findings []Finding `json:"findings,omitempty"`
}

// A Finding is what one check saw.
type Finding struct {
	// Metric is the check: "errors", "latency", "serverErrors" or "alarm NAME".
	Metric string `json:"metric"`
	// Canary and Stable are the shares of bad requests, 0–1.
	Canary float64 `json:"canary"`
	Stable float64 `json:"stable"`
	// Limit is the share that the canary may not exceed, 0–1.
	Limit float64 `json:"limit"`
	// CanarySamples and StableSamples are the requests behind the shares.
	CanarySamples float64 `json:"canarySamples"`
	StableSamples float64 `json:"stableSamples"`
	// State says how the check stands.
	State FindingState `json:"state"`
	// Reason says it in one sentence.
	Reason string `json:"reason"`
}

// A FindingState is how one check stands. "Could not measure" is not "healthy".
type FindingState string

// The states of a finding.
const (
	Healthy   FindingState = "healthy"
	Breach    FindingState = "breach"
	NoDataYet FindingState = "no-data"
)
