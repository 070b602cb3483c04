package operator

import (
	"context"
	"errors"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// askHistory forecasts the release from what the stable version did in the day before. It
// returns the document with the steps that its release would get now. A release without a canary has no forecast.
func (s *Service) askHistory(ctx context.Context, document release.Document, ahead foreseen, preview *Preview) (release.Document, error) {
	if len(document.Strategy.Steps) == 0 && document.Strategy.Adaptive == nil && document.Strategy.Exposure == nil || preview.Split.Stable == "" {
		return document, nil
	}
	history, err := s.history(ctx, document, preview.Split.Stable)
	if ctx.Err() != nil {
		return document, ctx.Err()
	}
	if err != nil {
		preview.Notes = append(preview.Notes, fmt.Sprintf("what this release would notice can't be forecast: %v", err))
		return document, nil
	}
	document, err = planner.WithSteps(document, history, ahead.shifts)
	var failure *release.Failure
	if errors.As(err, &failure) {
		preview.Refusals = append(preview.Refusals, failure.Error())
		return document, nil
	}
	if err != nil {
		return document, fmt.Errorf("plan the steps of %s/%s: %w", document.Service, document.Environment, err)
	}
	if !planner.Plannable(document, history) {
		blind(document, preview, whyUnplannable(document, preview.Split.Stable))
		return document, nil
	}
	forecast, err := planner.Predict(ctx, document, history, ahead.travelling())
	if err != nil {
		return document, fmt.Errorf("forecast a release of %s/%s: %w", document.Service, document.Environment, err)
	}
	preview.Forecast = &forecast
	if forecast.Unnoticed != nil {
		blind(document, preview, whyUnnoticed(forecast))
	}
	return document, nil
}

// history is what the stable version did in the day before.
func (s *Service) history(ctx context.Context, document release.Document, stable string) (judge.History, error) {
	thing, err := s.use.Target(document, noRelease)
	if err != nil {
		return judge.History{}, err
	}
	return thing.History(ctx, stable, s.use.Now(), document.Analysis.Period.Std())
}

// blind tells that the release could not notice a disaster. That refuses it, unless alarms watch too: what they would notice nobody can say.
func blind(document release.Document, preview *Preview, why string) {
	if len(document.Analysis.Alarms) > 0 {
		preview.Notes = append(preview.Notes, why+"; only its alarms could")
		return
	}
	preview.Refusals = append(preview.Refusals, why)
}

// whyUnplannable says why nothing can be noticed whatever the steps.
func whyUnplannable(document release.Document, stable string) string {
	const could = "the metrics of this release could not notice a disaster: "
	if len(judge.Compared(document.Analysis)) == 0 {
		return could + "none is compared; name one under analysis.metrics, or an alarm under analysis.alarms"
	}
	return could + fmt.Sprintf("version %s had no requests in the last day of periods, and a new one would have none to fail; send it requests, or name an alarm under analysis.alarms", stable)
}

// whyUnnoticed says where a disaster would get past, and what it would take to notice it.
func whyUnnoticed(forecast planner.Forecast) string {
	u := forecast.Unnoticed
	why := fmt.Sprintf("the metrics of this release could not notice a disaster with 95%% probability: of %.3g requests a period, step %d of %d gives the new version %s%%, %.2g, for %s",
		forecast.Requests, u.Step, len(forecast.Steps), release.Percent(u.Weight), u.Requests, u.Wait)
	switch {
	case u.EnoughWait != nil && u.EnoughWeight != nil:
		return why + fmt.Sprintf("; a wait of %s would do, or a weight of %s", *u.EnoughWait, release.Percent(*u.EnoughWeight))
	case u.EnoughWait != nil:
		return why + fmt.Sprintf("; a wait of %s would do", *u.EnoughWait)
	case u.EnoughWeight != nil:
		return why + fmt.Sprintf("; a weight of %s would do", release.Percent(*u.EnoughWeight))
	default:
		return why + "; no longer wait or higher weight of that step would do: send the service requests, or name an alarm under analysis.alarms"
	}
}
