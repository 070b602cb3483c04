package compare

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
)

func TestTargetsAreHeldAgainstTheWorstLimit(t *testing.T) {
	t.Parallel()
	figure := func(value, high float64) Figure { return Figure{Value: value, Interval: chance.Interval{High: high}} }
	targets := &targeting{}
	targets.atMost("reached", " %", 0.3, figure(0.2, 0.21), figure(0.1, 0.3), figure(0, 0.25))
	targets.atMost("missed by its limit alone", "", 8, figure(7, 7.5), figure(7, 9))
	want := []target{
		{what: "reached", ask: "≤ 0.3 %", measured: "0.1 % (≤ 0.3 %)", reached: true},
		{what: "missed by its limit alone", ask: "≤ 8", measured: "7 (≤ 9)", reached: false},
	}
	for i, one := range targets.found {
		if one != want[i] {
			t.Errorf("found %+v, want %+v", one, want[i])
		}
	}
}

func TestRatiosOfMeans(t *testing.T) {
	t.Parallel()
	// Means of 8 ± 0.8 and 2 ± 0.2, each 10 % to either side.
	one := Result{Exposure: Spread{Mean: Figure{Value: 8, Interval: chance.Interval{Low: 7.2, High: 8.8}}}}
	other := Result{Exposure: Spread{Mean: Figure{Value: 2, Interval: chance.Interval{Low: 1.8, High: 2.2}}}}
	four := ratioOf(one, other)
	if math.Abs(four.value()-4) > 1e-12 || math.Abs(four.upper()-4*math.Exp(0.1*math.Sqrt2)) > 1e-12 || math.Abs(four.lower()-4*math.Exp(-0.1*math.Sqrt2)) > 1e-12 {
		t.Errorf("the ratio is %v, want 4 within a factor of e^0.141", four)
	}
	// Of four such ratios the mean is twice as sure.
	mean := geometric([]ratio{four, four, four, four})
	if math.Abs(mean.value()-4) > 1e-12 || math.Abs(mean.upper()-4*math.Exp(0.05*math.Sqrt2)) > 1e-12 {
		t.Errorf("the geometric mean is %v, want 4 within a factor of e^0.071", mean)
	}
	if mean := geometric([]ratio{{log: math.Log(2)}, {log: math.Log(8)}}); math.Abs(mean.value()-4) > 1e-12 || mean.String() != "4.00 (4.00–4.00)" {
		t.Errorf("the geometric mean of 2 and 8 is %v, want 4", mean)
	}
}

func TestNumbersAreWrittenShort(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		0: "0", 0.04567: "0.046", 0.5: "0.5", 0.99: "1", 1.04: "1", 7.25: "7.2", 9.96: "10", 16: "16", 1499.6: "1500", math.NaN(): "–", 0.3: "0.3",
	} {
		if got := digits(value); got != want {
			t.Errorf("%v is written %q, want %q", value, got, want)
		}
	}
}

func TestASurveyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	survey := &Survey{Good: 1, Bad: 1}
	for _, section := range survey.sections()[1:] {
		if _, err := section.table(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that it was cancelled", section.title, err)
		}
	}
	if _, err := survey.Document(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the page: %v, want that it was cancelled", err)
	}
}
