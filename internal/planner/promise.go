package planner

import "github.com/goldfinch-dev/goldfinch/internal/simulate/chance"

const (
	// promised is the probability of what is promised, and confidence that of its lower limit.
	promised, confidence = 0.95, 0.99
	// fewestReleases are enough for a promise that none of them breaks.
	fewestReleases = 100
)

// A promise is a probability of at least 95 %: what is promised comes true in so many of the
// releases that the lower limit of its share's 99 % interval is no less.
type promise struct {
	// releases is how many are played, exceptions how many of them may break it.
	releases, exceptions int
}

// promiseOver is what holds over that many releases, at least fewestReleases.
func promiseOver(releases int) promise {
	releases = max(releases, fewestReleases)
	exceptions := 0
	for (chance.Share{Count: releases - exceptions - 1, Of: releases}).Lower(confidence) >= promised {
		exceptions++
	}
	return promise{releases: releases, exceptions: exceptions}
}

// roughly is a promise about the same share of fewer releases: an estimate that is comparable with what
// [promiseOver] promises of mostReleases.
func roughly(releases int) promise {
	whole := promiseOver(mostReleases)
	return promise{releases: releases, exceptions: whole.exceptions * releases / whole.releases}
}

// holds plays releases until it is clear whether the promise is kept.
func (p promise) holds(f field, kept func(course) bool) bool {
	broken := 0
	for trial := range p.releases {
		if !kept(f.play(trial)) {
			if broken++; broken > p.exceptions {
				return false
			}
		}
	}
	return true
}
