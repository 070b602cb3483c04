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

// mostRequests is more than any service has in a period; sums and products of it stay finite.
const mostRequests = 1e15

// plausible makes a pair one that can be reckoned with: no count is negative, infinite or no number, and no
// more requests were bad than there were, because CloudWatch may know of an error before it knows of the invocation.
func (p Pair) plausible() Pair {
	return Pair{Canary: p.Canary.plausible(), Stable: p.Stable.plausible()}
}

func (p Pair) plus(other Pair) Pair {
	return Pair{Canary: p.Canary.plus(other.Canary), Stable: p.Stable.plus(other.Stable)}
}

func (c Count) plausible() Count {
	requests := within(c.Requests, mostRequests)
	return Count{Requests: requests, Bad: within(c.Bad, requests)}
}

// within is number where that is between 0 and most; what is no number is 0.
func within(number, most float64) float64 {
	if !(number > 0) {
		return 0
	}
	return min(number, most)
}

func (c Count) plus(other Count) Count {
	return Count{Requests: c.Requests + other.Requests, Bad: c.Bad + other.Bad}
}

func (c Count) share() float64 {
	if c.Requests == 0 {
		return 0
	}
	return c.Bad / c.Requests
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
