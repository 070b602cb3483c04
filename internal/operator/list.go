package operator

import (
	"context"
	"fmt"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

const (
	defaultListLimit = 20
	maxListLimit     = 100
)

// List reads the newest releases of each service and environment that the
// filter lets through. Running releases are looked for among the newest hundred of each.
func (s *Service) List(ctx context.Context, filter Filter) ([]Status, error) {
	limit := filter.Limit
	switch {
	case limit == 0:
		limit = defaultListLimit
	case limit < 0 || limit > maxListLimit:
		return nil, &InvalidError{Message: fmt.Sprintf("the limit of a list is 1 to %d, not %d", maxListLimit, limit)}
	}
	places, err := s.places(ctx, filter)
	if err != nil {
		return nil, err
	}
	statuses := []Status{}
	for _, place := range places {
		found, err := s.listPlace(ctx, place, filter.Running, limit)
		if err != nil {
			return nil, err
		}
		statuses = append(statuses, found...)
	}
	slices.SortStableFunc(statuses, func(a, b Status) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return statuses[:min(limit, len(statuses))], nil
}

// listPlace lists the releases of one service in one environment, newest first.
func (s *Service) listPlace(ctx context.Context, place ledger.ServiceEnvironment, running bool, limit int) ([]Status, error) {
	if running {
		limit = maxListLimit
	}
	records, err := s.use.Ledger.Releases(ctx, place.Service, place.Environment, limit)
	if err != nil {
		return nil, fmt.Errorf("list the releases of %s: %w", place, err)
	}
	if running {
		records = slices.DeleteFunc(records, ledger.Record.Ended)
	}
	if len(records) == 0 {
		return nil, nil
	}
	holder, err := s.holder(ctx, place)
	if err != nil {
		return nil, err
	}
	var statuses []Status
	for _, record := range records {
		statuses = append(statuses, s.view(record, holder))
	}
	return statuses, nil
}
