package policy

import "github.com/goldfinch-dev/goldfinch/internal/judge/ladder"

// An Alarm is a CloudWatch alarm over one-minute points with two evaluation periods,
// both of which must breach, and missing data treated as missing: what SAM's template
// for safe deployments declares.
type Alarm struct {
	// Metric is the index of what is counted.
	Metric int `json:"metric"`
	// Of says which requests it counts.
	Of Scope `json:"of"`
	// AsRate: the count is divided by the requests.
	AsRate bool `json:"asRate,omitempty"`
	// Threshold is what a breaching point is above.
	Threshold float64 `json:"threshold"`
}

// A Scope is whose requests an alarm counts.
type Scope string

const (
	// Version: the canary's alone.
	Version Scope = "version"
	// Alias: those of both versions.
	Alias Scope = "alias"
)

const (
	// evaluationPeriods is how many of the newest real points must breach.
	evaluationPeriods = 2
	// evaluationRange is how many of the newest minutes are looked at for real points.
	evaluationRange = 4
)

// A reading is one data point of an alarm, or its absence.
type reading struct{ real, breaching bool }

// read makes a data point of a period.
func (a Alarm) read(p ladder.Period) reading {
	requests, bad := p.Canary, p.Bad[a.Metric].Canary
	if a.Of == Alias {
		requests, bad = requests+p.Stable, bad+p.Bad[a.Metric].Stable
	}
	if requests == 0 {
		return reading{}
	}
	if a.AsRate {
		bad /= requests
	}
	return reading{real: true, breaching: bad > a.Threshold}
}

// firing reports whether an alarm is in ALARM, from its readings, oldest first.
//
// Of the newest four minutes: with at least two real points the two newest must breach.
// One alone must breach, and be older than the newest minute, as CloudWatch goes to ALARM
// early only when what is missing comes after the breach:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func firing(readings []reading) bool {
	looked := readings[max(0, len(readings)-evaluationRange):]
	found := 0
	for i := len(looked) - 1; i >= 0; i-- {
		if !looked[i].real {
			continue
		}
		if !looked[i].breaching {
			return false
		}
		if found++; found == evaluationPeriods {
			return true
		}
	}
	return found == 1 && !looked[len(looked)-1].real
}
