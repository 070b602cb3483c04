package world

import (
	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
)

// Day is how many periods of the past the judge asks for: a day of minutes.
const Day = 1440

// Past is what stable did in a history, in the metric of that index.
func Past(history []ladder.Period, metric int) evidence.Past {
	var past evidence.Past
	for _, p := range history {
		past.Requests += p.Stable
		past.Bad += p.Bad[metric].Stable
	}
	return past
}

// Burst estimates from a history how many failures of a metric come together; see [evidence.Burst].
func Burst(history []ladder.Period, metric int) float64 {
	bad := make([]float64, len(history))
	for i, p := range history {
		bad[i] = p.Bad[metric].Stable
	}
	return evidence.Burst(bad)
}
