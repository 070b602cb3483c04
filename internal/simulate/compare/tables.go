package compare

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// What the worlds of the tables vary: requests a minute, errors on both versions, and
// what the canary adds to them.
var (
	traffics    = []float64{5, 50, 500, 5000}
	bases       = []float64{0, 0.001, 0.01}
	additions   = []float64{0.005, 0.02, 0.1, 1}
	heldTraffic = []float64{200, 1000, 2000, 20000}
)

// usable is the highest share of good releases that a policy may roll back and still be used.
const usable = 0.05

// false rollbacks of good releases, where nothing drifts.
func (s *Survey) goodTable(ctx context.Context) (grid, error) {
	shown := columnsOf("default", "adaptive", "no holdback", "unsettled", "fast", "careful", "judge 10 %", "judge in C5",
		"C5 SAM", "C5 any", "C5 any+bake", "C5 rate1", "C5 rate1+bake", "C5 rate5", "L1 any", "L1 rate1", "L1 rate5", "Flagger", "Kayenta", "a-l-d")
	return s.table(ctx, []string{"requests/min", "base"}, shown, grounds(traffics, bases, []float64{0}), func(r Result) string { return percent(r.RolledBack.Value) })
}

// minutes until a good release has been promoted.
func (s *Survey) timeTable(ctx context.Context) (grid, error) {
	shown := columnsOf("default", "adaptive", "fast", "careful", "judge 10 %", "C5 any", "L1 any", "Flagger", "Kayenta", "a-l-d")
	return s.table(ctx, []string{"requests/min", "base"}, shown, grounds(traffics, bases, []float64{0}), func(r Result) string { return quantiles(r.MinutesToPromotion) })
}

// regressions from the first minute on.
func (s *Survey) regressionTable(ctx context.Context) (grid, error) {
	shown := columnsOf("default", "adaptive", "no holdback", "fast", "judge 10 %", "C5 any", "C5 any+bake", "C5 rate1", "L1 any", "L1 rate1", "Flagger", "Kayenta", "a-l-d", "SPRT")
	return s.marked(ctx, shown, grounds(traffics, bases, additions))
}

// regressions at traffics that the method was not tuned on, and good releases there.
func (s *Survey) heldTable(ctx context.Context) (grid, error) {
	shown := columnsOf("adaptive", "C5 any", "C5 any+bake")
	return s.marked(ctx, shown, grounds(heldTraffic, bases, []float64{0, 0.02, 0.1, 1}))
}

// slow requests.
func (s *Survey) latencyTable(ctx context.Context) (grid, error) {
	shown := columnsOf("default", "adaptive", "fast", "judge 10 %", "C5 any", "C5 any+bake", "L1 any", "Flagger", "Kayenta", "a-l-d", "SPRT")
	for i := range shown {
		if i >= 4 && i <= 8 { // those that decide by limits
			shown[i].policy += "+p99"
		}
	}
	var rows []ground
	for _, requests := range traffics {
		for _, add := range []float64{0, 0.03, 0.2} {
			model := world.Steady(requests, 0.001, 0)
			model.Metrics[1].Add = add
			rows = append(rows, ground{
				labels: []string{digits(requests), added(add)},
				cell:   cell{name: fmt.Sprintf("%v/min, slow %s", requests, added(add)), model: model},
			})
		}
	}
	return s.table(ctx, []string{"requests/min", "canary's slow requests"}, shown, rows, outcome)
}

// good releases while the base rate drifts.
func (s *Survey) driftTable(ctx context.Context) (grid, error) {
	shown := columnsOf("adaptive", "no holdback", "unsettled", "C5 any", "C5 any+bake", "L1 rate5", "Flagger", "Kayenta")
	table := grid{head: heads([]string{"drift of both versions", "requests/min"}, shown)}
	for _, drift := range drifts {
		for _, requests := range traffics {
			row := []string{drift.name, digits(requests)}
			for _, one := range shown {
				worst := 0.0
				for _, base := range bases[1:] {
					result, err := s.fly(ctx, drifting(requests, base, drift), one.policy)
					if err != nil {
						return grid{}, err
					}
					worst = max(worst, result.RolledBack.Value)
				}
				row = append(row, percent(worst))
			}
			table.add(row...)
		}
	}
	return table, nil
}

// A drift has a name.
type drift struct {
	name  string
	drift world.Drift
}

// drifts are what happens to both versions alike. The last one comes after most promotions.
var drifts = []drift{
	{"×5 from minute 4", world.Drift{Step: &world.Step{Factor: 5, From: 4}}},
	{"× (1 ± 0.8), every 10 minutes", world.Drift{Sine: &world.Sine{Amplitude: 0.8, Length: 10}}},
	{"+20 points, minutes 3–6", world.Drift{Outage: &world.Outage{Add: 0.2, From: 3, To: 6}}},
	{"×1 to ×6 in 15 minutes", world.Drift{Ramp: &world.Ramp{Factor: 6, Length: 15}}},
	{"+20 points, minutes 16–19", world.Drift{Outage: &world.Outage{Add: 0.2, From: 16, To: 19}}},
}

func drifting(requests, base float64, d drift) cell {
	c := steady(requests, base, 0)
	c.name += ", " + d.name
	c.model.Metrics[0].Drifts = []world.Drift{d.drift}
	return c
}

// regressions that begin late.
func (s *Survey) lateTable(ctx context.Context) (grid, error) {
	shown := columnsOf("default", "adaptive", "no holdback", "fast", "judge 10 %", "C5 any", "C5 any+bake", "C5 rate1", "L1 any", "L1 rate1", "Flagger", "Kayenta", "a-l-d", "SPRT")
	var rows []ground
	for _, requests := range traffics {
		for _, add := range additions[1:] {
			c := steady(requests, 0.001, add)
			c.name += ", from minute 6"
			c.model.Metrics[0].Onset = 6
			rows = append(rows, ground{labels: []string{digits(requests), points(add)}, cell: c})
		}
	}
	return s.table(ctx, []string{"requests/min", "canary"}, shown, rows, outcome)
}

// A ground is a row of a table.
type ground struct {
	labels []string
	cell   cell
}

// grounds are all combinations.
func grounds(traffics, bases, additions []float64) []ground {
	var all []ground
	for _, requests := range traffics {
		for _, base := range bases {
			for _, add := range additions {
				labels := []string{digits(requests), percent(base)}
				if len(additions) > 1 {
					labels = append(labels, added(add))
				}
				all = append(all, ground{labels: labels, cell: steady(requests, base, add)})
			}
		}
	}
	return all
}

// table flies the policies of the columns in the cells of the rows.
func (s *Survey) table(ctx context.Context, labels []string, shown []column, rows []ground, write func(Result) string) (grid, error) {
	table := grid{head: heads(labels, shown)}
	for _, row := range rows {
		line := row.labels
		for _, one := range shown {
			result, err := s.fly(ctx, row.cell, one.policy)
			if err != nil {
				return grid{}, err
			}
			line = append(line, write(result))
		}
		table.add(line...)
	}
	return table, nil
}

// marked is a table of regressions, with an exclamation mark where the policy rolls back so many
// good releases at that traffic and base rate that it is of no use there.
func (s *Survey) marked(ctx context.Context, shown []column, rows []ground) (grid, error) {
	table := grid{head: heads([]string{"requests/min", "base", "canary"}, shown)}
	for _, row := range rows {
		line := row.labels
		for _, one := range shown {
			result, err := s.fly(ctx, row.cell, one.policy)
			if err != nil {
				return grid{}, err
			}
			metric := row.cell.model.Metrics[0]
			alike, err := s.fly(ctx, steady(row.cell.model.Traffic.Constant, metric.Base, 0), one.policy)
			if err != nil {
				return grid{}, err
			}
			mark := ""
			if alike.RolledBack.Value > usable && !row.cell.good() {
				mark = "!"
			}
			line = append(line, mark+outcome(result))
		}
		table.add(line...)
	}
	return table, nil
}

// outcome writes what became of releases: how many were rolled back, median and 95th
// percentile of what they cost, and after how many minutes.
func outcome(r Result) string {
	written := percent(r.RolledBack.Value) + ", " + quantiles(&r.Exposure)
	if r.MinutesToRollback != nil {
		written += " (" + digits(r.MinutesToRollback.Median.Value) + ")"
	}
	return written
}

func heads(labels []string, shown []column) []string {
	for _, one := range shown {
		labels = append(labels, one.head)
	}
	return labels
}
