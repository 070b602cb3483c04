package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// A Surplus is a target that can tell which versions its Retire would delete.
// It is asked for by a type assertion: a target that has no old versions does not have it.
type Surplus interface {
	// Surplus lists what Retire would delete.
	Surplus(ctx context.Context, current, previous string) ([]string, error)
}

// Doctor looks at everything that was ever released. With fix it sweeps once,
// then mends what is left and is safe to mend, and looks again: what is gone
// then is fixed, whoever mended it.
func (s *Service) Doctor(ctx context.Context, fix bool) ([]Finding, error) {
	found, err := s.examine(ctx)
	if err != nil || !fix || len(found) == 0 {
		return findings(found), err
	}
	if _, err := s.use.Recover(ctx); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	swept, err := s.examine(ctx)
	if err != nil {
		return nil, err
	}
	for _, ailment := range swept {
		if ailment.cure == nil {
			continue
		}
		if err := ailment.cure(ctx); err != nil {
			return nil, fmt.Errorf("mend %s: %w", ailment.Where, err)
		}
	}
	left, err := s.examine(ctx)
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].Fixed = !slices.ContainsFunc(left, found[i].same)
	}
	for _, ailment := range left {
		if !slices.ContainsFunc(found, ailment.same) {
			found = append(found, ailment)
		}
	}
	return findings(found), nil
}

// An ailment is a finding, and what mends it; cure is nil where a sweep or a person must.
type ailment struct {
	Finding
	cure func(ctx context.Context) error
}

func (a ailment) same(other ailment) bool { return a.Where == other.Where && a.What == other.What }

func findings(ailments []ailment) []Finding {
	list := []Finding{}
	for _, a := range ailments {
		list = append(list, a.Finding)
	}
	return list
}

// examine looks at every lease and every place.
func (s *Service) examine(ctx context.Context) ([]ailment, error) {
	leases, err := s.use.Ledger.Holders(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the locks: %w", err)
	}
	var found []ailment
	held := map[ledger.ServiceEnvironment]bool{}
	for _, lease := range leases {
		held[ledger.ServiceEnvironment{Service: lease.Service, Environment: lease.Environment}] = true
		running, err := s.leaseRuns(ctx, lease)
		if err != nil {
			return nil, err
		}
		if !running {
			found = append(found, s.deadLease(lease))
		}
	}
	places, err := s.use.Ledger.Services(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the services: %w", err)
	}
	for _, place := range places {
		more, err := s.examinePlace(ctx, place, held[place])
		if err != nil {
			return nil, fmt.Errorf("examine %s: %w", place, err)
		}
		found = append(found, more...)
	}
	return found, nil
}

func (s *Service) deadLease(lease ledger.Lease) ailment {
	return ailment{Finding: Finding{
		What:  fmt.Sprintf("release %s holds the lock, and its execution is dead", lease.Release),
		Where: lease.Service + "/" + lease.Environment,
		Since: lease.Since,
		Mend:  fmt.Sprintf("a sweep brings traffic back and frees the lock: %s", s.command("doctor", "--fix")),
	}}
}

// examinePlace looks at a service in an environment. While a release holds
// the lock, traffic is where that release wants it, and is left alone.
func (s *Service) examinePlace(ctx context.Context, place ledger.ServiceEnvironment, held bool) ([]ailment, error) {
	records, err := s.use.Ledger.Releases(ctx, place.Service, place.Environment, maxListLimit)
	if err != nil {
		return nil, err
	}
	var found []ailment
	for _, record := range records {
		if record.Ended() {
			continue
		}
		running, err := s.running(ctx, record.Execution)
		if err != nil {
			return nil, err
		}
		switch {
		case running && record.Phase == ledger.PhaseQueued:
		case running:
			held = true
		case !held:
			found = append(found, s.unendedRelease(record))
		}
	}
	if held || len(records) == 0 {
		return found, nil
	}
	more, err := s.examineTarget(ctx, place, records)
	return append(found, more...), err
}

func (s *Service) unendedRelease(record ledger.Record) ailment {
	return ailment{Finding: Finding{
		What:  "the release has no outcome, holds no lock, and its execution is dead",
		Where: record.ID,
		Since: record.CreatedAt,
		Mend:  fmt.Sprintf("a sweep gives it its outcome: %s", s.command("doctor", "--fix")),
	}}
}

// examineTarget compares what the cloud says with the ledger.
func (s *Service) examineTarget(ctx context.Context, place ledger.ServiceEnvironment, records []ledger.Record) ([]ailment, error) {
	stable, known, err := s.use.Ledger.Stable(ctx, place.Service, place.Environment)
	if err != nil || !known {
		return nil, err
	}
	// A newer release may have meant another target, and have been refused for it.
	maker, err := s.use.Ledger.Release(ctx, stable.Release)
	if err != nil {
		return nil, fmt.Errorf("look up the release that made its stable version: %w", err)
	}
	thing, err := s.use.Target(maker.Document, maker.ID)
	if err != nil {
		return nil, fmt.Errorf("make its target: %w", err)
	}
	split, err := thing.Split(ctx)
	if err != nil {
		return nil, fmt.Errorf("read its split: %w", err)
	}
	var found []ailment
	if !split.Same(release.Pure(stable.Version)) {
		found = append(found, s.strayTraffic(place, thing, split, stable, records))
	}
	surplus, ok := thing.(Surplus)
	if !ok {
		return found, nil
	}
	previous := ""
	if past := newPast(records); len(past.stable) > 1 {
		previous = past.stable[len(past.stable)-2].version
	}
	versions, err := surplus.Surplus(ctx, stable.Version, previous)
	if err != nil {
		return nil, fmt.Errorf("list its old versions: %w", err)
	}
	if len(versions) > 0 {
		found = append(found, s.surplusVersions(place, thing, versions, stable.Version, previous))
	}
	return found, nil
}

// strayTraffic tells of traffic that is not where the ledger says. It can be
// mended only if a release left it there: somebody else's split is theirs.
func (s *Service) strayTraffic(place ledger.ServiceEnvironment, thing target.Target, split release.Split, stable ledger.Stable, records []ledger.Record) ailment {
	finding := Finding{
		What:  fmt.Sprintf("traffic goes to %s, and the ledger says version %s at 100%%", split, stable.Version),
		Where: place.String(),
	}
	switch {
	case leftBehind(split, records):
		finding.Mend = fmt.Sprintf("a release left it there; give version %s all traffic again: %s", stable.Version, s.command("doctor", "--fix"))
	case split.IsPure() && split.Stable != "":
		finding.Mend = fmt.Sprintf("moved by somebody else; if it was a mistake: %s", s.command("rollback", place.String()+" --to "+stable.Version))
		return ailment{Finding: finding}
	default:
		finding.Mend = fmt.Sprintf("no release put it there: find out who did, and give version %s all traffic or release what is wanted", stable.Version)
		return ailment{Finding: finding}
	}
	return ailment{Finding: finding, cure: func(ctx context.Context) error {
		guard := target.Guard{
			Mine: split.Same,
			Check: func(ctx context.Context) error {
				lease, _, err := s.use.Ledger.Holder(ctx, place.Service, place.Environment)
				if err == nil && lease != nil {
					err = release.Fail(release.KindConflict, "release %s has just taken the lock on %s", lease.Release, place)
				}
				return err
			},
		}
		_, err := thing.Shift(ctx, release.Pure(stable.Version), guard)
		return err
	}}
}

// leftBehind reports whether a release of records, the newest first, has ended and
// left traffic at split. Nobody but a release gives a version a part of traffic;
// all of it may also be a person's doing, unless the last release that moved any
// could not say where it left it.
func leftBehind(split release.Split, records []ledger.Record) bool {
	put := func(record ledger.Record) bool {
		return record.Ended() && slices.ContainsFunc(record.Splits, split.Same)
	}
	if !split.IsPure() {
		return slices.ContainsFunc(records, put)
	}
	last := slices.IndexFunc(records, func(record ledger.Record) bool {
		return record.Ended() && record.Outcome != release.Refused
	})
	return last >= 0 && records[last].Outcome == release.FailedDirty && put(records[last])
}

func (s *Service) surplusVersions(place ledger.ServiceEnvironment, thing target.Target, versions []string, current, previous string) ailment {
	return ailment{
		Finding: Finding{
			What:  fmt.Sprintf("%d versions are beyond those to keep: %s", len(versions), strings.Join(versions, ", ")),
			Where: place.String(),
			Mend:  fmt.Sprintf("delete them: %s", s.command("doctor", "--fix")),
		},
		cure: func(ctx context.Context) error {
			_, _, err := thing.Retire(ctx, current, previous)
			return err
		},
	}
}
