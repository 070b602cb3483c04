package flight

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// Settings say what is flown through.
type Settings struct {
	Model world.Model
	// Seed is the beginning of all chance.
	Seed uint64
	// Periods is how long a flight is watched, from the first shift on; 0 means 30.
	Periods int
	// Pasts, if any, are shared with flights of other pilots with the same model and seed.
	Pasts *Pasts
}

// A Flight is what became of one release. Times are in periods after the first shift; 0 means never.
type Flight struct {
	Outcome Outcome
	// PromotedAt is when the canary reached the share that it settles at, CompletedAt when it got all traffic for good.
	RolledBackAt, PromotedAt, CompletedAt int
	// Exposure is how many bad requests the canary served within the periods, of the metric that is
	// tested: the first to which the canary adds. What is overlooked costs on after the promotion.
	Exposure float64
	// Requests is how many it served at all.
	Requests float64
}

// SharedHistory is how many flights in a row have the same history, because drawing one costs more than flying.
const SharedHistory = 10

// DefaultPeriods is for how long a flight is watched, unless somebody says.
const DefaultPeriods = 30

// Fly flies the trial of that number.
func Fly(launch Launch, settings Settings, trial int) Flight {
	return fly(launch, settings, trial, brief(settings, trial))
}

// brief prepares what is known before the flights of trial's row.
func brief(settings Settings, trial int) *Briefing {
	number := trial / SharedHistory
	return &Briefing{Model: settings.Model, row: number, known: settings.Pasts, history: func() []ladder.Period { return settings.Before(trial) }}
}

// Before is what stable did in each of the 1,440 periods before the trial of that number, oldest first.
func (s Settings) Before(trial int) []ladder.Period {
	// No flight has a negative number, so that this stream of chance is nobody else's.
	row := ^uint64(trial / SharedHistory)
	return world.New(s.Model, rand.New(rand.NewPCG(s.Seed, row))).History(world.Day)
}

// Through is the world that the trial of that number flies through.
func (s Settings) Through(trial int) *world.World {
	return world.New(s.Model, rand.New(rand.NewPCG(s.Seed, uint64(trial))))
}

func fly(launch Launch, settings Settings, trial int, briefing *Briefing) Flight {
	through := settings.Through(trial)
	tested := settings.Model.Tested()
	briefing.Number = trial % SharedHistory
	pilot := launch(briefing)
	flight := Flight{Outcome: Climbing}
	for period := 1; period <= settings.periods(); period++ {
		share := 1.0
		if flight.Outcome != Completed {
			share = pilot.Share()
		}
		seen := through.Next(share)
		flight.Exposure += seen.Bad[tested].Canary
		flight.Requests += seen.Canary
		if flight.Outcome == Completed {
			continue
		}
		before := flight.Outcome
		flight.Outcome = pilot.Tick(seen)
		if before == Climbing && (flight.Outcome == Promoted || flight.Outcome == Completed) {
			flight.PromotedAt = period
		}
		switch flight.Outcome {
		case Completed:
			flight.CompletedAt = period
		case RolledBack, Inconclusive:
			flight.RolledBackAt = period
			return flight
		}
	}
	return flight
}

// Trials flies the trials 0 to releases−1, on all cores. The result is in their order, and
// the same at every run. Its error is the context's.
func Trials(ctx context.Context, launch Launch, settings Settings, releases int) ([]Flight, error) {
	flights := make([]Flight, releases)
	rows := (releases + SharedHistory - 1) / SharedHistory
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), rows) {
		workers.Go(func() {
			for row := int(next.Add(1)) - 1; row < rows && ctx.Err() == nil; row = int(next.Add(1)) - 1 {
				first := row * SharedHistory
				briefing := brief(settings, first)
				for trial := first; trial < min(first+SharedHistory, releases); trial++ {
					flights[trial] = fly(launch, settings, trial, briefing)
				}
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return flights, nil
}

func (s Settings) periods() int {
	if s.Periods == 0 {
		return DefaultPeriods
	}
	return s.Periods
}
