package planner

import (
	"fmt"
	"math"
	"reflect"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
)

// A Planner derives steps from a budget of failed requests. It keeps nothing, and satisfies the workflow's Planner.
type Planner struct{}

const (
	// budgetReleases is how many each promise of a budget rests on: a function of Lambda with little memory has to play them.
	budgetReleases = 200
	// smallestWeight is the least that a canary can have, highestWeight what is gained nothing above; in hundredths
	// of a percent. At half of all traffic or less no strategy.holdback takes any away at the promotion.
	smallestWeight, highestWeight = 1, 3300
	// firstRequests is how many requests a period the first step should serve.
	firstRequests = 10
	// rise is by how much each weight is above the one before at least.
	rise = 2.5
	// shrink is what is left of the weights when a plan costs too much.
	shrink = 0.85
)

// lastLengths are how many periods the last step may last; together with the steps before it at most release.MostExposurePeriods.
var lastLengths = [...]int{3, 5, 8, 12, 20, 30, 50, 80, release.MostExposurePeriods}

// Derive returns the steps by which a release of document, which has its defaults, keeps within
// strategy.exposure for a service whose stable version did what history says, period by period, oldest first.
//
// With a probability of 95 % the canary serves no more bad requests than the budget until it is taken back or
// promoted, whatever share of its requests is bad, from the first shift on or from any later step on; those that
// would be bad anyway count, too, and those that meet it while traffic is on its way. Weights are such as shifts can give. Each step's weight is such that the worst that may begin with it costs no more. The last
// step lasts until it would notice a regression that costs the budget within the judge's first look at all traffic, as
// far as two hours of minutes allow. A good release is promoted, and a disaster noticed, with a probability of 95 %.
//
// A budget that no steps can keep is a KindUnhealthy failure that says what can be kept.
func (Planner) Derive(document release.Document, history judge.History, shifts release.Shifts) ([]release.Step, error) {
	b := newBudget(document, history, shifts)
	if len(b.outlook.metrics) == 0 {
		return nil, release.Fail(release.KindUnhealthy, "a budget of failed requests needs a metric that counts them, and none is compared").WithHint("name one under analysis.metrics")
	}
	if b.outlook.requests == 0 {
		return nil, release.Fail(release.KindUnhealthy, "the stable version had no requests in the last %d periods, so that no step can be planned within a budget of %s failed requests",
			history.Periods, release.Percent(b.most)).WithHint("give strategy.steps instead")
	}
	for top, tried := b.firstGuess(), []release.Step(nil); top >= smallestWeight; top = min(int(float64(top)*shrink), top-1) {
		weights := b.steps(top, lastLengths[0])
		if reflect.DeepEqual(weights, tried) {
			continue // a coarse target makes the same of it
		}
		if steps, ok := b.within(top); ok {
			return steps, nil
		}
		tried = weights
	}
	return nil, b.refusal()
}

// A budget is what a plan is sought for.
type budget struct {
	outlook outlook
	// most is how many bad requests there may be.
	most float64
	// delay is how many periods pass before one is believed.
	delay   int
	promise promise
}

func newBudget(document release.Document, history judge.History, shifts release.Shifts) budget {
	return budget{
		outlook: look(document, history, shifts), most: document.Strategy.Exposure.MaxFailedRequests, delay: *document.Analysis.Delay, promise: promiseOver(budgetReleases),
	}
}

// unheard is how many periods of a disaster pass before the judge can know, and traffic is gone.
func (b budget) unheard() float64 {
	return float64(b.outlook.periodsIn(b.outlook.shifts.There) + b.delay + 1 + b.outlook.periodsIn(b.outlook.shifts.Back))
}

// firstGuess is the weight, in hundredths of a percent, whose requests within the
// judge's first look do not exceed the budget with a probability of 95 %, were they Poisson-distributed:
// mean + 1.645·√mean = budget.
func (b budget) firstGuess() int {
	root := (math.Sqrt(normal95*normal95+4*b.most) - normal95) / 2
	share := root * root / (b.unheard() * b.outlook.requests)
	return int(min(max(share*1e4, smallestWeight), highestWeight))
}

// weights are those of at most four steps that end at top, in hundredths of a percent. The first serves ten requests a period where that is less.
func (b budget) weights(top int) []int {
	first := max(firstRequests/b.outlook.requests*1e4, smallestWeight)
	count := min(1+int(math.Log(float64(top)/first)/math.Log(rise)), release.MostExposureSteps)
	if count < 2 {
		return []int{top}
	}
	weights := make([]int, count)
	for i := range weights {
		weights[i] = int(math.Round(first * math.Pow(float64(top)/first, float64(i)/float64(count-1))))
	}
	return weights
}

// steps are those whose last one has the weight top and lasts that many periods.
func (b budget) steps(top, last int) []release.Step {
	period, early := b.outlook.document.Analysis.Period, b.delay+2
	var steps []release.Step
	weights := b.weights(top)
	for i, weight := range weights {
		length := early
		if i == len(weights)-1 {
			length = max(min(last, release.MostExposurePeriods-i*early), early)
		}
		steps = append(steps, release.Step{Weight: float64(weight) / 100, Wait: release.Duration(length) * period})
	}
	met := b.outlook.shifts.Rising(steps)
	met[len(met)-1].Wait = steps[len(steps)-1].Wait // of those that became the same, the last one lasts longest
	return met
}

// with is the outlook of a release with those steps.
func (b budget) with(steps []release.Step) outlook {
	o := b.outlook
	o.document.Strategy.Steps = steps
	return o
}

// within finds the shortest last step that does what it should, or else the longest; ok is false when steps that end at top
// do not keep the budget.
func (b budget) within(top int) (steps []release.Step, ok bool) {
	if shortest := b.with(b.steps(top, lastLengths[0])); !b.keeps(shortest, late(shortest)) {
		return nil, false
	}
	preferred := len(lastLengths) - 1
	for i, last := range lastLengths {
		if o := b.with(b.steps(top, last)); b.notices(o, b.dear()) && b.promotes(o, math.Inf(1)) {
			preferred = i
			break
		}
	}
	for i := preferred; i >= 0; i-- {
		steps = b.steps(top, lastLengths[i])
		o := b.with(steps)
		if !b.promotes(o, b.most) {
			continue // shorter, it serves fewer requests
		}
		return steps, b.notices(o, o.total()) && b.keepsAll(o)
	}
	return nil, false
}

// dear is the regression that costs the budget before the judge's first look at all traffic.
func (b budget) dear() regression {
	return b.outlook.worseBy(b.most / (b.outlook.requests * b.unheard()))
}

// promotes reports whether a good release is surely promoted, and serves no more bad requests than most.
func (b budget) promotes(o outlook, most float64) bool {
	return b.promise.holds(o.field(o.good(), seedBudget), func(c course) bool { return c.promotedAt > 0 && c.bad <= most })
}

// notices reports whether a regression is surely noticed.
func (b budget) notices(o outlook, r regression) bool {
	f := o.field(r, seedBudget)
	return b.promise.holds(f, func(c course) bool { return c.noticed < len(f.plan.Shares) })
}

// keeps reports whether a regression surely costs no more than the budget.
func (b budget) keeps(o outlook, r regression) bool {
	return b.promise.holds(o.field(r, seedBudget), func(c course) bool { return c.bad <= b.most })
}

// keepsAll asks the same of regressions of all sizes that begin with any step.
func (b budget) keepsAll(o outlook) bool {
	for _, r := range b.threats(o) {
		if b.threatens(o, r) && !b.keeps(o, r) {
			return false
		}
	}
	return true
}

// threatens reports whether a regression could cost the budget at all, were it never noticed and all steps held
// for as long again. It spares most of the playing, because what is never noticed takes longest to play.
func (b budget) threatens(o outlook, r regression) bool {
	requests := 0.0
	for i, plan := 0, o.plan(); i < len(plan.Shares); i++ {
		requests += o.requests * plan.Shares[i] * float64(plan.Lengths[i]+o.periodsIn(o.shifts.There)+o.periodsIn(o.shifts.Back))
	}
	burst := max(o.past[o.metrics[r.metric]].Burst, 1)
	mean := 2 * requests * r.rate
	return mean+3*math.Sqrt(mean*burst) > b.most
}

// The rates that are added by what a budget is held against: from the first shift on, and from a later step on.
var (
	fromTheFirst = [...]float64{1, 0.2, 0.05, 0.02, 0.5, 0.1, 0.01, 0.005, 0.002, 0.001}
	fromLater    = [...]float64{1, 0.2, 0.05}
)

// threats are what a budget is held against.
func (b budget) threats(o outlook) []regression {
	var all []regression
	for _, add := range fromTheFirst {
		all = append(all, o.worseBy(add))
	}
	for _, share := range o.plan().Shares[1:] {
		for _, add := range fromLater {
			late := o.worseBy(add)
			late.from = share
			all = append(all, late)
		}
	}
	return all
}

// late is a disaster that begins with o's last step.
func late(o outlook) regression {
	disaster, shares := o.total(), o.plan().Shares
	disaster.from = shares[len(shares)-1]
	return disaster
}

// refusal says what budget could be kept.
func (b budget) refusal() *release.Failure {
	failure := release.Fail(release.KindUnhealthy, "no steps keep a bad release within %s failed requests at %.4g requests a period%s", release.Percent(b.most), b.outlook.requests, b.because())
	least := math.Inf(1)
	for top := highestWeight; top >= smallestWeight; top /= 2 {
		if cost, ok := b.least(top); ok {
			least = min(least, cost)
		}
	}
	if math.IsInf(least, 1) {
		return failure.WithHint("no budget can be kept here: within two hours of minutes no step both promotes a good release and notices a disaster; give strategy.steps instead")
	}
	return failure.WithHint("the least that is possible is about %.0f", least)
}

// because says what of the target stands in the way; empty: nothing.
func (b budget) because() string {
	const smallest = float64(smallestWeight) / 100
	shifts, because := b.outlook.shifts, ""
	if least := shifts.Meets(smallest); least > smallest {
		because += fmt.Sprintf(", of which the target can give a new version no less than %s%%", release.Percent(least))
	}
	if shifts.Back > 0 {
		because += fmt.Sprintf(", and requests meet it for %s more when it is taken back", release.Duration(shifts.Back))
	}
	return because
}

// leastReleases is how many releases tell what the least budget is.
const leastReleases = 100

// least is the smallest budget that a single step of that weight keeps; ok is false when no length of it
// promotes a good release and notices a disaster.
func (b budget) least(top int) (cost float64, ok bool) {
	rough := b
	rough.promise = promiseOver(leastReleases)
	for _, last := range lastLengths {
		o := rough.with([]release.Step{{Weight: b.outlook.shifts.Meets(float64(top) / 100), Wait: release.Duration(last) * b.outlook.document.Analysis.Period}})
		if !rough.promotes(o, math.Inf(1)) || !rough.notices(o, o.total()) {
			continue
		}
		for _, r := range append(rough.threats(o), o.good()) {
			var bad []float64
			for _, c := range o.field(r, seedBudget).courses(leastReleases) {
				bad = append(bad, c.bad)
			}
			cost = max(cost, chance.NewSample(bad).QuantileInterval(promised, 2*confidence-1).High)
		}
		return cost, true
	}
	return 0, false
}
