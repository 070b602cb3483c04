package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// A DriftRequest says where to look for what runs and was not released, and whether to mend it.
type DriftRequest struct {
	// Service and Environment narrow the look; empty: all.
	Service     string `json:"service,omitempty"`
	Environment string `json:"environment,omitempty"`
	// Fix mends what is found, as far as one go can; a report says what takes more.
	Fix bool `json:"fix,omitempty"`
}

// Drift looks for what runs and was not released, and mends it as far as one go can when that is wanted.
// Without Fix nothing is changed, whatever the release documents say. A service or an environment that nothing was ever
// released of or to is a [*NotFoundError], so that a mistyped name does not look like a service without drift.
func (s *Service) Drift(ctx context.Context, request DriftRequest) ([]ledger.DriftReport, error) {
	if err := s.known(ctx, request.Service, request.Environment); err != nil {
		return nil, err
	}
	return s.use.Drift(ctx, request)
}

// known refuses names that the ledger does not have; empty ones mean all.
func (s *Service) known(ctx context.Context, service, environment string) error {
	if service == "" && environment == "" {
		return nil
	}
	all, err := s.use.Ledger.Services(ctx)
	if err != nil {
		return fmt.Errorf("list the services: %w", err)
	}
	if slices.ContainsFunc(all, func(place ledger.ServiceEnvironment) bool {
		return (service == "" || place.Service == service) && (environment == "" || place.Environment == environment)
	}) {
		return nil
	}
	var others []string
	for _, place := range all {
		if place.Service == service {
			others = append(others, place.Environment)
		}
	}
	switch {
	case service == "":
		return &NotFoundError{Message: fmt.Sprintf("nothing has ever been released to %s", environment)}
	case len(others) > 0:
		return &NotFoundError{Message: fmt.Sprintf("%s has never been released to %s; it is released to %s", service, environment, strings.Join(others, ", "))}
	default:
		return &NotFoundError{Message: fmt.Sprintf("%s has never been released", service)}
	}
}
