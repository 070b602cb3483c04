package compare

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
)

// unlimited is for how long a release is watched that nothing ends but its rollback.
const unlimited = 1 << 20

// alone is the judge at a fixed 10 %, without promotion or end.
func alone() policy.Policy {
	plan := flight.InsideCanary()
	plan.Lengths = []int{unlimited}
	return policy.Document("judge alone", "the judge at 10 %, without promotion or end", plan)
}

// A bound is a cell of the comparison with Wald's test.
type bound struct {
	ground
	rates, ratio, judge Result
}

// boundTraffics are the requests a minute at which the judge is held against Wald's test.
var boundTraffics = []float64{50, 500, 5000}

// bounds hold the judge against the tests that know more than it can.
func (s *Survey) bounds(ctx context.Context) ([]bound, error) {
	rates, err := policy.Named("sprt")
	if err != nil {
		return nil, err
	}
	ratio, err := policy.Named("sprt-ratio")
	if err != nil {
		return nil, err
	}
	var all []bound
	for _, row := range grounds(boundTraffics, bases, additions) {
		one := bound{ground: row}
		for _, test := range []struct {
			policy policy.Policy
			result *Result
		}{{rates, &one.rates}, {ratio, &one.ratio}, {alone(), &one.judge}} {
			if *test.result, err = s.launch(ctx, row.cell, test.policy.Name+", without end", test.policy.Launch(), s.Bad, unlimited); err != nil {
				return nil, err
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// boundTable shows them.
func (s *Survey) boundTable(ctx context.Context) (grid, error) {
	bounds, err := s.bounds(ctx)
	if err != nil {
		return grid{}, err
	}
	table := grid{head: []string{"requests/min", "base", "canary", "SPRT", "SPRT ratio", "judge", "judge / SPRT", "judge / SPRT ratio", "minutes"}}
	var toRates, toRatio []ratio
	for _, one := range bounds {
		a, b := ratioOf(one.judge, one.rates), ratioOf(one.judge, one.ratio)
		toRates, toRatio = append(toRates, a), append(toRatio, b)
		table.add(append(one.labels,
			digits(one.rates.Exposure.Mean.Value), digits(one.ratio.Exposure.Mean.Value), digits(one.judge.Exposure.Mean.Value),
			a.String(), b.String(), digits(one.judge.MinutesToRollback.Mean.Value))...)
	}
	table.add("geometric mean", "", "", "", "", "", geometric(toRates).String(), geometric(toRatio).String(), "")
	return table, nil
}
