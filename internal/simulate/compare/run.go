package compare

import (
	"context"
	"errors"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// Periods is for how long each release is watched, from the first shift on.
const Periods = 30

// A Table is what became of the releases of several policies in one world.
type Table struct {
	Model world.Model `json:"model"`
	// Releases is how many each policy made, Periods for how long each was watched.
	Releases int    `json:"releases"`
	Periods  int    `json:"periods"`
	Seed     uint64 `json:"seed"`
	// Level is that of all intervals, 0–1.
	Level float64 `json:"level"`
	// Rows are in the order in which the policies were asked for.
	Rows []Row `json:"rows"`
}

// A Row is one policy's.
type Row struct {
	Policy string `json:"policy"`
	About  string `json:"about"`
	Result
}

// Usual are the policies that are compared when nobody names any.
func Usual() []string {
	return []string{
		"default", "adaptive", "adaptive-fast", "adaptive-careful",
		"Canary10Percent5Minutes", "Canary10Percent5Minutes-any", "Canary10Percent5Minutes-any+bake", "Linear10PercentEvery1Minute", "AllAtOnce",
		"flagger", "kayenta", "aws-lambda-deploy", "sprt",
	}
}

// Run flies so many releases of each named policy (see [policy.Named]) through the world of a
// model; without names, of the [Usual] ones. Its error tells everything that is wrong with
// the model, the names and the number, or is the context's.
func Run(ctx context.Context, model world.Model, names []string, releases int, seed uint64) (Table, error) {
	if len(names) == 0 {
		names = Usual()
	}
	var policies []policy.Policy
	var wrong []error
	for _, name := range names {
		named, err := policy.Named(name)
		if err != nil {
			wrong = append(wrong, err)
		}
		policies = append(policies, named)
	}
	if err := errors.Join(wrong...); err != nil {
		return Table{}, err
	}
	return Fly(ctx, model, policies, releases, seed)
}

// Fly is [Run] with the policies themselves, such as [policy.Document]'s.
func Fly(ctx context.Context, model world.Model, policies []policy.Policy, releases int, seed uint64) (Table, error) {
	wrong := []error{model.Check()}
	if releases < 1 {
		wrong = append(wrong, fmt.Errorf("releases: is %d; give how many each policy makes, at least 1", releases))
	}
	for _, one := range policies {
		wrong = append(wrong, one.Fits(model))
	}
	if err := errors.Join(wrong...); err != nil {
		return Table{}, err
	}
	table := Table{Model: model, Releases: releases, Periods: Periods, Seed: seed, Level: level}
	settings := flight.Settings{Model: model, Seed: seed, Periods: Periods, Pasts: new(flight.Pasts)}
	for _, one := range policies {
		flights, err := flight.Trials(ctx, one.Launch(), settings, releases)
		if err != nil {
			return Table{}, fmt.Errorf("fly %s: %w", one.Name, err)
		}
		table.Rows = append(table.Rows, Row{Policy: one.Name, About: one.About, Result: resultOf(flights, model)})
	}
	return table, nil
}
