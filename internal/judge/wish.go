package judge

import (
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// overrule applies what people asked for, and the release's own time limit, to
// a ruling. Going back outranks evidence, and a rollback outranks going on.
func overrule(q Question, r ruling) ruling {
	switch {
	case q.Back != nil:
		return rollback(release.Aborted, q.Back.Because())
	case r.decision == release.Rollback:
		return r
	case !q.Ends.IsZero() && !q.Now.Before(q.Ends):
		return rollback(release.RolledBack, fmt.Sprintf("the release did not end within %s (timeouts.release)", q.ReleaseTimeout))
	case q.Forward != nil && q.Stage != StageSettle:
		decision := release.Advance
		if q.Forward.Full || q.Step+1 >= q.Steps {
			decision = release.Promote
		}
		return ruling{decision: decision, reason: said(q.Forward.By+" said "+q.Forward.What, *q.Forward)}
	default:
		return r
	}
}

// Because is why a release goes back when somebody wished for it: "aborted by anna: wrong build".
func (w Wish) Because() string { return said(w.What+" by "+w.By, w) }

// said adds to a sentence the reason of the wish that it tells of.
func said(what string, wish Wish) string {
	if wish.Reason == "" {
		return what
	}
	return what + ": " + wish.Reason
}
