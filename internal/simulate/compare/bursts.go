package compare

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// correlations are how failures of both versions, alike, are not independent.
var correlations = []struct {
	name   string
	change func(*world.Metric)
}{
	{"bursts of exactly 5", func(m *world.Metric) { m.Bursts = &world.Bursts{Size: 5} }},
	{"geometric bursts, mean 5", func(m *world.Metric) { m.Bursts = &world.Bursts{Size: 5, Geometric: true} }},
	{"each version's own noise, CV 0.3", func(m *world.Metric) { m.Noise = 0.3 }},
	{"each version's own noise, CV 1", func(m *world.Metric) { m.Noise = 1 }},
}

// untempered is the pilot of the adaptive strategy that takes failures for independent.
func untempered(briefing *flight.Briefing) flight.Pilot {
	plan := flight.Adaptive(flight.Balanced(), briefing.Model.Requests(0))
	plan.Delay = briefing.Model.Delay
	for i := range plan.Metrics {
		plan.Metrics[i].Past = briefing.Past(i)
	}
	return flight.Play(plan)
}

// correlated are the cells of a correlation.
func correlated(name string, change func(*world.Metric)) []ground {
	rows := grounds(traffics, bases[1:], []float64{0})
	for i := range rows {
		rows[i].labels = append([]string{name}, rows[i].labels...)
		rows[i].cell.name += ", " + name
		change(&rows[i].cell.model.Metrics[0])
	}
	return rows
}

// good releases whose failures come together.
func (s *Survey) burstTable(ctx context.Context) (grid, error) {
	table := grid{head: []string{"failures", "requests/min", "base", "adaptive, φ = 1", "adaptive", "no holdback"}}
	for _, one := range correlations {
		for _, row := range correlated(one.name, one.change) {
			naive, err := s.launch(ctx, row.cell, "adaptive with a burst factor of 1", untempered, s.Good, Periods)
			if err != nil {
				return grid{}, err
			}
			line := append(row.labels, percent(naive.RolledBack.Value))
			for _, shown := range columnsOf("adaptive", "no holdback") {
				result, err := s.fly(ctx, row.cell, shown.policy)
				if err != nil {
					return grid{}, err
				}
				line = append(line, limited(result.RolledBack))
			}
			table.add(line...)
		}
	}
	return table, nil
}
