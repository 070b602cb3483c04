package release

import "time"

// A Plan is what a release will do, as far as its document decides it. Times
// count from the moment at which the canary first gets traffic: baking,
// deploying and verifying come before, and take as long as they take, at most
// Timeouts.Bake and Timeouts.Deploy.
type Plan struct {
	// Steps are the document's steps, then a last one of weight 100 that settles.
	Steps []PlannedStep `json:"steps"`
	// Provisional: the steps depend on traffic, and are known when the canary begins. Those here, and all
	// times, are of the most steps that there may be, and their longest. An exposure strategy's have no weight yet.
	Provisional bool `json:"provisional,omitempty"`
	// ShortestToPromotion is the time until the canary has all traffic when
	// nothing holds, nobody hastens it, and approvals come at once; adaptive steps
	// then end as soon as there can be evidence. Baking and deploying are not in it, nor is settling.
	ShortestToPromotion Duration `json:"shortestToPromotion"`
	// LongestToPromotion is the same when every approval comes at the last
	// moment, and every adaptive step lasts its time and six periods more, held for
	// suspicion. Holding for want of data, or for strong suspicion, may still prolong it.
	LongestToPromotion Duration `json:"longestToPromotion"`
	// Settle is how long the old version is kept after that.
	Settle Duration `json:"settle"`
	// LongestToRollback is how long a bad canary may keep its traffic once it
	// shows in a metric with enough samples: a period to count it, the periods
	// of Analysis.Delay, and the longest tick of a step. An alarm, or a person, ends a tick at once.
	LongestToRollback Duration `json:"longestToRollback"`
	// Period is the shortest tick, LongestTick the longest while steps and settling take their time.
	Period      Duration `json:"period"`
	LongestTick Duration `json:"longestTick"`
	// Ticks is how often the judge looks within LongestToPromotion and Settle.
	Ticks int `json:"ticks"`

	schedule tickSchedule
	// lengths are how long each step takes at most, and then settling.
	lengths []Duration
}

// A PlannedStep is one step with its times.
type PlannedStep struct {
	// Weight is the canary's percent during the step.
	Weight float64 `json:"weight"`
	// Audience is the name of the last rung whose people get the canary, whatever the weight; empty: none.
	Audience string `json:"audience,omitempty"`
	// Share is the percent of that rung's people that get it; 0 means all of them.
	Share float64 `json:"share,omitempty"`
	// Starts and Ends are when, at the earliest.
	Starts Duration `json:"starts"`
	Ends   Duration `json:"ends"`
	// Approve is what the step waits for; it then ends at the earliest when it starts.
	Approve *Approval `json:"approve,omitempty"`
}

// NewPlan makes the plan of a document that is valid and has its defaults.
func NewPlan(document Document) Plan {
	plan := Plan{Period: tickPeriod(document)}
	if document.Strategy.Settle != nil {
		plan.Settle = *document.Strategy.Settle
	}
	var reached stage
	stages, provisional := stagesOf(document)
	plan.Provisional = provisional
	for _, stage := range stages {
		if stage.approve == nil {
			reached = stage
		}
		planned := PlannedStep{
			Weight: reached.weight, Audience: reached.audience, Share: reached.share, Starts: plan.ShortestToPromotion, Approve: stage.approve,
		}
		plan.ShortestToPromotion = sum(plan.ShortestToPromotion, stage.shortest)
		planned.Ends = plan.ShortestToPromotion
		plan.Steps = append(plan.Steps, planned)
		plan.lengths = append(plan.lengths, stage.longest)
	}
	plan.LongestToPromotion = sum(plan.lengths...)
	end := sum(plan.ShortestToPromotion, plan.Settle)
	plan.Steps = append(plan.Steps, PlannedStep{Weight: 100, Starts: plan.ShortestToPromotion, Ends: end})
	plan.lengths = append(plan.lengths, plan.Settle)

	longest := sum(plan.LongestToPromotion, plan.Settle, document.Analysis.NoData.Limit)
	plan.schedule = newTickSchedule(plan.Period.Std(), longest.Std(), document.Timeouts.Release.Std(), len(plan.lengths))
	plan.countTicks()
	plan.LongestToRollback = sum(plan.LongestTick, plan.Period, repeat(int64(delayOf(document.Analysis)), plan.Period))
	return plan
}

// Tick is the length of the tick that begins at a moment: at least a second, and a whole number of periods. The
// caller cuts it short at the end of the step in force, and those of adaptive
// steps at the end of the last period that they reach.
//
// A release that goes on has one tick a period, also after it has waited, as long as there are enough
// left; a plan without a period for each of them begins so and goes on with longer ones. One that waits may have longer ones.
//
// As long as Elapsed stays below Timeouts.Release, a release has at most
// [MostTicks] of them, waits, settling, approvals and pauses included, when no
// step is interrupted by more than one hold.
func (p Plan) Tick(at Moment) time.Duration {
	in := max(min(at.Step, len(p.lengths)-1), 0)
	if at.Settling {
		in = len(p.lengths) - 1
	}
	rest := max(p.lengths[in]-Duration(max(at.InStep, 0)), 0)
	at.Waiting = at.Waiting || rest == 0 // nothing but waiting is left in this step
	left := sum(append([]Duration{rest}, p.lengths[in+1:]...)...)
	return p.schedule.next(at, left.Std(), len(p.lengths)-in)
}

// TicksWithin is how many ticks a release has that takes so long and never waits.
func (p Plan) TicksWithin(length time.Duration) int {
	ticks := 0
	for elapsed := time.Duration(0); elapsed < length; ticks++ {
		elapsed += p.schedule.scheduled(int64(elapsed / p.schedule.period))
	}
	return ticks
}

// countTicks walks through the steps, each of which cuts its last tick short.
func (p *Plan) countTicks() {
	var at Moment
	for in, length := range p.lengths {
		at.Step, at.InStep = in, 0
		for rest := length.Std(); rest > 0; {
			tick := min(p.Tick(at), rest)
			p.LongestTick = max(p.LongestTick, Duration(tick))
			at.Ticks++
			at.Elapsed = sum(Duration(at.Elapsed), Duration(tick)).Std()
			at.InStep += tick
			rest -= tick
		}
	}
	p.Ticks = at.Ticks
}
