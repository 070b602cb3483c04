package chance_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
)

func TestIntervalOfShare(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		share     chance.Share
		level     float64
		low, high float64
	}{
		// Without a single success the limit solves (1−p)^n = tail: the rule of three.
		"none":    {chance.Share{Count: 0, Of: 10}, 0.95, 0, 1 - math.Pow(0.025, 0.1)},
		"all":     {chance.Share{Count: 10, Of: 10}, 0.95, math.Pow(0.025, 0.1), 1},
		"one":     {chance.Share{Count: 1, Of: 1}, 0.90, 0.05, 1},
		"of none": {chance.Share{}, 0.95, 0, 1},
		"half":    {chance.Share{Count: 5, Of: 10}, 0.95, 0.18708603, 0.81291397},
		"a few":   {chance.Share{Count: 3, Of: 20}, 0.95, 0.03207094, 0.37892683},
		"of many": {chance.Share{Count: 10, Of: 40000}, 0.95, 0.00011988899, 0.00045971277},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.share.Interval(test.level)
			if math.Abs(got.Low-test.low) > 1e-8 || math.Abs(got.High-test.high) > 1e-8 {
				t.Errorf("the interval of %v is %v, want %v to %v", test.share, got, test.low, test.high)
			}
		})
	}
}

// The limits are where the tails of the binomial distribution have just the probability that is left for them.
func TestLimitsOfShareAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.IntRange(1, 5000).Draw(t, "of")
		share := chance.Share{Count: rapid.IntRange(0, of).Draw(t, "count"), Of: of}
		level := rapid.SampledFrom([]float64{0.8, 0.95, 0.99}).Draw(t, "level")
		if share.Count < of {
			tail := distuv.Binomial{N: float64(of), P: share.Upper(level)}.CDF(float64(share.Count))
			if math.Abs(tail-(1-level)) > 1e-6 {
				t.Errorf("at the upper limit so few are %v probable, want %v", tail, 1-level)
			}
		}
		if share.Count > 0 {
			tail := 1 - distuv.Binomial{N: float64(of), P: share.Lower(level)}.CDF(float64(share.Count-1))
			if math.Abs(tail-(1-level)) > 1e-6 {
				t.Errorf("at the lower limit so many are %v probable, want %v", tail, 1-level)
			}
		}
	})
}

func TestShare(t *testing.T) {
	t.Parallel()
	if got := (chance.Share{Count: 1, Of: 8}).Estimate(); got != 0.125 {
		t.Errorf("1 of 8 is %v", got)
	}
	if got := (chance.Share{}).Estimate(); got != 0 {
		t.Errorf("none of none is %v", got)
	}
	if got, want := (chance.Share{Count: 1, Of: 8}).String(), "12.5% (1 of 8)"; got != want {
		t.Errorf("written %q, want %q", got, want)
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	values := []float64{5, 1, 4, 2, 3}
	sample := chance.NewSample(values)
	if values[0] != 5 {
		t.Error("the caller's values were sorted")
	}
	for q, want := range map[float64]float64{0: 1, 0.2: 1, 0.21: 2, 0.5: 3, 0.95: 5, 1: 5} {
		if got := sample.Quantile(q); got != want {
			t.Errorf("the quantile %v is %v, want %v", q, got, want)
		}
	}
	if sample.Len() != 5 || sample.Mean() != 3 {
		t.Errorf("%d values of mean %v, want 5 of mean 3", sample.Len(), sample.Mean())
	}
	// The standard error is √2.5/√5.
	reach := 1.959963984540054 * math.Sqrt(0.5)
	if got := sample.MeanInterval(0.95); math.Abs(got.Low-3+reach) > 1e-9 || math.Abs(got.High-3-reach) > 1e-9 {
		t.Errorf("the interval of the mean is %v, want 3 ± %v", got, reach)
	}
	if got := sample.QuantileInterval(0.5, 0.99); got != (chance.Interval{Low: 1, High: 5}) {
		t.Errorf("five values allow %v for the median, want all that there is", got)
	}
}

// The 40th and the 61st of a hundred values are the tables' interval of the median, of level 95 %.
func TestIntervalOfMedian(t *testing.T) {
	t.Parallel()
	var values []float64
	for i := range 100 {
		values = append(values, float64(i+1))
	}
	if got, want := chance.NewSample(values).QuantileInterval(0.5, 0.95), (chance.Interval{Low: 40, High: 61}); got != want {
		t.Errorf("the interval is %v, want %v", got, want)
	}
}

func TestSampleOfNothing(t *testing.T) {
	t.Parallel()
	var sample chance.Sample
	interval := sample.QuantileInterval(0.5, 0.95)
	for _, figure := range []float64{sample.Quantile(0.5), interval.Low, interval.High, sample.Mean()} {
		if !math.IsNaN(figure) {
			t.Errorf("a figure of nothing is %v, want none", figure)
		}
	}
}

// An interval of the 95th percentile misses it in 5 % of all samples, or fewer.
func TestIntervalOfQuantileCoversIt(t *testing.T) {
	t.Parallel()
	const samples, level, q = 2000, 0.95, 0.95
	truth := -math.Log(1 - q)
	random := rand.New(rand.NewPCG(1, 2))
	missed := chance.Share{Of: samples}
	for range samples {
		values := make([]float64, 400)
		for i := range values {
			values[i] = random.ExpFloat64()
		}
		interval := chance.NewSample(values).QuantileInterval(q, level)
		if truth < interval.Low || truth > interval.High {
			missed.Count++
		}
	}
	if missed.Lower(0.999) > 1-level {
		t.Errorf("the truth was missed in %v of all samples, want %v at most", missed, 1-level)
	}
	if missed.Upper(0.999) < 0.02 {
		t.Errorf("the truth was missed in only %v of all samples: the intervals are too wide", missed)
	}
}
