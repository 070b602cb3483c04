package compare

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// A target is what a policy has to reach.
type target struct {
	// what is measured, ask what is asked for.
	what, ask string
	// measured is the worst cell's figure with its interval or limit.
	measured string
	// reached: the figure's upper limit is not above what is asked for.
	reached bool
}

// targets says whether our policy of that name, and what is derived from it, reaches
// what was asked for: figures at their upper limits, in the worst of the cells.
func (s *Survey) targets(ctx context.Context, name string) ([]target, error) {
	t := &targeting{survey: s, ctx: ctx, policy: name}
	t.falseRollbacks()
	t.bounds()
	t.exposures()
	t.times()
	return t.found, t.err
}

// targeting gathers targets, and the first error.
type targeting struct {
	survey *Survey
	ctx    context.Context
	policy string
	found  []target
	err    error
}

// fly is Survey.fly; after an error it does nothing.
func (t *targeting) fly(c cell, name string) Result {
	if t.err != nil {
		return Result{}
	}
	result, err := t.survey.fly(t.ctx, c, name)
	t.err = err
	return result
}

// atMost adds a target for the worst of several figures.
func (t *targeting) atMost(what, unit string, ask float64, figures ...Figure) {
	if t.err != nil {
		return
	}
	worst := slices.MaxFunc(figures, func(a, b Figure) int { return cmp.Compare(a.High, b.High) })
	t.found = append(t.found, target{
		what: what, ask: "≤ " + digits(ask) + unit,
		measured: fmt.Sprintf("%s%s (≤ %s%s)", digits(worst.Value), unit, digits(worst.High), unit), reached: worst.High <= ask,
	})
}

// percentages is a share of rollbacks in percent, up to its one-sided limit.
func percentages(r Result) Figure {
	figure := Figure{Value: r.RolledBack.Value * 100}
	figure.High = r.RolledBack.Upper(limitLevel) * 100
	return figure
}

// falseRollbacks are good releases' of the policy.
func (t *targeting) falseRollbacks() {
	rollbacks := func(name string, rows []ground) []Figure {
		var all []Figure
		for _, row := range rows {
			all = append(all, percentages(t.fly(row.cell, name)))
		}
		return all
	}
	t.atMost("false rollbacks, any traffic and base rate", " %", 0.3, rollbacks(t.policy, grounds(traffics, bases, []float64{0}))...)

	var drifted []Figure
	for _, drift := range drifts[:4] {
		for _, requests := range traffics {
			for _, base := range bases[1:] {
				drifted = append(drifted, percentages(t.fly(drifting(requests, base, drift), "adaptive-unsettled")))
			}
		}
	}
	t.atMost("false rollbacks while base rates drift, as long as there is a stable version", " %", 0.4, drifted...)

	var edge []Figure
	for _, requests := range traffics {
		for _, base := range bases {
			edge = append(edge, percentages(t.edge(requests, base)))
		}
	}
	t.atMost("false rollbacks of a canary at the very edge of the tolerance", " %", 0.4, edge...)

	var together []Figure
	for _, one := range correlations {
		together = append(together, rollbacks(t.policy, correlated(one.name, one.change))...)
	}
	t.atMost("false rollbacks when failures come together, burst factor estimated", " %", 1, together...)
}

// edge flies canaries that are just acceptable: 1.1 times stable's rate and 0.02 points more.
// They count as good releases.
func (t *targeting) edge(requests, base float64) Result {
	c := steady(requests, base, 0.1*base+0.0002)
	if t.err != nil {
		return Result{}
	}
	result, err := t.survey.flyMany(t.ctx, c, t.policy)
	t.err = err
	return result
}

// bounds hold the judge alone against Wald's test that knows the ratio of the rates.
func (t *targeting) bounds() {
	if t.err != nil {
		return
	}
	bounds, err := t.survey.bounds(t.ctx)
	if err != nil {
		t.err = err
		return
	}
	var easy, noisy, small []Figure
	for _, one := range bounds {
		metric := one.cell.model.Metrics[0]
		ratio := ratioOf(one.judge, one.ratio)
		figure := Figure{Value: ratio.value()}
		figure.High = ratio.upper()
		switch {
		case metric.Add < 0.02:
			small = append(small, figure)
		case metric.Base > 0.001:
			noisy = append(noisy, figure)
		default:
			easy = append(easy, figure)
		}
	}
	t.atMost("judge alone at 10 %: bad requests, in those of Wald's test that knows the ratio; base ≤ 0.1 %, ≥ +2 points", " times", 1.4, easy...)
	t.atMost("the same; base 1 %, ≥ +2 points", " times", 1.7, noisy...)
	t.atMost("the same; +0.5 points", " times", 3, small...)
}

// exposures are what regressions cost.
func (t *targeting) exposures() {
	large := traffics[2:]
	t.spread("+2 points on base ≤ 0.1 %, ≥ 500 requests/min", 8, 20, grounds(large, bases[:2], []float64{0.02}))
	t.spread("+10 points, ≥ 500 requests/min", 10, 35, grounds(large, bases, []float64{0.1}))
	var medians []Figure
	for _, row := range grounds(append(slices.Clone(traffics), heldTraffic[:3]...), bases, []float64{1}) {
		medians = append(medians, t.fly(row.cell, t.policy).Exposure.Median)
	}
	t.atMost("total failure, ≤ 10,000 requests/min: median of bad requests", "", 24, medians...)
	for _, other := range []struct {
		policy, what string
		ask          float64
	}{
		{"Canary10Percent5Minutes-any", "bad requests, in those of Canary10Percent5Minutes with an alarm on any error", 0.35},
		{"Canary10Percent5Minutes-any+bake", "the same with a bake of 5 minutes", 0.6},
	} {
		var ratios []ratio
		for _, row := range grounds(traffics, bases, additions) {
			ratios = append(ratios, ratioOf(t.fly(row.cell, t.policy), t.fly(row.cell, other.policy)))
		}
		mean := geometric(ratios)
		figure := Figure{Value: mean.value()}
		figure.High = mean.upper()
		t.atMost(fmt.Sprintf("%s; geometric mean of %d cells", other.what, len(ratios)), " times", other.ask, figure)
	}
}

// spread adds targets for the median and the 95th percentile of bad requests.
func (t *targeting) spread(what string, median, p95 float64, rows []ground) {
	var medians, p95s []Figure
	for _, row := range rows {
		exposure := t.fly(row.cell, t.policy).Exposure
		medians, p95s = append(medians, exposure.Median), append(p95s, exposure.P95)
	}
	t.atMost(what+": median of bad requests", "", median, medians...)
	t.atMost(what+": 95th percentile", "", p95, p95s...)
}

// times are how long good releases take.
func (t *targeting) times() {
	for _, one := range []struct {
		policy, what string
		ask          float64
	}{
		{t.policy, "minutes to the promotion of a good release, median", 16},
		{"adaptive-fast", "the same, profile fast", 9},
	} {
		var medians []Figure
		for _, row := range grounds(traffics, bases, []float64{0}) {
			if minutes := t.fly(row.cell, one.policy).MinutesToPromotion; minutes != nil {
				medians = append(medians, minutes.Median)
			}
		}
		t.atMost(one.what, "", one.ask, medians...)
	}
}

// targetTable shows the targets of a policy.
func (s *Survey) targetTable(ctx context.Context, name string) (grid, error) {
	targets, err := s.targets(ctx, name)
	if err != nil {
		return grid{}, err
	}
	table := grid{head: []string{"measured, worst cell", "asked for", "found (upper limit)", "reached"}}
	for _, one := range targets {
		reached := "yes"
		if !one.reached {
			reached = "**no**"
		}
		table.add(one.what, one.ask, one.measured, reached)
	}
	return table, nil
}
