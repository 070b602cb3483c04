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
//
// What does not change from one look at a release to the next is not part of its
// JSON form; [Question.Of] fills it in, so that a question that was written down can be asked again.
type Question struct {
	// Analysis and Strategy are the document's, after release.Default, with the steps of the release.
	Analysis release.Analysis `json:"-"`
	Strategy release.Strategy `json:"-"`
	// ReleaseTimeout is the document's timeouts.release, for a sentence.
	ReleaseTimeout release.Duration `json:"-"`
	// Past is what the stable version did before the release, by metric.
	Past map[string]Past `json:"-"`
	// Shifts are the weights that the canary has had, oldest first.
	Shifts []Shift `json:"-"`
	// Periods are all that were finalised since CanaryBegan, oldest first.
	// While settling, those that start before Began belong to the canary stage.
	Periods []Period `json:"-"`

	// Now is when the judge looks.
	Now time.Time `json:"now"`
	// Canary and Stable name the two versions in sentences. Empty: "canary" and "stable".
	Canary string `json:"canary,omitempty"`
	Stable string `json:"stable,omitempty"`
	Stage  Stage  `json:"stage"`
	// Step is the index of the step in force, Steps how many there are.
	Step  int `json:"step"`
	Steps int `json:"steps"`
	// Weight is the canary's percent, 0–100.
	Weight float64 `json:"weight"`
	// Began is when the step, or the settling, began.
	Began time.Time `json:"began,omitzero"`
	// Lasts is how long it lasts; in StageApproval, how long a person is waited for.
	// Settling that lasts 0 was not asked for, and needs no evidence.
	Lasts release.Duration `json:"lasts"`
	// Approval is what the step in force says of it; used in StageApproval only.
	Approval *release.Approval `json:"approval,omitempty"`
	// Approved: a person approved the step in force.
	Approved bool `json:"approved,omitempty"`
	// CanaryBegan is when the canary first got traffic; zero: it has had none,
	// so that nothing can be its fault and no data can be expected of it.
	CanaryBegan time.Time `json:"canaryBegan,omitzero"`
	// Alarms are as they are now. One that Analysis names and that is not
	// here counts as AlarmMissing.
	Alarms []Alarm `json:"alarms,omitempty"`
	// FiringBefore names the alarms that were in ALARM before the first shift.
	// It need not be kept up to date: Alarm.Since tells when one fires anew.
	FiringBefore []string `json:"firingBefore,omitempty"`
	// HoldingSince is when the judge began to hold for want of data; zero: it
	// does not. Its next value is Answer's.
	HoldingSince time.Time `json:"holdingSince,omitzero"`
	// Paused: a person asked not to go on.
	Paused bool `json:"paused,omitempty"`
	// Back is a person's wish to go back, Forward the wish to go on.
	Back    *Wish `json:"back,omitempty"`
	Forward *Wish `json:"forward,omitempty"`
	// Ends is when the release must have ended.
	Ends time.Time `json:"ends,omitzero"`
}

// A Wish is what a person, or another release, asked for.
type Wish struct {
	// What is the word for it: "aborted", "rejected", "superseded"; "promote", "promote-full".
	What string `json:"what"`
	By   string `json:"by"`
	// Reason may be empty.
	Reason string `json:"reason,omitempty"`
	// Full, of a wish to go on: to 100 %, over all steps.
	Full bool `json:"full,omitempty"`
}

// A Past is what a version did before the release, by one metric.
type Past struct {
	// Requests and Bad are sums over the time before the release, and Periods how many periods that was.
	Requests float64 `json:"requests"`
	Bad      float64 `json:"bad"`
	Periods  int     `json:"periods"`
	// Burst is how many bad requests came together, at least 1.
	Burst float64 `json:"burst"`
}

// A Shift is a weight that the canary got, in percent.
type Shift struct {
	At     time.Time `json:"at"`
	Weight float64   `json:"weight"`
}

// Of completes a question with what the release's document, its past, the shifts of its
// traffic and its finalised periods say.
func (q Question) Of(document release.Document, past map[string]Past, shifts []Shift, periods []Period) Question {
	q.Analysis, q.Strategy, q.ReleaseTimeout = document.Analysis, document.Strategy, document.Timeouts.Release
	q.Past, q.Shifts, q.Periods = past, shifts, periods
	return q
}
