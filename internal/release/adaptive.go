package release

// RungPeriods is how many periods a rung of the ladder lasts unless evidence ends it sooner,
// or suspicion later: 7 of profile careful, 2 of profile fast, 4 otherwise.
func (a AdaptiveStrategy) RungPeriods() int {
	switch a.Profile {
	case ProfileCareful:
		return 7
	case ProfileFast:
		return 2
	default:
		return 4
	}
}

// holdPeriods is how many periods more a rung lasts at most while there is moderate evidence
// of harm. Strong evidence holds it until it thins, or a person speaks.
const holdPeriods = 6

// tallestLadder has the weights of the longest ladder that live traffic can lead to; with less
// traffic the first rung is higher, and fewer follow.
var tallestLadder = [...]float64{0.1, 2, 10, 33}

// What the steps of an exposure strategy may be at most, whatever traffic they are derived from.
const (
	// MostExposureSteps is how many there may be.
	MostExposureSteps = 4
	// MostExposurePeriods is how many periods they may wait together: two hours of minutes.
	MostExposurePeriods = 120
)
