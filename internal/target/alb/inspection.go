package alb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// An inspection is one Preflight as far as it has come.
type inspection struct {
	target  *Target
	found   target.Preflight
	reasons []reason
	// routes are the rules of the users' listener; main is what its rule forwards.
	routes routes
	main   forward
	// hopeless: nothing else can be looked at.
	hopeless bool
	// backings are what is behind the target groups.
	backings backings
	// idle is the target group of the pair that gets no request; empty when that can't be told.
	idle string
}

// A reason is why a release is refused, and how to mend that.
type reason struct{ what, mend string }

// refuse adds a reason.
func (i *inspection) refuse(what, mend string) {
	i.reasons = append(i.reasons, reason{what, mend})
}

// refuseFor adds the reason of a failure that no other try can mend, and returns any other error.
func (i *inspection) refuseFor(err error) error {
	var failure *release.Failure
	if errors.As(err, &failure) && (failure.Kind == release.KindRefused || failure.Kind == release.KindConflict) {
		i.refuse(failure.Reason, failure.Hint)
		return nil
	}
	return err
}

// note adds what a person should know.
func (i *inspection) note(format string, arguments ...any) {
	i.found.Notes = append(i.found.Notes, fmt.Sprintf(format, arguments...))
}

// failure is every reason in one KindRefused failure; nil when there is none.
func (i *inspection) failure() error {
	switch len(i.reasons) {
	case 0:
		return nil
	case 1:
		return release.Fail(release.KindRefused, "%s", i.reasons[0].what).WithHint("%s", i.reasons[0].mend)
	}
	parts := make([]string, len(i.reasons))
	for n, reason := range i.reasons {
		parts[n] = fmt.Sprintf("(%d) %s; %s", n+1, reason.what, reason.mend)
	}
	return release.Fail(release.KindRefused, "%d things stand in the way: %s", len(parts), strings.Join(parts, ". "))
}
