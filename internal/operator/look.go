package operator

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// Status reads the release's record, and who holds the lock.
func (s *Service) Status(ctx context.Context, reference Reference) (Status, error) {
	record, err := s.find(ctx, reference)
	if err != nil {
		return Status{}, err
	}
	return s.statusOf(ctx, record)
}

// History reads the release's timeline.
func (s *Service) History(ctx context.Context, reference Reference) (History, error) {
	status, err := s.Status(ctx, reference)
	if err != nil {
		return History{}, err
	}
	entries, err := s.use.Ledger.Timeline(ctx, status.ID)
	if err != nil {
		return History{}, fmt.Errorf("read the timeline of release %s: %w", status.ID, err)
	}
	if entries == nil {
		entries = []ledger.Entry{}
	}
	return History{Status: status, Entries: entries}, nil
}

// statusOf is where the release of that record stands. A release that still holds the lock
// past its time is asked after, because a dead one looks the same in the ledger as a live one.
func (s *Service) statusOf(ctx context.Context, record ledger.Record) (Status, error) {
	place := ledger.ServiceEnvironment{Service: record.Service, Environment: record.Environment}
	holder, err := s.holder(ctx, place)
	if err != nil {
		return Status{}, err
	}
	status := s.view(record, holder)
	if record.Ended() || holder == nil || !holder.Expired || holder.Release != record.ID {
		return status, nil
	}
	running, err := s.running(ctx, record.Execution)
	if err != nil {
		return Status{}, err
	}
	if !running {
		status.Awaiting = &Awaiting{
			What:    "the sweep, which brings traffic back to stable: the execution that ran this release is dead",
			Since:   holder.Until,
			Command: s.command("unlock", place.String()),
		}
		status.Next = nil
	}
	return status, nil
}

// holder is who holds the lock now; nil when nobody does. A release goes
// before a person, whose lock only keeps new releases out.
func (s *Service) holder(ctx context.Context, place ledger.ServiceEnvironment) (*Holder, error) {
	lease, person, err := s.use.Ledger.Holder(ctx, place.Service, place.Environment)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read who holds the lock on %s: %w", place, err)
	case lease != nil:
		return &Holder{Release: lease.Release, Since: lease.Since, Until: lease.Until, Expired: s.use.Now().After(lease.Until)}, nil
	case person != nil:
		return &Holder{By: person.By, Reason: person.Reason, Since: person.Since}, nil
	default:
		return nil, nil
	}
}

// command is what a person types to do verb with argument.
func (s *Service) command(verb, argument string) string {
	text := "goldfinch " + verb + " " + argument
	if s.use.Flags != "" {
		text += " " + s.use.Flags
	}
	return text
}
