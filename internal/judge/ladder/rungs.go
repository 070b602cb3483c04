package ladder

import "math"

const (
	// firstRequests is how many requests a period the first rung should serve.
	firstRequests = 10
	// smallestFirst and largestFirst bound the first rung's share.
	smallestFirst, largestFirst = 0.001, 0.10
	// leastRise is by how much a rung is at least above the first.
	leastRise = 2.5
	// largestMargin bounds a rung's margin.
	largestMargin = 0.2
	// lastShare is the last rung's share, at which the metric's own margin holds.
	lastShare = 0.33
)

// upper are the shares after the first: evidence per failure is about ln(1/share), evidence
// per period about share·ln(1/share), which peaks at 37 %. So a small share saves exposure, a third saves time, and above that neither.
var upper = [...]float64{0.02, 0.10, lastShare}

// Rungs are the canary's shares, 0–1, for a service with that many requests a period:
// the first serves ten of them a period, where that is between 0.1 % and 10 %.
// Shares are whole hundredths of a percent, as weights are.
func Rungs(requests float64) []float64 {
	first := largestFirst
	if requests > 0 {
		first = min(max(firstRequests/requests, smallestFirst), largestFirst)
	}
	first = math.Round(first*1e4) / 1e4
	rungs := []float64{first}
	for _, share := range upper {
		if share >= leastRise*first-1e-12 {
			rungs = append(rungs, share)
		}
	}
	return rungs
}

// Margins are the margins of promotion evidence (a₁) on each rung: what throughput of bad
// requests the next rung would serve at most is the same on all. margin is that of the last.
func Margins(rungs []float64, margin float64) []float64 {
	margins := make([]float64, len(rungs))
	for i := range rungs {
		next := 1.0
		if i+1 < len(rungs) {
			next = rungs[i+1]
		}
		margins[i] = min(max(margin*lastShare/next, margin), largestMargin)
	}
	return margins
}
