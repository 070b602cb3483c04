package release

import "time"

// Shifts are what a target makes of a release's shifts of traffic, as far as that is known before. The zero Shifts
// give every weight, at once.
type Shifts struct {
	// Nearest is what requests meet of a weight above 0 and below 100: the weight that the target can give; nil is the very same.
	Nearest func(weight float64) float64
	// There is how long it takes from a shift to the canary until requests meet it, and Back how long from one back until none
	// meets the canary any more.
	There, Back time.Duration
}

// Meets is the weight that requests meet of one that is wanted.
func (s Shifts) Meets(weight float64) float64 {
	if s.Nearest == nil || weight <= 0 || weight >= 100 {
		return weight
	}
	return s.Nearest(weight)
}

// Met are steps with the weights that requests meet.
func (s Shifts) Met(steps []Step) []Step {
	met := make([]Step, len(steps))
	for i, step := range steps {
		step.Weight = s.Meets(step.Weight)
		met[i] = step
	}
	return met
}

// Rising are steps with the weights that requests meet, without those that are no more than the one before: what the weights of
// an adaptive or an exposure strategy become.
func (s Shifts) Rising(steps []Step) []Step {
	var rising []Step
	reached := 0.0
	for _, step := range s.Met(steps) {
		if step.Approve == nil && step.Weight > 0 {
			if step.Weight <= reached {
				continue
			}
			reached = step.Weight
		}
		rising = append(rising, step)
	}
	return rising
}

// What the document alone says of a target's shifts.
const (
	// leastOfALB is a target group's weight of 1 beside one of 999
	// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html).
	leastOfALB = 0.1
	// leastOfRoute53 is a record's weight of 1 beside one of 255
	// (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-weighted.html).
	leastOfRoute53 = 0.39
	// propagation is how long a change takes until all of Route 53's name servers know it, usually
	// (https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html).
	propagation = Duration(time.Minute)
)

// LeastWeight is the smallest percent, above 0, that the target can give a canary, as far as the document alone tells: 0.01, as
// small as a document can write it, where nothing else is known.
func (t Target) LeastWeight() float64 {
	switch {
	case t.ALB != nil:
		return leastOfALB
	case t.Route53 != nil:
		return leastOfRoute53
	default:
		return 0.01
	}
}

// Lag is how long requests go on meeting what stood before a shift, as far as the document alone tells: with Route 53, until all
// name servers know of it, and then the records' TTL. It is 0 elsewhere. The target has its defaults.
func (t Target) Lag() time.Duration {
	if t.Route53 == nil {
		return 0
	}
	return sum(propagation, t.Route53.TTL).Std()
}
