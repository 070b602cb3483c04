package flight_test

import (
	"reflect"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// TestSharedPastsChangeNothing: flights that share what their histories say are those that don't.
func TestSharedPastsChangeNothing(t *testing.T) {
	t.Parallel()
	model := world.Steady(500, 0.01, 0.02)
	model.Metrics[0].Bursts = &world.Bursts{Size: 3}
	fly := func(pasts *flight.Pasts) []flight.Flight {
		launch := flight.Climb(flight.Adaptive(flight.Balanced(), 500))
		flights, err := flight.Trials(t.Context(), launch, flight.Settings{Model: model, Seed: 4, Pasts: pasts}, 60)
		if err != nil {
			t.Fatal(err)
		}
		return flights
	}
	alone, shared := fly(nil), new(flight.Pasts)
	for range 2 {
		if found := fly(shared); !reflect.DeepEqual(found, alone) {
			t.Errorf("flew %v, and without shared pasts %v", found, alone)
		}
	}
	// They are remembered: another seed's flights, which must not share them, would have the same past.
	var first, second float64
	look := func(seen *float64) flight.Launch {
		return func(b *flight.Briefing) flight.Pilot {
			*seen = b.Past(0).Bad
			return flight.Climb(flight.Document())(b)
		}
	}
	both := new(flight.Pasts)
	for seed, seen := range map[uint64]*float64{1: &first, 2: &second} {
		if _, err := flight.Trials(t.Context(), look(seen), flight.Settings{Model: model, Seed: seed, Pasts: both}, 1); err != nil {
			t.Fatal(err)
		}
	}
	if first != second {
		t.Errorf("pasts of %v and %v failures, want one that is remembered", first, second)
	}
}
