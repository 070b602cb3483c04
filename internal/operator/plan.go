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
	document, err = s.askHistory(ctx, document, &preview)
	if err != nil {
		return Preview{}, err
	}
	plan := release.NewPlan(document)
	preview.Steps = plannedSteps(document, plan)
	preview.ShortestToPromotion = plan.ShortestToPromotion
	preview.LongestToPromotion = plan.LongestToPromotion
	preview.LongestToRollback = plan.LongestToRollback
	preview.Ticks = plan.Ticks
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

// plannedSteps tells the plan in sentences.
func plannedSteps(document release.Document, plan release.Plan) []PlannedStep {
	list := []PlannedStep{{Kind: StepPrepare, What: preparation(document)}}
	last := len(plan.Steps) - 1
	for i, step := range plan.Steps {
		planned := PlannedStep{Kind: StepWeight, Weight: step.Weight, Starts: step.Starts, Ends: step.Ends}
		switch {
		case i == last:
			planned.Kind = StepSettle
			planned.What = settling(document, plan.Settle)
		case step.Approve != nil:
			planned.Kind = StepApprove
			planned.What = fmt.Sprintf("a person approves within %s, otherwise %s; the canary is watched meanwhile", step.Approve.Timeout, step.Approve.Otherwise)
		default:
			planned.What = watching(document, plan, i)
		}
		list = append(list, planned)
	}
	return list
}

// watching says what happens during a step that moves traffic. Where the strategy is adaptive, its earliest end is not how long it is watched.
func watching(document release.Document, plan release.Plan, step int) string {
	strategy, planned := document.Strategy, plan.Steps[step]
	weight := release.Percent(planned.Weight) + "% of traffic"
	switch {
	case plan.Provisional && strategy.Exposure != nil:
		weight = "a share of traffic that depends on how much there is"
		return weight + " goes to the new version, which is watched"
	case plan.Provisional:
		return fmt.Sprintf("up to %s goes to the new version, less or more by how much traffic there is, until it is proven good, or for %d periods", weight, strategy.Adaptive.RungPeriods())
	case strategy.Adaptive != nil:
		return fmt.Sprintf("%s goes to the new version, which is watched until it is proven good, or for %s", weight, strategy.Steps[step].Wait)
	default:
		return fmt.Sprintf("%s goes to the new version, which is watched for %s", weight, planned.Ends-planned.Starts)
	}
}

// settling says what happens once the new version is promoted.
func settling(document release.Document, settle release.Duration) string {
	holdback := document.Strategy.Holdback
	switch {
	case settle == 0:
		return "all traffic goes to the new version"
	case holdback != nil && *holdback > 0 && document.Request.Version == "":
		return fmt.Sprintf("%s%% of traffic goes to the new version, which is watched for %s against the old one; then all", release.Percent(100-*holdback), settle)
	default:
		return fmt.Sprintf("all traffic goes to the new version, which is watched for %s while the old one is kept", settle)
	}
}

// preparation says what happens before any traffic moves.
func preparation(document release.Document) string {
	if version := document.Request.Version; version != "" {
		return fmt.Sprintf("version %s, which was stable before, is made ready; it takes no traffic yet", version)
	}
	checks := "asked whether it answers"
	switch count := len(document.Verify); count {
	case 0:
	case 1:
		checks = "tested by 1 check"
	default:
		checks = fmt.Sprintf("tested by %d checks", count)
	}
	return fmt.Sprintf("a new version is made of the artifact, deployed where no user reaches it, and %s", checks)
}
