package operator

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

// mostJudged is how many releases Judged names at most.
const mostJudged = 1000

// Recording reads the release's record, and then its timeline, which is never older: it has all
// that the record knows of.
func (s *Service) Recording(ctx context.Context, reference Reference) (replay.Recording, error) {
	record, err := s.find(ctx, reference)
	if err != nil {
		return replay.Recording{}, err
	}
	entries, err := s.use.Ledger.Timeline(ctx, record.ID)
	if err != nil {
		return replay.Recording{}, fmt.Errorf("read the timeline of release %s: %w", record.ID, err)
	}
	return replay.Of(record, entries), nil
}

// Judged looks through the releases of the one service and environment that filter names.
func (s *Service) Judged(ctx context.Context, filter Filter) ([]string, error) {
	if filter.Limit < 1 || filter.Limit > mostJudged {
		return nil, &InvalidError{Message: fmt.Sprintf("releases of the past are looked at 1 to %d at a time, not %d", mostJudged, filter.Limit)}
	}
	place, err := s.place(ctx, Reference{Service: filter.Service, Environment: filter.Environment})
	if err != nil {
		return nil, err
	}
	// Most releases have a canary; where too few of the newest had one, more are looked through.
	for asked := filter.Limit; ; asked *= 4 {
		records, err := s.use.Ledger.Releases(ctx, place.Service, place.Environment, asked)
		if err != nil {
			return nil, fmt.Errorf("list the releases of %s: %w", place, err)
		}
		if len(records) == 0 {
			return nil, &NotFoundError{Message: fmt.Sprintf("%s has never been released", place)}
		}
		ids := []string{}
		for _, record := range records {
			if record.Ended() && !record.CanaryBegan.IsZero() && len(ids) < filter.Limit {
				ids = append(ids, record.ID)
			}
		}
		if len(ids) == filter.Limit || len(records) < asked {
			return ids, nil
		}
	}
}
