package judge

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Stage is what kind of waiting a release is in.
type Stage string

// The stages that are judged.
const (
	// StageCanary: a step watches its weight for as long as it lasts.
	StageCanary Stage = "canary"
	// StageApproval: a step waits for a person, and watches meanwhile.
	StageApproval Stage = "approval"
	// StageSettle: the canary has all traffic; stable is kept, and has none.
	StageSettle Stage = "settle"
)

// A Question is all that the judge knows. Times are compared, never read from a clock.
type Question struct {
	// Now is when the judge looks.
	Now time.Time
	// Analysis is the document's, after release.Default.
	Analysis release.Analysis
	// Canary and Stable name the two versions in sentences. Empty: "canary" and "stable".
	Canary, Stable string
	Stage          Stage
	// Step is the index of the step in force, Steps how many there are.
	Step, Steps int
	// Weight is the canary's percent, 0–100.
	Weight float64
	// Began is when the step, or the settling, began.
	Began time.Time
	// Lasts is how long it lasts; in StageApproval, how long a person is waited for.
	// Settling that lasts 0 was not asked for, and needs no evidence.
	Lasts time.Duration
	// Approval is what the step in force says of it; used in StageApproval only.
	Approval *release.Approval
	// Approved: a person approved the step in force.
	Approved bool
	// CanaryBegan is when the canary first got traffic; zero: it has had none,
	// so that nothing can be its fault and no data can be expected of it.
	CanaryBegan time.Time
	// Periods are all that were finalised since CanaryBegan, oldest first.
	// While settling, those that start before Began belong to the canary stage.
	Periods []Period
	// Alarms are as they are now. One that Analysis names and that is not
	// here counts as AlarmMissing.
	Alarms []Alarm
	// FiringBefore names the alarms that were in ALARM before the first shift.
	// It need not be kept up to date: Alarm.Since tells when one fires anew.
	FiringBefore []string
	// HoldingSince is when the judge began to hold for want of data; zero: it
	// does not. Its next value is Holding's.
	HoldingSince time.Time
	// Paused: a person asked not to go on.
	Paused bool
}

// deadline is when the step, the approval or the settling is over.
func (q Question) deadline() time.Time { return q.Began.Add(q.Lasts) }

// over reports whether the step has lasted as long as it should.
func (q Question) over() bool { return !q.Now.Before(q.deadline()) }
