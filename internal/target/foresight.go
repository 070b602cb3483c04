package target

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Granular router moves whole instances: what requests meet of a weight depends on how many there are.
type Granular interface {
	// Meets reads how many there are, and returns what requests meet of a weight above 0 and below 100 then: more than 0, and at most 100.
	Meets(ctx context.Context) (func(weight float64) float64, error)
}

// Shifts are what a release's shifts of traffic are like, as far as its document, which has its defaults, and the number of instances tell.
func Shifts(ctx context.Context, t Target, document release.Document) (release.Shifts, error) {
	lag := document.Target.Lag()
	shifts := release.Shifts{There: lag, Back: lag}
	switch router := t.(type) {
	case Granular:
		meets, err := router.Meets(ctx)
		if err != nil {
			return shifts, err
		}
		shifts.Nearest = meets
	case Coarse:
		shifts.Nearest = router.Nearest
	}
	return shifts, nil
}

// A Foreseeing target says, for people and before anything is written, what a release of it takes that its strategy does not say.
type Foreseeing interface {
	// Foresee changes nothing.
	Foresee(ctx context.Context) (Foresight, error)
}

// A Foresight is what a target says of a release beforehand. What it does not know, it says in words.
type Foresight struct {
	// There is a shift to the canary, Back the longest one back.
	There, Back Passage
	// Prepared says what becomes of the artifact before users meet it; empty: a version that runs where no user reaches it.
	Prepared string
	// Beside is what runs beside the stable version during a release, and AWS charges for; empty: nothing that takes no requests.
	Beside string
}

// A Passage is what happens between a shift and the moment at which requests meet it.
type Passage struct {
	// Takes is how long it takes at most, as far as that is known.
	Takes release.Duration `json:"takes,omitempty"`
	// Why says what it waits for, and what is not known of that; empty: nothing.
	Why string `json:"why,omitempty"`
}
