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
	AcquireUnder(ctx context.Context, claim ledger.Lease, by string) (ledger.Lease, error)
	Check(ctx context.Context, lease ledger.Lease) error
	Free(ctx context.Context, lease ledger.Lease) error
	LockByPerson(ctx context.Context, service, environment string, lock ledger.PersonLock) error
	UnlockOwn(ctx context.Context, service, environment, by string) error
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
	holder, _, err := d.Ledger.Holder(ctx, place.Service, place.Environment)
	if err != nil {
		return report, true, err
	}
	if holder != nil {
		report.Skipped = heldBy(holder, place)
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
	look := look{Detector: d, place: place, stable: stable, record: record, verifier: thing, inspector: inspector}
	err = look.inspect(ctx, &report, scope)
	return report, true, err
}

func heldBy(holder *ledger.Lease, place ledger.ServiceEnvironment) string {
	return fmt.Sprintf("release %s holds the lock of %s", holder.Release, place)
}

// A look is one look at one service.
type look struct {
	*Detector
	place     ledger.ServiceEnvironment
	stable    ledger.Stable
	record    ledger.Record
	verifier  target.Verifier
	inspector target.Inspector
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
	if len(findings) > 0 {
		if report.Skipped, err = l.overtaken(ctx); err != nil {
			return err
		}
		if report.Skipped != "" {
			report.Reason = "not looked at: " + report.Skipped
			return nil
		}
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

// overtaken says that a release has run since the look began, or runs; empty when none has. What was found then may be its doing.
func (l look) overtaken(ctx context.Context) (string, error) {
	holder, _, err := l.Ledger.Holder(ctx, l.place.Service, l.place.Environment)
	if err != nil {
		return "", err
	}
	if holder != nil {
		return heldBy(holder, l.place), nil
	}
	return l.superseded(ctx)
}

// superseded says that another release has been promoted since the look began; empty when none has.
func (l look) superseded(ctx context.Context) (string, error) {
	stable, _, err := l.Ledger.Stable(ctx, l.place.Service, l.place.Environment)
	if err != nil || stable.Release == l.stable.Release && stable.Version == l.stable.Version {
		return "", err
	}
	return fmt.Sprintf("release %s has made version %s stable meanwhile", stable.Release, stable.Version), nil
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
	if policy.Routing == release.DriftPause && !scope.Fix && slices.ContainsFunc(findings, isRouting) {
		if err := l.pause(ctx, report); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(findings, mends) {
		return nil
	}
	return l.mend(ctx, report, mends, scope)
}

func isRouting(finding target.Finding) bool { return finding.Kind == target.FindingRouting }
