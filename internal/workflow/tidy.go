package workflow

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// mostFailures is how many goes in a row may fail, though another might work, before what they were for is left to a person.
const mostFailures = 6

// tidy does work behind the release that takes several goes. It returns how long to wait before the
// next one, having renewed the lease for that; 0 when it is over. Left says what could not be done, when it is over
// all the same: nobody may wait for that for ever, and traffic is where it belongs. Each go may tell something.
func (r *run) tidy(ctx context.Context, work func(context.Context) (told string, done bool, err error)) (wait time.Duration, left string, err error) {
	tidying := ledger.Tidying{Since: r.Now()}
	if r.record.Tidying != nil {
		tidying = *r.record.Tidying
	}
	limit := r.record.Document.Timeouts.Deploy
	overdue := !r.Now().Before(tidying.Since.Add(limit.Std()))
	told, done, failure := work(ctx)
	switch kind, _ := release.KindOf(failure); {
	case failure != nil && (kind != release.KindTransient || overdue || tidying.Failures+1 >= mostFailures):
		left = failure.Error()
	case failure != nil:
		wait = min(r.Poll<<tidying.Failures, longestLook)
		tidying.Failures++
	case !done && overdue:
		left = "it did not end within " + limit.String() + " (timeouts.deploy)"
	case !done:
		wait = r.untilNextLook(tidying.Since)
		tidying.Failures = 0
	}
	var entries []ledger.Entry
	if told != "" {
		entries = append(entries, ledger.Entry{Kind: ledger.EntryNote, Text: told})
	}
	if wait > 0 {
		r.record.Tidying = &tidying
	}
	if wait > 0 || len(entries) > 0 {
		err = r.write(ctx, wait, ledger.Change{Entries: entries})
	}
	return wait, left, err
}
