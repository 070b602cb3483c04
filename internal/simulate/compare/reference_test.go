package compare_test

import (
	"fmt"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// A reference is what an independent simulation, in another language, found for a policy: the
// rolled back percentage of 4,000 releases, and for regressions median and 95th percentile of the bad
// requests and the median minute of rollback. Percentages are rounded to two digits.
type reference struct {
	requests, base, add float64
	onset               int
	policy              string
	rolledBack          float64
	median, p95, minute float64
}

var references = []reference{
	{5, 0, 0.1, 0, "adaptive+no-holdback", 82, 5, 8, 22},
	{50, 0.001, 0.02, 0, "adaptive+no-holdback", 66, 10, 22, 19},
	{500, 0.001, 0.005, 0, "adaptive+no-holdback", 43, 43, 64, 17},
	{500, 0.001, 0.02, 0, "adaptive+no-holdback", 100, 7, 16, 10},
	{500, 0.01, 0.02, 0, "adaptive+no-holdback", 78, 38, 295, 14},
	{5000, 0.01, 0.02, 0, "adaptive+no-holdback", 100, 30, 65, 11},
	{500, 0.001, 1, 6, "adaptive+no-holdback", 100, 100, 117, 8},
	{50, 0.001, 0.02, 0, "adaptive-fast+no-holdback", 53, 13, 30, 13},
	{500, 0.01, 0.02, 0, "adaptive-fast+no-holdback", 39, 340, 392, 9},
	{50, 0, 0.02, 0, "judge-10percent", 34, 4, 25, 19},
	{500, 0, 0.005, 0, "judge-10percent", 65, 5, 58, 12},
	{5000, 0.01, 0.02, 0, "judge-10percent", 100, 48, 69, 3},

	{50, 0.01, 0, 0, "Canary10Percent5Minutes", 55, 0, 0, 0},
	{500, 0.001, 0, 0, "Canary10Percent5Minutes", 56, 0, 0, 0},
	{500, 0.01, 0, 0, "Canary10Percent5Minutes-any", 33, 0, 0, 0},
	{500, 0.001, 0.1, 0, "Canary10Percent5Minutes-any", 100, 15, 22, 3},
	{500, 0.001, 0.02, 0, "Canary10Percent5Minutes-any", 71, 5, 281, 3},
	{50, 0.01, 0, 0, "Canary10Percent5Minutes-any+bake", 37, 0, 0, 0},
	{5, 0, 1, 0, "Canary10Percent5Minutes-any+bake", 100, 3, 15, 4},
	{50, 0.001, 0.02, 0, "Canary10Percent5Minutes-any+bake", 74, 5, 29, 8},
	{500, 0.01, 0, 0, "Canary10Percent5Minutes-rate1", 34, 0, 0, 0},
	{5000, 0.01, 0, 0, "Canary10Percent5Minutes-rate1", 44, 0, 0, 0},
	{500, 0.01, 0, 0, "Canary10Percent5Minutes-rate1+bake", 72, 0, 0, 0},
	{50, 0.01, 0, 0, "Linear10PercentEvery1Minute-any", 24, 0, 0, 0},
	{50, 0, 0.02, 0, "Linear10PercentEvery1Minute-any", 58, 5, 30, 7},
	{500, 0.01, 0, 0, "Linear10PercentEvery1Minute-rate1", 72, 0, 0, 0},
	{5, 0, 0, 0, "flagger", 17, 0, 0, 0},
	{500, 0.01, 0, 0, "flagger", 36, 0, 0, 0},
	{50, 0.01, 0.02, 0, "flagger", 23, 34, 46, 10},
	{500, 0.01, 0.02, 0, "kayenta", 25, 293, 327, 11},
	{5000, 0.001, 0.005, 0, "kayenta", 78, 35, 619, 11},
	{5, 0.01, 0, 0, "aws-lambda-deploy", 25, 0, 0, 0},
	{50, 0, 0.005, 0, "aws-lambda-deploy", 74, 2, 5, 12},
	{50, 0, 0.02, 0, "sprt", 95, 1, 2, 8},
	{500, 0.001, 0.005, 0, "sprt", 81, 5, 7, 14},
	{500, 0.01, 0.02, 0, "sprt", 99, 13, 26, 8},
}

// sureness is how sure each of the many comparisons with the reference has to be before it
// fails: the seed is fixed, so that they never fail by chance from one day to the next.
const sureness = 0.9999

// TestPoliciesAreThoseOfTheReference: a wrong model of a policy, or of ours, would not meet figures
// that somebody else's program found.
func TestPoliciesAreThoseOfTheReference(t *testing.T) {
	t.Parallel()
	const releases = 600
	for _, want := range references {
		t.Run(fmt.Sprintf("%s, %v/min, %v%v", want.policy, want.requests, want.base, want.add), func(t *testing.T) {
			model := world.Steady(want.requests, want.base, want.add)
			model.Metrics[0].Onset = want.onset
			named, err := policy.Named(want.policy)
			if err != nil {
				t.Fatal(err)
			}
			flights, err := flight.Trials(t.Context(), named.Launch(), flight.Settings{Model: model, Seed: 7}, releases)
			if err != nil {
				t.Fatal(err)
			}
			got := flight.Summarise(flights)
			// The reference is known to half a point, and to its own chance.
			theirs := chance.Share{Count: int(want.rolledBack * 40), Of: 4000}.Interval(0.99)
			if ours := got.RolledBack.Interval(sureness); ours.Low > theirs.High+0.005 || ours.High < theirs.Low-0.005 {
				t.Errorf("%v were rolled back, want about %v %%", got.RolledBack, want.rolledBack)
			}
			if want.add == 0 {
				return
			}
			for _, one := range []struct {
				what       string
				sample     chance.Sample
				part, want float64
			}{
				{"bad requests", got.Exposure, 0.5, want.median},
				{"bad requests", got.Exposure, 0.95, want.p95},
				{"minutes to rollback", got.RollbackTime, 0.5, want.minute},
			} {
				// Their quantile is as uncertain as one of 4,000 is: between ours a little lower and a little higher.
				low := one.sample.QuantileInterval(one.part-0.02, sureness).Low
				high := one.sample.QuantileInterval(one.part+0.02, sureness).High
				if one.want < low || one.want > high {
					t.Errorf("the quantile %v of %s is %v (%v–%v), want %v", one.part, one.what, one.sample.Quantile(one.part), low, high, one.want)
				}
			}
		})
	}
	measured.Log(t, "%d figures of an independent simulation met, by %d policies", len(references), count(references))
}

// count is how many policies there are.
func count(references []reference) int {
	names := map[string]bool{}
	for _, one := range references {
		names[one.policy] = true
	}
	return len(names)
}
