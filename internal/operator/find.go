package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// searched is how many of a place's newest releases are looked through for one
// that has not ended, when none holds the lock: those can only be waiting for it.
const searched = defaultListLimit

// find returns the record that reference names. By service it is the release that
// holds the lock; else the newest that has not ended; else the newest, so that
// one that was refused meanwhile never hides the one that runs.
func (s *Service) find(ctx context.Context, reference Reference) (ledger.Record, error) {
	if reference.ID != "" {
		return s.findByID(ctx, reference.ID)
	}
	place, err := s.place(ctx, reference)
	var unknown *NotFoundError
	if errors.As(err, &unknown) {
		// It may be the name of an execution that somebody started by hand.
		if record, found := s.findByID(ctx, reference.Service); !errors.As(found, &unknown) {
			return record, found
		}
	}
	if err != nil {
		return ledger.Record{}, err
	}
	lease, _, err := s.use.Ledger.Holder(ctx, place.Service, place.Environment)
	if err != nil {
		return ledger.Record{}, fmt.Errorf("read who holds the lock on %s: %w", place, err)
	}
	if lease != nil {
		return s.findByID(ctx, lease.Release)
	}
	records, err := s.use.Ledger.Releases(ctx, place.Service, place.Environment, searched)
	if err != nil {
		return ledger.Record{}, fmt.Errorf("look up the newest release of %s: %w", place, err)
	}
	if len(records) == 0 {
		return ledger.Record{}, &NotFoundError{Message: fmt.Sprintf("%s has never been released", place)}
	}
	return records[max(0, slices.IndexFunc(records, func(r ledger.Record) bool { return !r.Ended() }))], nil
}

// findByID returns the record of that id. While an execution has not come so far
// as to write one, it is made from the execution.
func (s *Service) findByID(ctx context.Context, id string) (ledger.Record, error) {
	record, err := s.use.Ledger.Release(ctx, id)
	var missing *ledger.NotFoundError
	switch {
	case errors.As(err, &missing):
		return s.recordOfExecution(ctx, id)
	case err != nil:
		return ledger.Record{}, fmt.Errorf("look up release %s: %w", id, err)
	default:
		return record, nil
	}
}

// place returns the one service and environment that reference means.
func (s *Service) place(ctx context.Context, reference Reference) (ledger.ServiceEnvironment, error) {
	if reference.Environment != "" {
		return ledger.ServiceEnvironment{Service: reference.Service, Environment: reference.Environment}, nil
	}
	places, err := s.places(ctx, Filter{Service: reference.Service})
	if err != nil {
		return ledger.ServiceEnvironment{}, err
	}
	switch len(places) {
	case 0:
		return ledger.ServiceEnvironment{}, &NotFoundError{Message: fmt.Sprintf("%s has never been released", reference.Service)}
	case 1:
		return places[0], nil
	default:
		var names []string
		for _, place := range places {
			names = append(names, place.String())
		}
		return ledger.ServiceEnvironment{}, &InvalidError{Message: fmt.Sprintf("%s is released in several environments; say which: %s",
			reference.Service, strings.Join(names, ", "))}
	}
}

// places returns the services and environments that the filter lets through.
func (s *Service) places(ctx context.Context, filter Filter) ([]ledger.ServiceEnvironment, error) {
	if filter.Service != "" && filter.Environment != "" {
		return []ledger.ServiceEnvironment{{Service: filter.Service, Environment: filter.Environment}}, nil
	}
	all, err := s.use.Ledger.Services(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the services: %w", err)
	}
	var chosen []ledger.ServiceEnvironment
	for _, place := range all {
		if (filter.Service == "" || filter.Service == place.Service) && (filter.Environment == "" || filter.Environment == place.Environment) {
			chosen = append(chosen, place)
		}
	}
	return chosen, nil
}
