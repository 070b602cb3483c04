package asg

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// An inspection is one Preflight as far as it has come.
type inspection struct {
	target  *Target
	found   target.Preflight
	reasons []fleet.Reason
	// stable is the group that users have; the zero Group while it is not known.
	stable fleet.Group
	// hopeless: nothing else can be looked at.
	hopeless bool
}

// refuse adds a reason.
func (i *inspection) refuse(what, mend string) {
	i.reasons = append(i.reasons, fleet.Reason{What: what, Mend: mend})
}

// refuseFor adds the reason of a KindRefused failure, and returns any other error.
func (i *inspection) refuseFor(err error) error {
	var failure *release.Failure
	if errors.As(err, &failure) && failure.Kind == release.KindRefused {
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
		return release.Fail(release.KindRefused, "%s", i.reasons[0].What).WithHint("%s", i.reasons[0].Mend)
	}
	parts := make([]string, len(i.reasons))
	for n, reason := range i.reasons {
		parts[n] = fmt.Sprintf("(%d) %s; %s", n+1, reason.What, reason.Mend)
	}
	return release.Fail(release.KindRefused, "%d things stand in the way: %s", len(parts), strings.Join(parts, ". "))
}
