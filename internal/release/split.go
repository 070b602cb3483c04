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
	// Audience is the name of the last rung of strategy.audience whose people get the canary, whatever the weight; empty: none.
	Audience string `json:"audience,omitempty"`
	// Share is the percent of that rung's people that get it, the rungs before it having it all; 0 means all of them.
	Share float64 `json:"share,omitempty"`
}

// Pure returns the split that sends all traffic to version.
func Pure(version string) Split { return Split{Stable: version} }

// IsPure reports whether one version takes all traffic.
func (s Split) IsPure() bool { return s.Canary == "" || s.Weight == 0 && s.Audience == "" }

// Same reports whether both splits send traffic to the same places. A canary
// of weight 0 is the same as none; weights are equal to within a thousandth of a percent,
// because AWS keeps them as floating-point fractions.
func (s Split) Same(other Split) bool {
	if s.IsPure() || other.IsPure() {
		return s.IsPure() && other.IsPure() && s.Stable == other.Stable
	}
	difference := s.Weight - other.Weight
	return s.Stable == other.Stable && s.Canary == other.Canary && difference < 0.001 && difference > -0.001 &&
		s.Audience == other.Audience && s.share() == other.share()
}

// share is the percent of the audience that gets the canary.
func (s Split) share() float64 {
	if s.Share == 0 {
		return 100
	}
	return s.Share
}

// String says where traffic goes in one phrase.
func (s Split) String() string {
	switch {
	case s.Stable == "" && s.Canary == "":
		return "no version"
	case s.IsPure():
		return fmt.Sprintf("version %s at 100%%", s.Stable)
	}
	weights := fmt.Sprintf("version %s at %s%%, version %s at %s%%", s.Stable, Percent(100-s.Weight), s.Canary, Percent(s.Weight))
	switch {
	case s.Audience == "":
		return weights
	case s.share() == 100:
		return weights + " and for audience " + s.Audience
	default:
		return weights + fmt.Sprintf(" and for %s%% of audience %s", Percent(s.Share), s.Audience)
	}
}

// Percent writes a weight without needless decimals: "10", "0.5".
func Percent(weight float64) string {
	return strconv.FormatFloat(float64(int64(weight*100+0.5))/100, 'f', -1, 64)
}
