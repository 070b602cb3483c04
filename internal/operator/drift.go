package operator

import (
	"context"

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
// Without Fix nothing is changed, whatever the release documents say.
func (s *Service) Drift(ctx context.Context, request DriftRequest) ([]ledger.DriftReport, error) {
	return s.use.Drift(ctx, request)
}
