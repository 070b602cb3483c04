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
	// Evidence is what all metrics together say against the canary.
	Evidence *Evidence `json:"evidence,omitempty"`
	// Findings are what each check saw, whether or not it decided.
	Findings []Finding `json:"findings,omitempty"`
}

// Evidence says how strongly the metrics speak, as natural logarithms: 0 is no
// evidence, and a canary that is good is found with evidence of 100 with a probability of at most 1 %.
type Evidence struct {
	// Log is the evidence against the canary; at LogThreshold it is rolled back.
	Log          float64 `json:"log"`
	LogThreshold float64 `json:"logThreshold"`
	// LogPromotion is the evidence that the canary is good enough for the next step, by the metric
	// that has least of it; at LogPromotionThreshold an adaptive step ends. Only of adaptive releases before settling.
	LogPromotion          *float64 `json:"logPromotion,omitempty"`
	LogPromotionThreshold float64  `json:"logPromotionThreshold,omitempty"`
}

// A Finding is what one check saw.
type Finding struct {
	// Metric is the check: "errors", "latency", "serverErrors" or "alarm NAME".
	Metric string `json:"metric"`
	// Canary and Stable are the shares of bad requests, 0–1.
	Canary float64 `json:"canary"`
	Stable float64 `json:"stable"`
	// Limit is the share that the canary's true one may not exceed, 0–1: ratio × Stable + tolerance.
	Limit float64 `json:"limit"`
	// CanarySamples and StableSamples are the requests behind the shares.
	CanarySamples float64 `json:"canarySamples"`
	StableSamples float64 `json:"stableSamples"`
	// LogEvidence is the natural logarithm of this metric's own evidence against the canary; alarms have none.
	LogEvidence float64 `json:"logEvidence"`
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
