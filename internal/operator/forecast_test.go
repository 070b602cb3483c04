package operator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// traffic is a day with that many requests a minute, of which one in a hundred minutes fails and one in each is slow.
func traffic(requests float64) judge.History {
	history := make([]judge.Period, 1440)
	for i := range history {
		errors, slow := judge.Count{Requests: requests}, judge.Count{Requests: requests}
		if i%100 == 0 && requests > 0 {
			errors.Bad, slow.Bad = 1, 1
		}
		history[i] = judge.Period{
			Start:   noon.Add(time.Duration(i-len(history)) * time.Minute),
			Metrics: map[string]judge.Pair{judge.MetricErrors: {Stable: errors}, judge.MetricLatency: {Stable: slow}},
		}
	}
	return judge.HistoryOf(history)
}

// released has a stable version that had that many requests a minute.
func released(w *world, requests float64) {
	w.target.preflight.Split, w.target.history = release.Pure("7"), traffic(requests)
}

func TestPlanForecasts(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		released(w, 1000)
		asked := document()
		asked.Strategy.Adaptive = &release.AdaptiveStrategy{}
		preview, err := o.Plan(t.Context(), asked)
		if err != nil || len(preview.Refusals) != 0 || preview.Forecast == nil {
			t.Fatalf("preview %+v: %v", preview, err)
		}
		var weights []float64
		for _, step := range preview.Forecast.Steps {
			weights = append(weights, step.Weight)
		}
		if diff := cmp.Diff([]float64{1, 10, 33}, weights); diff != "" {
			t.Errorf("weights of the forecast (-want +got):\n%s", diff)
		}
		if said := preview.Steps[1].What; said != "1% of traffic goes to the new version, which is watched until it is proven good, or for 4m" || preview.Steps[1].Weight != 1 {
			t.Errorf("the first step: %+v", preview.Steps[1])
		}
		wantWords(t, preview.Steps[4].What, "80% of traffic goes to the new version")
		if preview.Forecast.Requests != 1000 || preview.Forecast.Unnoticed != nil || len(preview.Forecast.Alternatives) < 4 {
			t.Errorf("forecast %+v", preview.Forecast)
		}
	})
}

func TestPlanRefusesWhatCouldNotNoticeADisaster(t *testing.T) {
	quick := func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 1, Wait: 3 * minute}}
		d.Analysis.NoData.Policy = release.NoDataPass
	}
	for name, c := range map[string]struct {
		requests float64
		change   func(*release.Document)
		words    []string
		forecast bool
	}{
		"no traffic": {change: func(*release.Document) {}, words: []string{"version 7 had no requests", "analysis.alarms"}},
		"no traffic, whatever that counts as": {
			change: func(d *release.Document) { d.Analysis.NoData.Policy = release.NoDataPass }, words: []string{"version 7 had no requests"},
		},
		"no metrics": {requests: 1000, change: func(d *release.Document) { d.Analysis.Metrics = &release.Metrics{} }, words: []string{"none is compared"}},
		"hardly any traffic": {
			requests: 20, change: quick, forecast: true,
			words: []string{"of 20 requests a period, step 1 of 1 gives the new version 1%, 0.19, for 3m; a wait of ", " would do, or a weight of 15"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			released(w, c.requests)
			asked := document()
			c.change(&asked)
			preview, err := w.service.Plan(t.Context(), asked)
			if err != nil || len(preview.Refusals) != 1 || (preview.Forecast != nil) != c.forecast {
				t.Fatalf("preview %+v: %v", preview, err)
			}
			wantWords(t, preview.Refusals[0], append(c.words, "could not notice a disaster")...)
			asked.Analysis.Alarms = []string{"echo-errors"}
			preview, err = w.service.Plan(t.Context(), asked)
			if err != nil || len(preview.Refusals) != 0 {
				t.Fatalf("with an alarm: preview %+v: %v", preview, err)
			}
			wantWords(t, strings.Join(preview.Notes, "\n"), append(c.words, "only its alarms could")...)
		})
	}
}

func TestPlanDerivesStepsFromABudget(t *testing.T) {
	t.Parallel()
	w := newWorld()
	released(w, 1000)
	asked := document()
	asked.Strategy.Exposure = &release.ExposureStrategy{MaxFailedRequests: 50}
	preview, err := w.service.Plan(t.Context(), asked)
	if err != nil || len(preview.Refusals) != 0 || preview.Forecast == nil {
		t.Fatalf("preview %+v: %v", preview, err)
	}
	if worst := preview.Forecast.Worst; worst.BadMost > 50 {
		t.Errorf("the worst regression costs %+v, more than 50", worst)
	}
	if step := preview.Steps[1]; step.Kind != operator.StepWeight || step.Weight == 0 || step.Ends == 0 {
		t.Errorf("the first step is %+v", step)
	}
	asked.Strategy.Exposure.MaxFailedRequests = 1
	preview, err = w.service.Plan(t.Context(), asked)
	if err != nil || len(preview.Refusals) != 1 || preview.Forecast != nil {
		t.Fatalf("preview %+v: %v", preview, err)
	}
	wantWords(t, preview.Refusals[0], "within 1 failed requests at 1000 requests a period; the least that is possible is about ")
	wantWords(t, preview.Steps[1].What, "a share of traffic that depends on how much there is")
}

func TestPlanGoesOnWithoutAHistory(t *testing.T) {
	t.Parallel()
	w := newWorld()
	released(w, 1000)
	w.target.historyErr = errBroken
	asked := document()
	asked.Strategy.Adaptive = &release.AdaptiveStrategy{}
	preview, err := w.service.Plan(t.Context(), asked)
	if err != nil || len(preview.Refusals) != 0 || preview.Forecast != nil || len(preview.Steps) < 5 {
		t.Fatalf("preview %+v: %v", preview, err)
	}
	wantWords(t, strings.Join(preview.Notes, "\n"), "can't be forecast: the cloud is broken")
	wantWords(t, preview.Steps[1].What, "until it is proven good, or for 4 periods")
}

// TestWithoutACanaryThereIsNoForecast: a first release and a return have none, and need no history.
func TestWithoutACanaryThereIsNoForecast(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world, *release.Document){
		"first":  func(w *world, _ *release.Document) { w.target.preflight.First = true },
		"return": func(_ *world, d *release.Document) { d.Request.Version = "3" },
	} {
		w := newWorld()
		released(w, 0)
		asked := document()
		change(w, &asked)
		preview, err := w.service.Plan(t.Context(), asked)
		if err != nil || preview.Forecast != nil || len(preview.Refusals) != 0 || len(w.target.looked) != 0 {
			t.Errorf("%s: looked at %v; preview %+v: %v", name, w.target.looked, preview, err)
		}
	}
}
