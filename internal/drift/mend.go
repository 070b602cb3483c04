package drift

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// leaseTime is how long the lease is held for one go at mending; a detector that dies leaves it to the sweep.
const leaseTime = 5 * time.Minute

// mend repairs what is to be repaired, as far as one go can, under the service's lease. A pause of drift's own stays meanwhile; it ends only when somebody
// has asked for traffic to be put back, and it is.
func (l look) mend(ctx context.Context, report *ledger.DriftReport, mends func(target.Finding) bool, scope Scope) error {
	lease, err := l.Ledger.AcquireUnder(ctx, ledger.Lease{
		// The sweep frees what such an owner leaves behind: the release that the lease is for has ended.
		Owner: "sweep/drift-" + l.NewID(), Release: l.record.ID, Service: l.place.Service, Environment: l.place.Environment, Until: l.Now().Add(leaseTime),
	}, pauser)
	var held *ledger.HeldError
	if errors.As(err, &held) {
		postpone(report, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	failed := l.mendUnder(ctx, lease, report, mends)
	if back := func(one ledger.Drifted) bool { return one.Kind == string(target.FindingRouting) && one.Done == mended }; scope.Fix && slices.ContainsFunc(report.Findings, back) {
		failed = errors.Join(failed, l.resume(ctx))
	}
	return errors.Join(failed, l.Ledger.Free(ctx, lease))
}

// postpone says why nothing was mended.
func postpone(report *ledger.DriftReport, why string) {
	for i := range report.Findings {
		report.Findings[i].Reason = "not mended now: " + why
	}
}

// mendUnder repairs under the lease what is still as it was found before that was had. A release may have ended in between: what was drift before its
// promotion is what it released, and what it released is what must stay.
func (l look) mendUnder(ctx context.Context, lease ledger.Lease, report *ledger.DriftReport, mends func(target.Finding) bool) error {
	switch superseded, err := l.superseded(ctx); {
	case err != nil:
		return err
	case superseded != "":
		postpone(report, superseded)
		return nil
	}
	findings, err := l.inspector.Inspect(ctx, l.released())
	if err != nil {
		return err
	}
	guard := target.Guard{
		Mine:  func(release.Split) bool { return true }, // whoever moved it: that is what is mended, and nobody's release runs
		Check: func(ctx context.Context) error { return l.Ledger.Check(ctx, lease) },
		Touch: true,
	}
	var failed []error
	for i := range report.Findings {
		one := &report.Findings[i]
		at := slices.IndexFunc(findings, func(now target.Finding) bool {
			return one.Kind == string(now.Kind) && one.Resource == now.Resource && one.Want == now.Want
		})
		switch {
		case at < 0:
			one.Reason = "not so any more when it was looked at again"
		case mends(findings[at]):
			failed = append(failed, l.mendOne(ctx, findings[at], guard, one))
		}
	}
	return errors.Join(failed...)
}

// mendOne repairs one finding, and notes what became of it. Only an error of which nobody knows what it means is returned.
func (l look) mendOne(ctx context.Context, finding target.Finding, guard target.Guard, one *ledger.Drifted) error {
	done, err := false, l.reachable(ctx, finding)
	if err == nil {
		done, err = l.inspector.Mend(ctx, l.released(), finding, guard)
	}
	kind, _ := release.KindOf(err)
	switch {
	case err == nil && done:
		one.Done = mended
	case err == nil:
		one.Done = mending
	default:
		one.Done, one.Reason = left, err.Error()
		if kind == release.KindTransient {
			one.Done = mending
		} else if kind == "" {
			return err
		}
	}
	return nil
}

// reachable fails when traffic is to be put back to a version that can't take it.
func (l look) reachable(ctx context.Context, finding target.Finding) error {
	if !isRouting(finding) {
		return nil
	}
	usable, err := l.verifier.Usable(ctx, l.stable.Version)
	if err == nil && !usable {
		err = release.Fail(release.KindUnhealthy, "version %s can't take traffic any more", l.stable.Version).WithHint("release a good version")
	}
	return err
}
