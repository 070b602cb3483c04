package scenario

import (
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// SetDay makes the world's traffic what a service had in the day before, period by period,
// and its base rates what share of it was bad, by the scenario's names of metrics.
func (s *Scenario) SetDay(requests []float64, bad map[string]float64) error {
	total := 0.0
	for _, count := range requests {
		total += count
	}
	if total == 0 {
		return fmt.Errorf("it had no requests in the day before")
	}
	s.Traffic = world.Traffic{List: requests}
	for _, name := range []string{world.Errors, world.Slow, ServerErrors} {
		if share, ok := bad[name]; ok {
			s.metric(name).Base = share
		}
	}
	return nil
}
