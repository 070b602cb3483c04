package flight

import "github.com/goldfinch-dev/goldfinch/internal/simulate/chance"

// A Summary is what became of many flights.
type Summary struct {
	Releases int
	// RolledBack were rolled back, for any reason; Inconclusive are those of them that were for want of requests.
	RolledBack, Inconclusive chance.Share
	// Promoted reached their last share, those that were rolled back afterwards included; Completed got all traffic for good.
	Promoted, Completed chance.Share
	// Exposure and Requests are of all flights.
	Exposure, Requests chance.Sample
	// RollbackTime is of those that were rolled back, PromotionTime and CompletionTime of those that got there.
	RollbackTime, PromotionTime, CompletionTime chance.Sample
}

// Summarise counts flights.
func Summarise(flights []Flight) Summary {
	var exposure, requests, rollback, promotion, completion []float64
	inconclusive := 0
	for _, flight := range flights {
		exposure = append(exposure, flight.Exposure)
		requests = append(requests, flight.Requests)
		rollback = appendTime(rollback, flight.RolledBackAt)
		promotion = appendTime(promotion, flight.PromotedAt)
		completion = appendTime(completion, flight.CompletedAt)
		if flight.Outcome == Inconclusive {
			inconclusive++
		}
	}
	n := len(flights)
	return Summary{
		Releases:   n,
		RolledBack: chance.Share{Count: len(rollback), Of: n}, Inconclusive: chance.Share{Count: inconclusive, Of: n},
		Promoted: chance.Share{Count: len(promotion), Of: n}, Completed: chance.Share{Count: len(completion), Of: n},
		Exposure: chance.NewSample(exposure), Requests: chance.NewSample(requests),
		RollbackTime: chance.NewSample(rollback), PromotionTime: chance.NewSample(promotion), CompletionTime: chance.NewSample(completion),
	}
}

// appendTime adds a time, unless it never came.
func appendTime(times []float64, time int) []float64 {
	if time == 0 {
		return times
	}
	return append(times, float64(time))
}
