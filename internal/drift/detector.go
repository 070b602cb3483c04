package drift

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// A Ledger is what drift needs of package ledger.
type Ledger interface {
	Services(ctx context.Context) ([]ledger.ServiceEnvironment, error)
	Holder(ctx context.Context, service, environment string) (*ledger.Lease, *ledger.PersonLock, error)
	Stable(ctx context.Context, service, environment string) (stable ledger.Stable, ok bool, err error)
	Release(ctx context.Context, id string) (ledger.Record, error)
	Acquire(ctx context.Context, claim ledger.Lease) (ledger.Lease, error)
	Check(ctx context.Context, lease ledger.Lease) error
	Free(ctx context.Context, lease ledger.Lease) error
	LockByPerson(ctx context.Context, service, environment string, lock ledger.PersonLock) error
	UnlockByPerson(ctx context.Context, service, environment string) error
	AddDrift(ctx context.Context, report ledger.DriftReport) error
}

// A Detector looks for drift. It keeps nothing between calls.
type Detector struct {
	Ledger Ledger
	// Targets makes the target that a document names.
	Targets func(document release.Document, releaseID string) (target.Target, error)
	// Instances is where taints are kept.
	Instances Instances
	// Now is the present time, in UTC; NewID makes a unique id.
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
}

// What became of a finding.
const (
	reported = "reported"
	mending  = "mending"
	mended   = "mended"
	paused   = "paused"
	left     = "left to a person"
)

// A Scope says where to look, and what to do.
type Scope struct {
	// Service and Environment narrow the look; empty: all.
	Service, Environment string
	// Fix mends what was found, whatever the documents say; otherwise they decide.
	Fix bool
	// Report changes nothing, whatever the documents say.
	Report bool
}

func (s Scope) has(place ledger.ServiceEnvironment) bool {
	return (s.Service == "" || s.Service == place.Service) && (s.Environment == "" || s.Environment == place.Environment)
}

// Look looks at every service in the scope, and returns what it found of each, in
// the order of their names. What goes wrong with one keeps nothing from the others; the error has all of it.
func (d *Detector) Look(ctx context.Context, scope Scope) ([]ledger.DriftReport, error) {
	places, err := d.Ledger.Services(ctx)
	if err != nil {
		return nil, err
	}
	reports := []ledger.DriftReport{}
	var failed []error
	for _, place := range places {
		if !scope.has(place) {
			continue
		}
		report, ok, err := d.lookAt(ctx, place, scope)
		if err != nil {
			failed = append(failed, fmt.Errorf("look for drift of %s: %w", place, err))
		}
		if ok {
			reports = append(reports, report)
		}
	}
	return reports, errors.Join(failed...)
}

// lookAt looks at one service; ok is false when nothing was ever promoted there.
func (d *Detector) lookAt(ctx context.Context, place ledger.ServiceEnvironment, scope Scope) (report ledger.DriftReport, ok bool, err error) {
	report = ledger.DriftReport{Service: place.Service, Environment: place.Environment, At: d.Now(), Findings: []ledger.Drifted{}}
	stable, ok, err := d.Ledger.Stable(ctx, place.Service, place.Environment)
	if err != nil || !ok {
		return report, false, err
	}
	report.Version, report.Release = stable.Version, stable.Release
	holder, person, err := d.Ledger.Holder(ctx, place.Service, place.Environment)
	if err != nil {
		return report, true, err
	}
	if holder != nil {
		report.Skipped = fmt.Sprintf("release %s holds the lock of %s", holder.Release, place)
		report.Reason = "not looked at: " + report.Skipped
		return report, true, nil
	}
	record, err := d.Ledger.Release(ctx, stable.Release)
	if err != nil {
		return report, true, err
	}
	record.Document = release.Default(record.Document) // older code had fewer defaults
	thing, err := d.Targets(record.Document, record.ID)
	if err != nil {
		return report, true, err
	}
	inspector, ok := thing.(target.Inspector)
	if !ok {
		inspector = routing{thing}
	}
	look := look{Detector: d, place: place, stable: stable, record: record, inspector: inspector, person: person}
	err = look.inspect(ctx, &report, scope)
	return report, true, err
}

// A look is one look at one service.
type look struct {
	*Detector
	place     ledger.ServiceEnvironment
	stable    ledger.Stable
	record    ledger.Record
	inspector target.Inspector
	person    *ledger.PersonLock
}

func (l look) released() target.Released {
	return target.Released{Version: l.stable.Version, Artifact: l.record.Document.Artifact}
}

// inspect finds the differences, does about them what is wanted, and keeps the report when there are any.
func (l look) inspect(ctx context.Context, report *ledger.DriftReport, scope Scope) error {
	findings, err := l.inspector.Inspect(ctx, l.released())
	if err != nil {
		return err
	}
	for _, finding := range findings {
		report.Findings = append(report.Findings, ledger.Drifted{
			Kind: string(finding.Kind), Resource: finding.Resource, Want: finding.Want, Got: finding.Got,
			Principal: finding.Principal, Since: finding.Since, Done: reported,
		})
	}
	var failed error
	if len(findings) > 0 && !scope.Report {
		failed = l.act(ctx, report, findings, scope)
	}
	report.Reason = summary(l.place, report.Findings)
	if len(findings) == 0 {
		return failed
	}
	return errors.Join(failed, l.Ledger.AddDrift(ctx, *report))
}

// summary says in one sentence what was found.
func summary(place ledger.ServiceEnvironment, findings []ledger.Drifted) string {
	if len(findings) == 0 {
		return fmt.Sprintf("what runs of %s is what was released", place)
	}
	first := findings[0]
	text := fmt.Sprintf("%s of %s is %s, and should be %s", first.Resource, place, first.Got, first.Want)
	if first.Principal != "" {
		text += " (" + first.Principal + ")"
	}
	if more := len(findings) - 1; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	if first.Done == reported {
		return text
	}
	return text + ": " + first.Done
}

// act does about each finding what the document says, or mends it when the scope asks for that.
func (l look) act(ctx context.Context, report *ledger.DriftReport, findings []target.Finding, scope Scope) error {
	policy := l.record.Document.Drift
	mends := func(finding target.Finding) bool {
		switch finding.Kind {
		case target.FindingRouting:
			return scope.Fix || policy.Routing == release.DriftRestore
		case target.FindingInstance:
			return scope.Fix || policy.Instances == release.DriftReplace
		default:
			return scope.Fix
		}
	}
	if slices.ContainsFunc(findings, mends) {
		return l.mend(ctx, report, findings, mends)
	}
	if policy.Routing == release.DriftPause && slices.ContainsFunc(findings, func(f target.Finding) bool { return f.Kind == target.FindingRouting }) {
		return l.pause(ctx, report)
	}
	return nil
}

// pauser is who holds up releases because of drift.
const pauser = "drift"

// pause keeps new releases out until a person has looked.
func (l look) pause(ctx context.Context, report *ledger.DriftReport) error {
	if l.person == nil {
		reason := summary(l.place, report.Findings)
		if err := l.Ledger.LockByPerson(ctx, l.place.Service, l.place.Environment, ledger.PersonLock{By: pauser, Reason: reason, Since: l.Now()}); err != nil {
			return err
		}
	}
	for i := range report.Findings {
		if report.Findings[i].Kind == string(target.FindingRouting) {
			report.Findings[i].Done = paused
		}
	}
	return nil
}

// leaseTime is how long the lease is held for one go at mending; a detector that dies leaves it to the sweep.
const leaseTime = 5 * time.Minute

// mend repairs what is to be repaired, as far as one go can, under the service's lease.
func (l look) mend(ctx context.Context, report *ledger.DriftReport, findings []target.Finding, mends func(target.Finding) bool) error {
	if l.person != nil && l.person.By == pauser { // somebody has looked, and wants it mended
		if err := l.Ledger.UnlockByPerson(ctx, l.place.Service, l.place.Environment); err != nil {
			return err
		}
	}
	lease, err := l.Ledger.Acquire(ctx, ledger.Lease{
		// The sweep frees what such an owner leaves behind: the release that the lease is for has ended.
		Owner: "sweep/drift-" + l.NewID(), Release: l.record.ID, Service: l.place.Service, Environment: l.place.Environment, Until: l.Now().Add(leaseTime),
	})
	var held *ledger.HeldError
	if errors.As(err, &held) {
		for i := range report.Findings {
			report.Findings[i].Reason = "not mended now: " + err.Error()
		}
		return nil
	}
	if err != nil {
		return err
	}
	guard := target.Guard{
		Mine:  func(release.Split) bool { return true }, // whoever moved it: that is what is mended
		Check: func(ctx context.Context) error { return l.Ledger.Check(ctx, lease) },
		Touch: true,
	}
	var failed []error
	for i, finding := range findings {
		if !mends(finding) {
			continue
		}
		done, err := l.inspector.Mend(ctx, l.released(), finding, guard)
		one := &report.Findings[i]
		switch {
		case err == nil && done:
			one.Done = mended
		case err == nil:
			one.Done = mending
		default:
			one.Done, one.Reason = left, err.Error()
			if kind, _ := release.KindOf(err); kind == release.KindTransient {
				one.Done = mending
			} else if kind == "" {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(append(failed, l.Ledger.Free(ctx, lease))...)
}
