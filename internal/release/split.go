package release

import (
	"fmt"
	"strconv"
)

// A Split is where traffic goes. It is pure when one version has it all:
// then Canary is empty and Weight is 0.
type Split struct {
	// Stable is the version that takes what the canary does not. Empty: nothing takes traffic yet.
	Stable string `json:"stable"`
	// Canary is the version on trial, empty in a pure split.
	Canary string `json:"canary,omitempty"`
	// Weight is the canary's percent, 0–100, with at most two decimals.
	Weight float64 `json:"weight"`
}

// Pure returns the split that sends all traffic to version.
func Pure(version string) Split { return Split{Stable: version} }

// IsPure reports whether one version takes all traffic.
func (s Split) IsPure() bool { return s.Canary == "" || s.Weight == 0 }

// Same reports whether both splits send traffic to the same places. A canary
// of weight 0 is the same as none; weights are equal to within a thousandth of a percent,
// because AWS keeps them as floating-point fractions.
func (s Split) Same(other Split) bool {
	if s.IsPure() || other.IsPure() {
		return s.IsPure() && other.IsPure() && s.Stable == other.Stable
	}
	difference := s.Weight - other.Weight
	return s.Stable == other.Stable && s.Canary == other.Canary && difference < 0.001 && difference > -0.001
}

// String says where traffic goes in one phrase.
func (s Split) String() string {
	switch {
	case s.Stable == "" && s.Canary == "":
		return "no version"
	case s.IsPure():
		return fmt.Sprintf("version %s at 100%%", s.Stable)
	default:
		return fmt.Sprintf("version %s at %s%%, version %s at %s%%", s.Stable, Percent(100-s.Weight), s.Canary, Percent(s.Weight))
	}
}

// Percent writes a weight without needless decimals: "10", "0.5".
func Percent(weight float64) string {
	return strconv.FormatFloat(float64(int64(weight*100+0.5))/100, 'f', -1, 64)
}
