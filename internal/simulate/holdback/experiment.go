package main

import (
	"context"
	"math"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

// A way is one way of settling.
type way struct {
	name string
	plan func(requests float64) ladder.Plan
}

// adaptive is the plan whose settling is changed.
func adaptive(requests float64) ladder.Plan { return flight.Adaptive(flight.Balanced(), requests) }

// ways are those that are compared. The first is what the others are measured by.
func ways() []way {
	heldBack := func(share float64) func(float64) ladder.Plan {
		return func(requests float64) ladder.Plan { return flight.WithHoldback(adaptive(requests), share) }
	}
	return []way{
		{"all traffic, against the past", adaptive},
		{"no settling", func(requests float64) ladder.Plan { return flight.WithoutSettling(adaptive(requests)) }},
		{"2 % held back", heldBack(0.02)},
		{"5 % held back", heldBack(0.05)},
		{"10 % held back", heldBack(0.1)},
		{"20 % held back", heldBack(0.2)},
		{"33 % held back", heldBack(0.33)},
	}
}

// An experiment lets each way of settling make so many releases in each world. The chance of
// a world is the same for all ways, and another for each world.
type experiment struct {
	releases int
	seed     uint64
}

// results are what became of one way's releases, in the order of places.
type results []flight.Summary

// run flies everything: a result for each of the ways.
func (e experiment) run(ctx context.Context) ([]results, error) {
	var all []results
	for _, w := range ways() {
		var found results
		for i, at := range places() {
			launch := flight.Climb(w.plan(at.model.Requests(0)))
			flights, err := flight.Trials(ctx, launch, flight.Settings{Model: at.model, Seed: e.seed + uint64(i)}, e.releases)
			if err != nil {
				return nil, err
			}
			found = append(found, flight.Summarise(flights))
		}
		all = append(all, found)
	}
	return all, nil
}

// A relation is the exposure of one way relative to another's, over the worlds of a group.
type relation struct {
	// mean is the geometric mean of what the worlds' mean exposures are to each other, worst the largest.
	mean, worst float64
	// detected is the share of the group's bad releases that was rolled back.
	detected chance.Share
}

// relate puts a group's worlds together in which the traffic is between least and most requests a minute.
func relate(g group, least, most float64, found, reference results) relation {
	var r relation
	logarithms, worlds := 0.0, 0.0
	for i, at := range places() {
		if requests := at.model.Requests(0); at.group != g || requests < least || requests > most {
			continue
		}
		ratio := found[i].Exposure.Mean() / reference[i].Exposure.Mean()
		logarithms += math.Log(ratio)
		worlds++
		r.worst = max(r.worst, ratio)
		r.detected.Count += found[i].RolledBack.Count
		r.detected.Of += found[i].RolledBack.Of
	}
	r.mean = math.Exp(logarithms / worlds)
	return r
}

// rolledBack is the share of a group's releases that was rolled back, and the share in the world where it is largest.
func rolledBack(g group, found results) (all, worst chance.Share) {
	for i, at := range places() {
		if at.group != g {
			continue
		}
		one := found[i].RolledBack
		all.Count += one.Count
		all.Of += one.Of
		if worst.Of == 0 || one.Count > worst.Count {
			worst = one
		}
	}
	return all, worst
}

// times is the span of the worlds' median times of good releases in steady worlds.
func times(found results, of func(flight.Summary) chance.Sample) (low, high float64) {
	low = math.Inf(1)
	for i, at := range places() {
		if at.group == steady {
			median := of(found[i]).Quantile(0.5)
			low, high = min(low, median), max(high, median)
		}
	}
	return low, high
}
