package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
)

// What the strategies of a report are called.
const (
	fileStrategy    = "this file"
	defaultStrategy = "default strategy"
)

// A made simulation is its report, and the flights of the file's strategy, if any.
type simulated struct {
	report  report.Report
	flights []rehearsal.Flight
}

// rehearse simulates what was asked for.
func (s *session) rehearse(ctx context.Context, asked simulation, options simulateOptions) (simulated, error) {
	made := simulated{report: report.Report{
		Service: asked.document.Service, Environment: asked.document.Environment,
		Scenario: asked.scenario, Period: asked.completed.Analysis.Period, Watched: flight.DefaultPeriods,
		Releases: options.runs, Seed: options.seed, Level: report.Level,
		Assumed: report.AssumedOf(asked.completed, asked.scenario),
	}}
	if asked.target != "" {
		made.report.Assumed = append(made.report.Assumed, report.Assumption{
			What: "target", Says: fmt.Sprintf("a Lambda function stands in for %s: weights are exact, and met at once", asked.target),
		})
	}
	steps := []func() error{
		func() error { return s.flyMany(ctx, asked, options, &made) },
		func() error { return s.flyTraced(ctx, asked, options, &made) },
		func() error { return s.flyOthers(ctx, asked, options, &made) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			if errors.Is(err, context.Canceled) {
				return simulated{}, &exitError{code: release.ExitError, message: "interrupted; nothing was simulated to its end"}
			}
			return simulated{}, err
		}
	}
	return made, nil
}

// flyMany simulates the file many times, and beside an adaptive one the default strategy.
func (s *session) flyMany(ctx context.Context, asked simulation, options simulateOptions, made *simulated) error {
	if options.comparing || options.trace && !options.counted {
		return nil
	}
	documents := []release.Document{asked.document}
	names := []string{fileStrategy}
	if asked.document.Strategy.Adaptive != nil {
		plain := asked.document
		plain.Strategy = release.Strategy{}
		documents, names = append(documents, plain), append(names, defaultStrategy)
	}
	tell := s.progress(options.runs * len(documents))
	defer rehearsal.CollectSeldom()()
	for i, document := range documents {
		rehearsed, err := rehearsal.New(rehearsal.Settings{Document: document, Scenario: asked.scenario, Seed: options.seed})
		if err != nil {
			return err
		}
		flights, err := rehearsed.Runs(ctx, options.runs, func(done int) { tell(i*options.runs + done) })
		if err != nil {
			return err
		}
		if i == 0 {
			made.flights = flights
		}
		made.report.Strategies = append(made.report.Strategies, report.Strategy{
			Name: names[i], What: report.StrategyWords(rehearsed.Document()), Result: report.ResultOf(flights, made.report.Period.Std().Minutes()),
		})
	}
	return nil
}

// flyTraced simulates one release and keeps all of it.
func (s *session) flyTraced(ctx context.Context, asked simulation, options simulateOptions, made *simulated) error {
	if !options.trace && s.global.output != outputHTML {
		return nil
	}
	rehearsed, err := rehearsal.New(rehearsal.Settings{Document: asked.document, Scenario: asked.scenario, Seed: options.seed})
	if err != nil {
		return err
	}
	flown, minutes, err := rehearsed.Trace(ctx, 0)
	if err != nil {
		return err
	}
	made.report.Trace = &report.Trace{Flight: flown, Minutes: minutes}
	return nil
}

// flyOthers compares the file with other policies.
func (s *session) flyOthers(ctx context.Context, asked simulation, options simulateOptions, made *simulated) error {
	if !options.comparing {
		return nil
	}
	policies, err := comparedPolicies(asked, options.compare)
	if err != nil {
		return usage(err.Error())
	}
	table, err := compare.Fly(ctx, asked.scenario.Model, policies, options.runs, options.seed)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return usage(err.Error())
	}
	made.report.Comparison = &table
	return nil
}

// comparedPolicies are the file's own and those of a list of names.
func comparedPolicies(asked simulation, list string) ([]policy.Policy, error) {
	names := compare.Usual()
	if list != usualPolicies {
		names = splitList(list)
	}
	var policies []policy.Policy
	if own, ok := filePolicy(asked); ok {
		policies = append(policies, own)
	}
	var wrong []error
	for _, name := range names {
		named, err := policy.Named(name)
		wrong = append(wrong, err)
		policies = append(policies, named)
	}
	return policies, errors.Join(wrong...)
}

// filePolicy is the file's own plan, where it compares what the scenario has and needs nobody's traffic but the scenario's.
func filePolicy(asked simulation) (policy.Policy, bool) {
	document := asked.completed
	document.Strategy = judge.Climb(document.Strategy, asked.scenario.Requests(0), document.Analysis.Period)
	plan := judge.Ladder(document, nil)
	own := policy.Document(fileStrategy, report.StrategyWords(asked.completed), plan)
	return own, len(plan.Shares) > 0 && own.Fits(asked.scenario.Model) == nil
}

// progressInterval is how often a long simulation says how far it is.
const progressInterval = 2 * time.Second

// progress returns what tells a person, now and then, how many of all releases are done. It may be called from several goroutines.
func (s *session) progress(all int) func(done int) {
	var mu sync.Mutex
	told := time.Now()
	return func(done int) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(told) >= progressInterval {
			told = now
			fmt.Fprintf(s.environment.Stderr, "simulated %d of %d releases\n", done, all)
		}
	}
}
