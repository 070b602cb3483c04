package release

import "time"

// A stage is one step of a strategy with the least and the most time that it takes.
type stage struct {
	// weight is the canary's percent; 0 before it is known, and of approvals.
	weight float64
	// audience is the last rung whose people get the canary, share the percent of them, as in a [Split].
	audience string
	share    float64
	approve  *Approval
	// shortest is when nothing holds and approvals come at once; longest is when approvals come at the
	// last moment, and an adaptive rung is held for moderate suspicion for as long as that may last.
	shortest, longest Duration
}

// stagesOf lists the stages of a document's strategy. Those of an adaptive or an exposure strategy are
// provisional until the canary begins: the most and longest that they may become.
func stagesOf(document Document) (stages []stage, provisional bool) {
	strategy, period := document.Strategy, tickPeriod(document)
	switch {
	case strategy.Adaptive != nil && len(strategy.Steps) > 0:
		for _, step := range strategy.Steps {
			stages = append(stages, stage{weight: step.Weight, longest: step.Wait})
		}
		return rungs(stages, document), false
	case len(strategy.Steps) > 0:
		for _, step := range strategy.Steps {
			if step.Approve != nil {
				stages = append(stages, stage{approve: step.Approve, longest: step.Approve.Timeout})
				continue
			}
			stages = append(stages, stage{weight: step.Weight, audience: step.Audience, share: step.Share, shortest: step.Wait, longest: step.Wait})
		}
		return stages, false
	case strategy.Adaptive != nil:
		length := repeat(int64(strategy.Adaptive.RungPeriods()), period)
		for _, weight := range tallestLadder {
			stages = append(stages, stage{weight: weight, longest: length})
		}
		return rungs(stages, document), true
	case strategy.Exposure != nil:
		length := repeat(MostExposurePeriods/MostExposureSteps, period)
		for range MostExposureSteps {
			stages = append(stages, stage{shortest: period, longest: length})
		}
		return stages, true
	default:
		return nil, false
	}
}

// rungs completes stages whose longest is how long each rung lasts by time. The first can't end before a
// period is believed. A later one can end with its first period, because what the rungs before it
// have proven may be enough for it too.
func rungs(stages []stage, document Document) []stage {
	period := tickPeriod(document)
	believed := repeat(int64(delayOf(document.Analysis))+1, period)
	for i := range stages {
		stages[i].shortest = period
		if i == 0 {
			stages[i].shortest = believed
		}
		stages[i].longest = max(sum(stages[i].longest, repeat(holdPeriods, period)), believed)
	}
	return stages
}

// tickPeriod is the period of a document's analysis, at least a second.
func tickPeriod(document Document) Duration {
	return max(document.Analysis.Period, Duration(time.Second))
}

// delayOf is how many periods pass before one is believed.
func delayOf(analysis Analysis) int {
	if analysis.Delay == nil {
		return 0
	}
	return max(*analysis.Delay, 0)
}
