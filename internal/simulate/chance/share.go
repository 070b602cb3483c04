package chance

import (
	"fmt"

	"gonum.org/v1/gonum/mathext"
)

// A Share is how many Of something were counted.
type Share struct {
	Count int `json:"count"`
	Of    int `json:"of"`
}

// Estimate is the share itself, 0–1; of nothing it is 0.
func (s Share) Estimate() float64 {
	if s.Of == 0 {
		return 0
	}
	return float64(s.Count) / float64(s.Of)
}

// Interval is Clopper and Pearson's interval of the probability. It is exact: its level is at least the one that is asked for.
func (s Share) Interval(level float64) Interval {
	tail := (1 - level) / 2
	return Interval{Low: s.lower(tail), High: s.upper(tail)}
}

// Upper is the one-sided upper limit of the probability.
func (s Share) Upper(level float64) float64 { return s.upper(1 - level) }

// Lower is the one-sided lower limit of the probability.
func (s Share) Lower(level float64) float64 { return s.lower(1 - level) }

// lower is the probability under which Count or more have the probability tail.
func (s Share) lower(tail float64) float64 {
	if s.Count <= 0 {
		return 0
	}
	return mathext.InvRegIncBeta(float64(s.Count), float64(s.Of-s.Count+1), tail)
}

// upper is the probability under which Count or fewer have the probability tail.
func (s Share) upper(tail float64) float64 {
	if s.Count >= s.Of {
		return 1
	}
	return mathext.InvRegIncBeta(float64(s.Count+1), float64(s.Of-s.Count), 1-tail)
}

// String gives the share in percent, and what it was counted of.
func (s Share) String() string {
	return fmt.Sprintf("%.4g%% (%d of %d)", 100*s.Estimate(), s.Count, s.Of)
}

// An Interval is where a figure is to be sought.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}
