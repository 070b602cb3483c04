package targettest

import (
	"context"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// A Harness builds a new world, of which nothing is shared with another one.
type Harness func(t *testing.T) World

// A World is a cloud in which all traffic goes to Stable, a release has made
// Canary, and a foreigner may move traffic to Foreign. The three are usable
// versions, and nothing has been requested of them.
type World struct {
	// Target is the target under test, as one process has it; Twin is the same
	// target as another process has it.
	Target, Twin target.Target
	// Stable, Canary and Foreign are versions.
	Stable, Canary, Foreign string
	// Spare are older versions that nobody needs and retire may delete.
	Spare []string
	// Missing is a version that does not exist, in the form of one.
	Missing string
	// Move makes a foreigner's change of traffic, behind the target's back.
	Move func(ctx context.Context, want release.Split) error
	// BeforeNextWrite runs f once, right before the next change of traffic by
	// Target or Twin takes effect, and after they have read what it is based on. Not
	// needed of a target whose API has no lock ([target.Unlocked]).
	BeforeNextWrite func(f func())
	// Request makes requests of a version that begin at a time, as its users do; the
	// bad ones among them are bad by every metric that is compared and that the
	// cloud counts by itself.
	Request func(version string, at time.Time, requests, bad int)
	// Writes counts the calls so far that change anything, by Target and Twin,
	// whether or not they succeeded.
	Writes func() int
	// Versions lists the versions that exist.
	Versions func() []string
	// Throttle makes AWS refuse the next call of Target, whatever it is, because there are too many.
	Throttle func()
	// Pass lets time pass, so that what was begun goes on; nil when everything is done at once.
	Pass func(d time.Duration)
	// Now is the time in the world; nil is the wall clock's.
	Now func() time.Time
	// Costly: an idle version costs something, so that retire deletes the one before, and restore the one that
	// was not wanted. Target is the release that made Canary, then.
	Costly bool
}

// wait lets what was begun go on.
func (w World) wait() {
	if w.Pass != nil {
		w.Pass(30 * time.Second)
	}
}

// now is the present time in the world.
func (w World) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}

// unlocked reports whether the target's API takes any write.
func (w World) unlocked() bool {
	_, ok := w.Target.(target.Unlocked)
	return ok
}

// split is where a release of w's canary sends weight percent, or what is nearest to that.
func (w World) split(weight float64) release.Split {
	if coarse, ok := w.Target.(target.Coarse); ok {
		weight = coarse.Nearest(weight)
	}
	return release.Split{Stable: w.Stable, Canary: w.Canary, Weight: weight}
}

// guard lets through the splits that a release of w's canary intends.
func (w World) guard() target.Guard {
	return target.Guard{
		Mine: func(split release.Split) bool {
			return split.Stable == w.Stable && (split.Canary == w.Canary || split.IsPure()) || split.Same(release.Pure(w.Canary))
		},
		Check: func(context.Context) error { return nil },
	}
}
