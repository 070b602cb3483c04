package operator

import (
	"context"
	"errors"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// noRelease is the id that a target gets that is only asked.
const noRelease = "plan"

// Plan asks everything that Deploy and the workflow's preflight would ask. It
// changes nothing that runs.
func (s *Service) Plan(ctx context.Context, document release.Document) (Preview, error) {
	asked := document
	document, notes, err := s.complete(ctx, asked)
	var refused *release.Failure
	if errors.As(err, &refused) && refused.Kind == release.KindRefused {
		return Preview{
			Service: asked.Service, Environment: asked.Environment, Artifact: asked.Artifact,
			Refusals: []string{refused.Error()}, Steps: []PlannedStep{},
		}, nil
	}
	if err != nil {
		return Preview{}, err
	}
	preview := Preview{Service: document.Service, Environment: document.Environment, Artifact: document.Artifact, Notes: notes}
	if err := s.askLedger(ctx, document, &preview); err != nil {
		return Preview{}, err
	}
	if err := s.askTarget(ctx, document, &preview); err != nil {
		return Preview{}, err
	}
	if preview.First || document.Request.Version != "" {
		// Without a stable version there is nothing to compare a canary with,
		// and what was stable before is no canary.
		document.Strategy.Steps, document.Strategy.Adaptive, document.Strategy.Exposure = nil, nil, nil
	}
	if preview.First {
		document.Strategy.Settle = nil
	}
	ahead, err := s.foresee(ctx, document, &preview)
	if err != nil {
		return Preview{}, err
	}
	document, err = s.askHistory(ctx, document, ahead, &preview)
	if err != nil {
		return Preview{}, err
	}
	plan := release.NewPlan(document)
	will := course{document: document, plan: plan, ahead: ahead}
	onTheWay := will.shifts() * ahead.There.Takes
	preview.Steps = will.steps()
	preview.ShortestToPromotion = plan.ShortestToPromotion + onTheWay
	preview.LongestToPromotion = plan.LongestToPromotion + onTheWay
	preview.LongestToRollback = plan.LongestToRollback + ahead.Back.Takes
	preview.There, preview.Back = ahead.There, ahead.Back
	preview.Ticks = plan.Ticks
	preview.Charges = charges(document, ahead, preview)
	return preview, nil
}

// askLedger finds what the ledger has against the release.
func (s *Service) askLedger(ctx context.Context, document release.Document, preview *Preview) error {
	refusal, err := s.refusal(ctx, document)
	if err != nil {
		return err
	}
	if refusal != nil {
		preview.Refusals = append(preview.Refusals, refusal.Error())
	}
	place := ledger.ServiceEnvironment{Service: document.Service, Environment: document.Environment}
	preview.Holder, err = s.holder(ctx, place)
	if err != nil {
		return err
	}
	switch holder := preview.Holder; {
	case holder == nil || holder.Expired:
	case holder.Release == "":
		preview.Refusals = append(preview.Refusals, fmt.Sprintf("%s has locked %s since %s (%s); to unlock it: %s",
			holder.By, place, holder.Since.UTC().Format("2006-01-02 15:04 UTC"), holder.Reason, s.command("unlock", place.String())))
	case document.Strategy.OnNewRelease == release.QueueNewRelease:
		preview.Notes = append(preview.Notes, fmt.Sprintf("release %s is running: this one would wait for it", holder.Release))
	case document.Strategy.OnNewRelease == release.SupersedeOldRelease:
		preview.Notes = append(preview.Notes, fmt.Sprintf("release %s is running: this one would take its place", holder.Release))
	default:
		preview.Refusals = append(preview.Refusals, fmt.Sprintf("release %s is running; to stop it: %s", holder.Release, s.command("abort", holder.Release)))
	}
	return nil
}

// askTarget makes the workflow's preflight.
func (s *Service) askTarget(ctx context.Context, document release.Document, preview *Preview) error {
	preflight, err := s.preflight(ctx, document)
	var refused *release.Failure
	switch {
	case errors.As(err, &refused) && refused.Kind == release.KindRefused:
		preview.Refusals = append(preview.Refusals, refused.Error())
	case err != nil:
		return fmt.Errorf("look at %s/%s before a release: %w", document.Service, document.Environment, err)
	}
	preview.Split, preview.First = preflight.Split, preflight.First
	preview.Notes = append(preview.Notes, preflight.Notes...)
	return nil
}

// preflight is the target's, unless Deploy would have to make what it looks at:
// then it is a first release.
func (s *Service) preflight(ctx context.Context, document release.Document) (target.Preflight, error) {
	if s.use.Missing != nil {
		missing, err := s.use.Missing(ctx, document)
		if err != nil {
			return target.Preflight{}, err
		}
		if missing != "" {
			return target.Preflight{First: true, Notes: []string{missing}}, nil
		}
	}
	thing, err := s.use.Target(document, noRelease)
	if err != nil {
		return target.Preflight{}, err
	}
	return thing.Preflight(ctx)
}
