package demo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An Act is one release of the demonstration, and how it must end.
type Act struct {
	// Label is the version's, v1 to v4: what each does is in examples/echo.
	Label string
	Want  release.Outcome
	// Says is what people read of it.
	Says string
	// Abort: a person aborts it once users have met its canary.
	Abort bool
}

const (
	// first is the version that stands before all others, or is released first.
	first    = "v1"
	promoted = release.Promoted
)

// script is what is released when nothing else is asked for. A target that has no first release finds v1 there.
func script(target string) []Act {
	acts := []Act{
		{Label: "v2", Want: promoted, Says: "a good version, under traffic"},
		{Label: "v3", Want: release.RolledBack, Says: "a version that fails a fifth of its requests"},
		{Label: "v4", Want: release.RolledBack, Says: "a version that is correct, and 300 ms slower"},
	}
	if target == lambdaTarget {
		acts = append([]Act{{Label: first, Want: promoted, Says: "the first release"}}, acts...)
	}
	return acts
}

// complete fills in what is left out. A target that has no demonstration is refused.
func (o Options) complete() (Options, error) {
	if o.Target == "" {
		o.Target = lambdaTarget
	}
	if scenes()[o.Target] == nil {
		return o, &operator.InvalidError{Message: fmt.Sprintf("there is no demonstration of target %q; there are %s",
			o.Target, strings.Join(slices.Sorted(maps.Keys(scenes())), ", "))}
	}
	if o.Script == nil {
		o.Script = script(o.Target)
	}
	return o, nil
}
