package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// worldOptions are the flags that describe a simulated world.
type worldOptions struct {
	scenario, requests, daily, errors, slow, trafficCSV, trafficFrom string
	faults                                                           []string
}

func (o *worldOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.scenario, "scenario", "", "the file that describes the world; flags override what it says")
	flags.StringVar(&o.requests, "requests", "", "how many requests there are, such as 500/1m")
	flags.StringVar(&o.daily, "daily", "", "let them rise and fall with the hour: SWING@PEAK[,START], such as 60%@14,9")
	flags.StringVar(&o.trafficCSV, "traffic-csv", "", "read the requests of each period from a CSV file, in its column requests")
	flags.StringVar(&o.trafficFrom, "traffic-from", "", "take the last day of SERVICE or SERVICE/ENVIRONMENT: its requests, and which share of them was bad")
	flags.StringVar(&o.errors, "errors", "", "which share of requests fails on either version, such as 0.1%")
	flags.StringVar(&o.slow, "slow", "", "which share of requests is slow on either version, such as 0.5%")
	flags.StringArrayVar(&o.faults, "fault", nil, "what goes wrong: KIND:VALUE, see above; may be given several times")
}

// A simulation is what is to be simulated.
type simulation struct {
	// document is as it was written, completed has its defaults.
	document, completed release.Document
	scenario            scenario.Scenario
	// target is the kind of the file's target, when a Lambda function stands in for it.
	target string
}

// mistakes are all that is wrong with a command's files and flags, a line each.
type mistakes []string

// note keeps what is wrong with what; nil is nothing.
func (m *mistakes) note(what string, err error) {
	var problems *release.Problems
	switch {
	case err == nil:
	case errors.As(err, &problems):
		*m = append(*m, problems.In(what).Error())
	default:
		*m = append(*m, what+": "+err.Error())
	}
}

// simulation reads the release file, the scenario and the flags. It tells every mistake at once.
func (s *session) simulation(ctx context.Context, arguments []string, options simulateOptions) (simulation, error) {
	var wrong mistakes
	file := fileArgument(arguments)
	document, warnings, err := s.read(file, nil)
	var exit *exitError
	if errors.As(err, &exit) {
		return simulation{}, err
	}
	wrong.note(file, err)
	s.warn(file, warnings)
	if options.runs < 1 {
		wrong.note("--runs", fmt.Errorf("%d is not enough; give at least 1", options.runs))
	}
	asked := simulation{document: document}
	if err == nil {
		standIn, stands, unable := rehearsal.StandIn(document)
		wrong.note(file, unable)
		if asked.document = standIn; stands {
			asked.target = document.Target.Kind()
		}
	}
	asked.completed = release.Default(asked.document)
	period := max(asked.completed.Analysis.Period.Std(), time.Second)
	asked.scenario = scenario.Default()
	asked.scenario.PeriodSeconds = period.Seconds()
	if name := options.world.scenario; name != "" {
		data, err := readAtMost(name)
		if err != nil {
			wrong.note("--scenario", err)
		} else {
			asked.scenario, err = scenario.Read(data, period)
			wrong.note(name, err)
		}
	}
	before := len(wrong)
	s.applyWorld(&asked.scenario, options.world, &wrong)
	if err := s.applyDay(ctx, &asked.scenario, options.world, period, &wrong); err != nil {
		return simulation{}, err
	}
	if len(wrong) == before && before == 0 {
		wrong.note("this world", asked.scenario.Check())
	}
	if len(wrong) > 0 {
		fmt.Fprintln(s.environment.Stderr, strings.Join(wrong, "\n"))
		return simulation{}, exitWith(release.ExitUsage)
	}
	return asked, nil
}

// applyWorld changes a scenario as the flags say.
func (s *session) applyWorld(changed *scenario.Scenario, options worldOptions, wrong *mistakes) {
	given := func(flag, value string, use func(string) error) {
		if value != "" {
			wrong.note("--"+flag, use(value))
		}
	}
	given("requests", options.requests, changed.SetRequests)
	if name := options.trafficCSV; name != "" {
		data, err := readAtMost(name)
		wrong.note("--traffic-csv", err)
		if err == nil {
			wrong.note(name, changed.SetTrafficCSV(data))
		}
	}
	given("daily", options.daily, changed.SetDaily)
	given("errors", options.errors, func(text string) error { return changed.SetBase(world.Errors, text) })
	given("slow", options.slow, func(text string) error { return changed.SetBase(world.Slow, text) })
	for _, fault := range options.faults {
		wrong.note("--fault "+fault, changed.Fault(fault))
	}
	sources := 0
	for _, source := range []string{options.requests, options.trafficCSV, options.trafficFrom} {
		if source != "" {
			sources++
		}
	}
	if sources > 1 {
		*wrong = append(*wrong, "--requests, --traffic-csv and --traffic-from exclude each other; keep one")
	}
}

// applyDay asks an installation for a day's traffic, where a flag says so. Rates that flags give stay.
func (s *session) applyDay(ctx context.Context, changed *scenario.Scenario, options worldOptions, period time.Duration, wrong *mistakes) error {
	if options.trafficFrom == "" {
		return nil
	}
	reference, err := s.reference(options.trafficFrom)
	if err != nil {
		wrong.note("--traffic-from", err)
		return nil
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return err
	}
	day, err := asked.Traffic(ctx, reference)
	if err != nil {
		return err
	}
	if day.Period.Std() != period {
		wrong.note("--traffic-from", fmt.Errorf("the last release of %s has an analysis.period of %s, and this file one of %s; they must be the same", options.trafficFrom, day.Period, release.Duration(period)))
		return nil
	}
	bad := map[string]float64{}
	for metric, share := range day.Bad {
		switch {
		case metric == "errors" && options.errors == "":
			bad[world.Errors] = share
		case metric == "latency" && options.slow == "":
			bad[world.Slow] = share
		case metric == "serverErrors":
			bad[scenario.ServerErrors] = share
		}
	}
	wrong.note("--traffic-from "+options.trafficFrom, changed.SetDay(day.Requests, bad))
	return nil
}
