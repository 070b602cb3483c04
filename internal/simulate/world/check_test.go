package world_test

import (
	"math"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	if err := world.Steady(500, 0.001, 0.02).Check(); err != nil {
		t.Errorf("a steady world: %v", err)
	}
	tests := map[string]struct {
		change func(*world.Model)
		want   string
	}{
		"no metrics":              {func(m *world.Model) { m.Metrics = nil }, "metrics: there are none; name at least one, such as errors"},
		"negative delay":          {func(m *world.Model) { m.Delay = -1 }, "delay: is -1; give how many periods pass before counts are complete, at least 0"},
		"negative period":         {func(m *world.Model) { m.PeriodSeconds = -1 }, "periodSeconds: is -1; give a number, at least 0"},
		"two kinds of traffic":    {func(m *world.Model) { m.Traffic.List = []float64{1} }, "traffic: has more than one of constant, daily and list; keep one"},
		"negative traffic":        {func(m *world.Model) { m.Traffic.Constant = -1 }, "traffic.constant: is -1; give a number, at least 0"},
		"endless traffic":         {func(m *world.Model) { m.Traffic.Constant = math.Inf(1) }, "traffic.constant: is +Inf; give a number, at least 0"},
		"no number":               {func(m *world.Model) { m.Traffic.Constant = math.NaN() }, "traffic.constant: is NaN; give a number, at least 0"},
		"a negative entry":        {func(m *world.Model) { m.Traffic = world.Traffic{List: []float64{1, -1}} }, "traffic.list[1]: is -1; give a number, at least 0"},
		"amplitude":               {func(m *world.Model) { m.Traffic = world.Traffic{Daily: &world.Daily{Amplitude: 2}} }, "traffic.daily.amplitude: is 2; give a number from 0 to 1"},
		"peak hour":               {func(m *world.Model) { m.Traffic = world.Traffic{Daily: &world.Daily{PeakHour: 25}} }, "traffic.daily.peakHour: is 25; give a number from 0 to 24"},
		"no name":                 {func(m *world.Model) { m.Metrics[1].Name = "" }, "metrics[1].name: is missing; give one"},
		"one name twice":          {func(m *world.Model) { m.Metrics[1].Name = "errors" }, `metrics[1].name: is "errors", as that of a metric before it; give each another`},
		"base":                    {func(m *world.Model) { m.Metrics[0].Base = 1.5 }, "metrics[0].base: is 1.5; give a number from 0 to 1"},
		"addition":                {func(m *world.Model) { m.Metrics[0].Add = -0.1 }, "metrics[0].add: is -0.1; give a number from 0 to 1"},
		"onset":                   {func(m *world.Model) { m.Metrics[0].Onset = -1 }, "metrics[0].onset: is -1; give a period, at least 0"},
		"share":                   {func(m *world.Model) { m.Metrics[0].FromShare = 2 }, "metrics[0].fromShare: is 2; give a number from 0 to 1"},
		"noise":                   {func(m *world.Model) { m.Metrics[0].Noise = -1 }, "metrics[0].noise: is -1; give a number, at least 0"},
		"small bursts":            {func(m *world.Model) { m.Metrics[0].Bursts = &world.Bursts{Size: 0.5, Geometric: true} }, "metrics[0].bursts.size: is 0.5; give a number, at least 1"},
		"bursts of two and a bit": {func(m *world.Model) { m.Metrics[0].Bursts = &world.Bursts{Size: 2.5} }, "metrics[0].bursts.size: is 2.5; give a whole number, or set geometric"},
		"an empty drift":          {drift(world.Drift{}), "metrics[0].drifts[0]: has 0 of step, sine, ramp and outage; give one"},
		"two drifts in one":       {drift(world.Drift{Step: &world.Step{Factor: 1}, Ramp: &world.Ramp{Factor: 1, Length: 1}}), "metrics[0].drifts[0]: has 2 of step, sine, ramp and outage; give one"},
		"step":                    {drift(world.Drift{Step: &world.Step{Factor: -1}}), "metrics[0].drifts[0].step.factor: is -1; give a number, at least 0"},
		"sine":                    {drift(world.Drift{Sine: &world.Sine{Amplitude: 0.5}}), "metrics[0].drifts[0].sine.length: is 0; give how many periods a swing takes, above 0"},
		"ramp":                    {drift(world.Drift{Ramp: &world.Ramp{Factor: 2}}), "metrics[0].drifts[0].ramp.length: is 0; give how many periods it rises, at least 1"},
		"outage":                  {drift(world.Drift{Outage: &world.Outage{Add: 0.1, From: 5, To: 4}}), "metrics[0].drifts[0].outage.to: is 4, before its beginning, 5; give the last period of the outage"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := world.Steady(500, 0.001, 0.02)
			test.change(&model)
			if err := model.Check(); err == nil || err.Error() != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func drift(d world.Drift) func(*world.Model) {
	return func(m *world.Model) { m.Metrics[0].Drifts = []world.Drift{d} }
}

func TestCheckFindsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	model := world.Steady(-1, 2, 0)
	model.Delay = -1
	err := model.Check()
	if err == nil {
		t.Fatal("nothing was found")
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 3 {
		t.Errorf("found %q, want three mistakes", lines)
	}
}
