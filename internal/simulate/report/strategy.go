package report

import (
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// StrategyWords says how a document, with its defaults, moves traffic.
func StrategyWords(document release.Document) string {
	strategy := document.Strategy
	var said string
	switch {
	case strategy.Adaptive != nil:
		said = "climbs by its traffic"
		if strategy.Adaptive.Profile != release.ProfileDefault {
			said += ", " + strategy.Adaptive.Profile
		}
	case strategy.Exposure != nil:
		said = fmt.Sprintf("steps for at most %s failed requests", digits(strategy.Exposure.MaxFailedRequests))
	default:
		steps := make([]string, len(strategy.Steps))
		for i, step := range strategy.Steps {
			steps[i] = fmt.Sprintf("%s %% for %s", release.Percent(step.Weight), step.Wait)
			if step.Approve != nil {
				steps[i] = "approval"
			}
		}
		said = strings.Join(steps, ", ")
	}
	if strategy.Settle != nil && *strategy.Settle > 0 {
		said += ", settles for " + strategy.Settle.String()
		if strategy.Holdback != nil && *strategy.Holdback > 0 {
			said += " with " + release.Percent(*strategy.Holdback) + " % held back"
		}
	}
	return said
}
