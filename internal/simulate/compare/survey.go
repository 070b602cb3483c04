package compare

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// A Survey flies policies through many worlds. What has been flown once is not flown again.
type Survey struct {
	// Good is how many good releases fly in each world, by each policy; Bad how many of
	// another kind.
	Good, Bad int
	Seed      uint64

	flown map[string]flown
	order []string
	pasts map[string]*flight.Pasts
}

// flown is a result, and what it is one of.
type flown struct {
	cell, policy string
	Result
}

// A cell is a world with a name that says what is particular in it.
type cell struct {
	name  string
	model world.Model
}

// steady is the cell of so many requests a minute, with that base rate of errors, to which the canary adds.
func steady(requests, base, add float64) cell {
	return cell{name: fmt.Sprintf("%v/min, base %s, canary %s", requests, percent(base), added(add)), model: world.Steady(requests, base, add)}
}

// good reports whether the canary is as good as stable.
func (c cell) good() bool {
	for _, metric := range c.model.Metrics {
		if metric.Add > 0 {
			return false
		}
	}
	return true
}

// fly says what becomes of a named policy's releases in a cell.
func (s *Survey) fly(ctx context.Context, c cell, name string) (Result, error) {
	if c.good() {
		return s.flyMany(ctx, c, name)
	}
	return s.flyNamed(ctx, c, name, s.Bad)
}

// flyMany is fly with as many releases as good ones.
func (s *Survey) flyMany(ctx context.Context, c cell, name string) (Result, error) {
	return s.flyNamed(ctx, c, name, s.Good)
}

func (s *Survey) flyNamed(ctx context.Context, c cell, name string, releases int) (Result, error) {
	one, err := policy.Named(name)
	if err != nil {
		return Result{}, err
	}
	return s.launch(ctx, c, name, one.Launch(), releases, Periods)
}

// launch is fly for what has no name among the policies.
func (s *Survey) launch(ctx context.Context, c cell, name string, launch flight.Launch, releases, periods int) (Result, error) {
	key := c.name + ": " + name
	if found, ok := s.flown[key]; ok {
		return found.Result, nil
	}
	settings := flight.Settings{Model: c.model, Seed: s.seed(c), Periods: periods, Pasts: s.past(c)}
	flights, err := flight.Trials(ctx, launch, settings, releases)
	if err != nil {
		return Result{}, fmt.Errorf("fly %s: %w", key, err)
	}
	result := resultOf(flights, c.model)
	if s.flown == nil {
		s.flown = map[string]flown{}
	}
	s.flown[key] = flown{cell: c.name, policy: name, Result: result}
	s.order = append(s.order, key)
	return result, nil
}

// past is a cell's own.
func (s *Survey) past(c cell) *flight.Pasts {
	if s.pasts == nil {
		s.pasts = map[string]*flight.Pasts{}
	}
	if s.pasts[c.name] == nil {
		s.pasts[c.name] = new(flight.Pasts)
	}
	return s.pasts[c.name]
}

// seed is a cell's own: all policies meet the same chance in it, and no two cells do.
func (s *Survey) seed(c cell) uint64 {
	hash := fnv.New64a()
	fmt.Fprint(hash, c.name) // a hash's Write never fails
	return s.Seed ^ hash.Sum64()
}
