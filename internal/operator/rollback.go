package operator

import (
	"context"
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Rollback aborts the release that runs, unless To says where to go. Once it has
// ended, a reference by id to a release that did not make the present version is
// refused: what came after it would be undone too.
func (s *Service) Rollback(ctx context.Context, request RollbackRequest) (Started, error) {
	named, err := s.find(ctx, request.Reference)
	if err != nil {
		return Started{}, err
	}
	if !named.Ended() && !stands(named) {
		return s.abort(ctx, named, request)
	}
	records, err := s.use.Ledger.Releases(ctx, named.Service, named.Environment, maxListLimit)
	if err != nil {
		return Started{}, fmt.Errorf("read the releases of %s/%s: %w", named.Service, named.Environment, err)
	}
	past := newPast(records)
	if len(past.stable) == 0 {
		return Started{}, release.Fail(release.KindRefused, "nothing was ever promoted in %s/%s, so there is nothing to go back from", named.Service, named.Environment)
	}
	current := past.stable[len(past.stable)-1]
	if request.Reference.isTo(named.ID) && request.To == "" && named.ID != current.record.ID {
		return Started{}, release.Fail(release.KindRefused, "release %s did not make the version that users have now; release %s did", named.ID, current.record.ID).
			WithHint("to go back to what it made: %s", s.command("rollback", named.Service+"/"+named.Environment+" --to "+named.ID))
	}
	version, err := past.destination(request.To)
	if err != nil {
		return Started{}, err
	}
	if version == current.version {
		if err := s.moved(ctx, current); err != nil {
			return Started{}, err
		}
	}
	document := returning(current.record.Document, version, past.maker(version), request)
	if !current.record.Ended() {
		// It has only old versions left to delete: the way back waits for that.
		document.Strategy.OnNewRelease = release.QueueNewRelease
	}
	started, err := s.Deploy(ctx, document)
	// Warnings are about how a new version is judged, and here is none.
	started.Notes = nil
	return started, err
}

// moved refuses unless somebody has moved traffic away from the version that the
// ledger says users have: only then can one go back to that.
func (s *Service) moved(ctx context.Context, current standing) error {
	thing, err := s.use.Target(current.record.Document, current.record.ID)
	if err != nil {
		return fmt.Errorf("make the target of %s/%s: %w", current.record.Service, current.record.Environment, err)
	}
	split, err := thing.Split(ctx)
	if err != nil {
		return fmt.Errorf("read the split of %s/%s: %w", current.record.Service, current.record.Environment, err)
	}
	if split.Same(release.Pure(current.version)) {
		return release.Fail(release.KindRefused, "version %s is what users have now", current.version)
	}
	return nil
}

// abort tells a running release to go back.
func (s *Service) abort(ctx context.Context, record ledger.Record, request RollbackRequest) (Started, error) {
	if request.To != "" {
		return Started{}, release.Fail(release.KindRefused, "release %s is running: it can only go back to version %s", record.ID, record.Before.Stable).
			WithHint("abort it first: %s", s.command("abort", record.ID))
	}
	signal := ledger.Signal{Kind: ledger.SignalAbort, By: request.By, Reason: request.Reason}
	if err := s.steerable(record, signal.Kind); err != nil {
		return Started{}, err
	}
	if err := s.send(ctx, record, signal); err != nil {
		return Started{}, err
	}
	return Started{
		ID:          record.ID,
		Service:     record.Service,
		Environment: record.Environment,
		Execution:   record.Execution,
		Artifact:    record.Document.Artifact,
		Aborting:    true,
	}, nil
}

// returning makes the document of a release that returns to version, which
// maker made; maker is nil for a version older than the ledger.
func returning(document release.Document, version string, maker *ledger.Record, request RollbackRequest) release.Document {
	label := ""
	if maker != nil {
		document = maker.AskedDocument()
		label = maker.Document.Request.Label
	} else {
		// The artifact is not known. The document needs one, and nothing reads
		// it; without its sum, nobody takes it for what the version was made of.
		document.Artifact.SHA256, document.Artifact.VersionID = "", ""
	}
	// What was stable before has no old version to be watched against: users are back at once,
	// and want of requests must not send them forth again.
	settle := release.Duration(0)
	document.Strategy.Settle, document.Strategy.Holdback = &settle, nil
	document.Request = release.Request{
		By:      request.By,
		Reason:  firstNonEmpty(request.Reason, "rollback to version "+version),
		Label:   label,
		Version: version,
	}
	return document
}

// A past is what users of one service in one environment have had.
type past struct {
	// stable is what one can go back through: the last is what users have now,
	// the one before is what they had before. What was gone back from is not in it.
	stable []standing
	// promoted are all releases that stand, the newest first.
	promoted []ledger.Record
}

// A standing is a version, and the release that made it stable: the zero record
// for a version that is older than the ledger.
type standing struct {
	version string
	record  ledger.Record
}

// stands reports whether what the release made has become stable. One that
// retires old versions has only the end before it, and that is promoted.
func stands(record ledger.Record) bool {
	return record.Outcome == release.Promoted || !record.Ended() && record.Phase == ledger.PhaseRetiring
}

// newPast reads it from a place's releases, the newest first.
func newPast(records []ledger.Record) past {
	var p past
	for _, record := range records {
		if stands(record) {
			p.promoted = append(p.promoted, record)
		}
	}
	for i := len(p.promoted) - 1; i >= 0; i-- {
		record := p.promoted[i]
		if len(p.stable) == 0 && record.Before.Stable != "" {
			p.stable = append(p.stable, standing{version: record.Before.Stable})
		}
		if record.Document.Request.Version != "" {
			p.goBack(record.Canary)
		}
		p.stable = append(p.stable, standing{version: record.Canary, record: record})
	}
	return p
}

// goBack takes away what came after version, and version itself.
func (p *past) goBack(version string) {
	for i := len(p.stable) - 1; i >= 0; i-- {
		if p.stable[i].version == version {
			p.stable = p.stable[:i]
			return
		}
	}
}

// destination is the version to return to: what to names, a version or a
// release's id, or else the one before the present one.
func (p past) destination(to string) (string, error) {
	current := p.stable[len(p.stable)-1].version
	switch {
	case to == "" && len(p.stable) < 2:
		return "", release.Fail(release.KindRefused, "no version was stable before version %s, so there is nothing to go back to", current)
	case to == "":
		return p.stable[len(p.stable)-2].version, nil
	case p.knows(to):
		return to, nil
	}
	reference, err := ParseReference(to)
	for _, record := range p.promoted {
		if err == nil && reference.isTo(record.ID) {
			return record.Canary, nil
		}
	}
	if err == nil && reference.ID != "" {
		return "", release.Fail(release.KindRefused, "release %s was not promoted here, so its version is not one to go back to", reference.ID)
	}
	return "", release.Fail(release.KindRefused, "version %s was never stable here; one can go back to %s", to, strings.Join(p.choices(), ", "))
}

// knows reports whether version was stable once.
func (p past) knows(version string) bool {
	for _, known := range p.choices() {
		if known == version {
			return true
		}
	}
	return false
}

// choices are the versions that were stable once, the newest first.
func (p past) choices() []string {
	var versions []string
	seen := map[string]bool{"": true}
	add := func(version string) {
		if !seen[version] {
			seen[version] = true
			versions = append(versions, version)
		}
	}
	for _, record := range p.promoted {
		add(record.Canary)
	}
	for _, record := range p.promoted {
		add(record.Before.Stable)
	}
	return versions
}

// maker is the newest release that made version from an artifact; nil when none is known.
func (p past) maker(version string) *ledger.Record {
	for _, record := range p.promoted {
		if record.Canary == version && record.Document.Request.Version == "" {
			return &record
		}
	}
	return nil
}
