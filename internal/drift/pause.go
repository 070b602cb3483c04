package drift

import (
	"context"
	"errors"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// pauser is who holds up releases because of drift.
const pauser = "drift"

// pause keeps new releases out until a person has looked. Somebody else's lock does that as well.
func (l look) pause(ctx context.Context, report *ledger.DriftReport) error {
	err := l.Ledger.LockByPerson(ctx, l.place.Service, l.place.Environment, ledger.PersonLock{By: pauser, Reason: summary(l.place, report.Findings), Since: l.Now()})
	var held *ledger.HeldError
	if err != nil && !errors.As(err, &held) {
		return err
	}
	for i := range report.Findings {
		if report.Findings[i].Kind == string(target.FindingRouting) {
			report.Findings[i].Done = paused
		}
	}
	return nil
}

// resume lets releases begin again, unless somebody else has locked the service since.
func (l look) resume(ctx context.Context) error {
	return l.Ledger.UnlockOwn(ctx, l.place.Service, l.place.Environment, pauser)
}
