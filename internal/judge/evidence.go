package judge

import "time"

// A Count is what one version did in one period. Counts may be fractional:
// CloudWatch's trimmed counts are.
type Count struct {
	// Requests is how many there were, ≥ 0.
	Requests float64 `json:"requests"`
	// Bad is how many of them were bad, 0–Requests.
	Bad float64 `json:"bad"`
}

// A Pair is one metric of both versions in one period.
type Pair struct {
	Canary Count `json:"canary"`
	Stable Count `json:"stable"`
}

// A Period is one finalised period: counted once, and never again.
type Period struct {
	// Start is when it began, in UTC.
	Start time.Time `json:"start"`
	// Metrics has a pair for each metric that is compared: "errors", "latency", "serverErrors".
	Metrics map[string]Pair `json:"metrics"`
}

// An AlarmState is a CloudWatch alarm's state, or what stands in for one.
type AlarmState string

// The states of an alarm.
const (
	AlarmOK               AlarmState = "OK"
	AlarmFiring           AlarmState = "ALARM"
	AlarmInsufficientData AlarmState = "INSUFFICIENT_DATA"
	// AlarmMissing: there is no alarm of that name.
	AlarmMissing AlarmState = "MISSING"
	// AlarmUntrusted: CloudWatch says that it could not evaluate the alarm.
	AlarmUntrusted AlarmState = "UNTRUSTED"
)

// An Alarm is one alarm as CloudWatch has it now.
type Alarm struct {
	Name  string     `json:"name"`
	State AlarmState `json:"state"`
	// Since is when State last changed.
	Since time.Time `json:"since,omitzero"`
	// Metric names the metric that shows the alarm's signal per version
	// ("errors", "latency", "serverErrors"). Empty: it cannot be split by version.
	Metric string `json:"metric,omitempty"`
	// Reason is CloudWatch's own.
	Reason string `json:"reason,omitempty"`
}
