package report

import (
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
)

// Level is that of every interval, 0–1.
const Level = 0.95

// A Report is what simulations of one release came to.
type Report struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Scenario is the world that was simulated. Its times are in periods.
	Scenario scenario.Scenario `json:"scenario"`
	// Period is how long one is: the document's analysis.period.
	Period release.Duration `json:"period"`
	// Watched is for how many periods after the first shift bad requests are counted.
	Watched int `json:"watched"`
	// Releases is how many were simulated of each strategy, Seed the beginning of all chance.
	Releases int    `json:"releases"`
	Seed     uint64 `json:"seed"`
	// Level is that of every interval, 0–1.
	Level float64 `json:"level"`
	// Assumed says the world and what else was assumed, for people.
	Assumed []Assumption `json:"assumed"`
	// Strategies are the document's and, when that is adaptive, the default one beside it.
	Strategies []Strategy `json:"strategies,omitempty"`
	// Trace is one release, period by period.
	Trace *Trace `json:"trace,omitempty"`
	// Comparison holds other policies against the document's, by the judge and the world alone.
	Comparison *compare.Table `json:"comparison,omitempty"`
}

// An Assumption is one thing that was assumed, in words.
type Assumption struct {
	What string `json:"what"`
	Says string `json:"says"`
}

// A Strategy is what became of the releases of one strategy.
type Strategy struct {
	// Name is "this file" or "default strategy"; What says how it moves traffic.
	Name string `json:"name"`
	What string `json:"what"`
	Result
}

// A Trace is one release, period by period.
type Trace struct {
	Flight  rehearsal.Flight   `json:"flight"`
	Minutes []rehearsal.Minute `json:"minutes"`
}
