package operator

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// steps lists all steps of a release: it prepares, follows its strategy, and
// settles. A first release, and one that returns to an earlier version, have no
// canary; a first one does not settle either, because nothing is kept beside it.
func steps(record ledger.Record) []Step {
	list := []Step{{Kind: StepPrepare, Began: record.CreatedAt}}
	if !record.First && record.Document.Request.Version == "" {
		list = append(list, strategySteps(record.Document.Strategy.Steps)...)
	}
	list = append(list, settleStep(record))
	position, going := position(record, len(list)-1)
	for i := range list {
		list[i].State = stepState(i, position, going)
	}
	if going && list[position].Kind != StepPrepare && list[position].Kind != StepSettle {
		list[position].Began = record.StepBegan
		list[position].Ends = ends(record.StepBegan, list[position].Lasts)
	}
	return list
}

// strategySteps are the steps of the strategy; an approval keeps the weight before it.
func strategySteps(strategy []release.Step) []Step {
	var list []Step
	weight := 0.0
	for _, step := range strategy {
		if step.Approve != nil {
			list = append(list, Step{Kind: StepApprove, Weight: weight, Lasts: step.Approve.Timeout, Otherwise: step.Approve.Otherwise})
			continue
		}
		weight = step.Weight
		list = append(list, Step{Kind: StepWeight, Weight: weight, Lasts: step.Wait})
	}
	return list
}

func settleStep(record ledger.Record) Step {
	step := Step{Kind: StepSettle, Weight: 100 - heldBack(record), Began: record.PromotedAt}
	if record.Document.Strategy.Settle != nil && !record.First {
		step.Lasts = *record.Document.Strategy.Settle
		step.Ends = ends(record.PromotedAt, step.Lasts)
	}
	return step
}

// heldBack is the percent of traffic that the old version keeps while the release settles.
func heldBack(record ledger.Record) float64 {
	strategy := record.Document.Strategy
	if record.First || strategy.Holdback == nil || strategy.Settle == nil || *strategy.Settle == 0 {
		return 0
	}
	return *strategy.Holdback
}

// planned reports whether the release's steps are known: those that depend on traffic are only
// when the canary begins.
func planned(record ledger.Record) bool {
	strategy := record.Document.Strategy
	return len(strategy.Steps) > 0 || strategy.Adaptive == nil && strategy.Exposure == nil
}

// ends is when something ends that began then; the zero time when it has not begun.
func ends(began time.Time, lasts release.Duration) time.Time {
	if began.IsZero() {
		return time.Time{}
	}
	return began.Add(lasts.Std())
}

// position is the index of the step that the release has come to, at most
// last, and whether it is still going on from there. One past last: all steps are over.
func position(record ledger.Record, last int) (index int, going bool) {
	switch {
	case record.Outcome == release.Promoted:
		return last + 1, false
	case !record.PromotedAt.IsZero() || record.Phase == ledger.PhasePromoting:
		index = last
	case !planned(record):
	case !record.CanaryBegan.IsZero() || record.Phase == ledger.PhaseCanary:
		index = min(1+record.Step, last)
	}
	return index, !record.Ended() && record.Phase != ledger.PhaseRollingBack
}

func stepState(index, position int, going bool) StepState {
	switch {
	case index < position:
		return StepDone
	case !going:
		return StepSkipped
	case index == position:
		return StepNow
	default:
		return StepNext
	}
}
