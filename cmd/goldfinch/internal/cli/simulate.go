package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
)

const simulateHelp = `Release a file many times in a simulated world, in virtual time, before it meets users. The state
machine, its handlers and the judge are the real ones; traffic, faults and time are made up.

The world is that of --scenario FILE, or 500 requests a minute of which 0.1% fail and 0.5% are
slow; flags change it. --fault says what goes wrong, as often as you like:

`

// simulateOptions are the flags of simulate.
type simulateOptions struct {
	world        worldOptions
	runs         int
	seed         uint64
	trace        bool
	compare      string
	listPolicies bool
	file         string
	// comparing and counted: --compare and --runs were given.
	comparing, counted bool
}

// usualPolicies is what --compare says when it says nothing.
const usualPolicies = "usual"

// defaultRuns is enough for a share near 0.5 % to be told from 0.
const defaultRuns = 1000

func (s *session) simulateCommand() *cobra.Command {
	var options simulateOptions
	command := &cobra.Command{
		Use:   "simulate [FILE]",
		Short: "release a file thousands of times in a simulated world, before it meets users",
		Long:  simulateHelp + faultHelp(),
		Example: `  goldfinch simulate --requests 500/1m --fault errors:+2%
  goldfinch simulate --fault errors:+2% --trace
  goldfinch simulate --scenario scenario.yaml --output html --file simulation.html
  goldfinch simulate --traffic-from echo/production --compare`,
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{moreOutputs: outputCSV + " " + outputHTML},
		RunE: func(command *cobra.Command, arguments []string) error {
			options.comparing = command.Flags().Changed("compare")
			options.counted = command.Flags().Changed("runs")
			return s.simulate(command.Context(), arguments, options)
		},
	}
	options.bind(command.Flags())
	return command
}

func (o *simulateOptions) bind(flags *pflag.FlagSet) {
	o.world.bind(flags)
	flags.IntVar(&o.runs, "runs", defaultRuns, "how many releases to simulate")
	flags.Uint64Var(&o.seed, "seed", 1, "the beginning of all chance: the same seed gives the same result")
	flags.BoolVar(&o.trace, "trace", false, "show one release period by period; with --runs, also what became of the others")
	flags.StringVar(&o.compare, "compare", "", "compare with other policies, by the judge and the world alone: --compare=NAME,NAME, or those that are usual")
	flags.Lookup("compare").NoOptDefVal = usualPolicies
	flags.BoolVar(&o.listPolicies, "list-policies", false, "list the policies that --compare knows")
	flags.StringVar(&o.file, "file", "", "write the result there instead of printing it")
}

// faultHelp lists the faults for the help text.
func faultHelp() string {
	var rows [][]string
	for _, fault := range scenario.Faults() {
		rows = append(rows, []string{"  " + fault[0], fault[1]})
	}
	_, text, _ := strings.Cut(tabulate([]string{"", ""}, rows), "\n")
	return strings.TrimRight(text, "\n")
}

func (s *session) simulate(ctx context.Context, arguments []string, options simulateOptions) error {
	if options.listPolicies {
		return s.listPolicies()
	}
	asked, err := s.simulation(ctx, arguments, options)
	if err != nil {
		return err
	}
	made, err := s.rehearse(ctx, asked, options)
	if err != nil {
		return err
	}
	return s.writeSimulation(made, options.file)
}
