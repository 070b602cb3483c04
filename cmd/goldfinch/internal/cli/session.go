package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// A session is one run of the command line.
type session struct {
	environment Environment
	global      globalOptions
	// called: the arguments were right, and the verb has begun.
	called bool
	// located is the environment whose place was looked up, when the others of
	// goldfinch.yaml are elsewhere.
	located string
}

// globalOptions are the flags that every verb has.
type globalOptions struct {
	output  string
	local   bool
	region  string
	profile string
	// environment is meant where the arguments name none.
	environment string
	noColor     bool
}

// What --output may say.
const (
	outputText = "text"
	outputJSON = "json"
)

// moreOutputs is the annotation of a verb that can print in more forms than text and JSON: which, with spaces between them.
const moreOutputs = "outputs"

func (o *globalOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.output, "output", outputText, "print text or json")
	flags.BoolVar(&o.local, "local", false, "use the engine and the cloud on this machine instead of AWS")
	flags.StringVar(&o.region, "region", "", "AWS region; default: as the AWS SDK finds it")
	flags.StringVar(&o.profile, "profile", "", "AWS profile; default: as the AWS SDK finds it")
	flags.StringVar(&o.environment, "environment", "", "the environment that is meant where the arguments name none")
	flags.BoolVar(&o.noColor, "no-color", false, "print without colors; NO_COLOR does the same")
}

// json reports whether output is for machines.
func (s *session) json() bool { return s.global.output == outputJSON }

// colorful reports whether output may have colors.
func (s *session) colorful() bool {
	return s.environment.IsTerminal && !s.global.noColor && s.environment.Getenv("NO_COLOR") == ""
}

// complain tells what is wrong, on the standard error stream.
func (s *session) complain(message string) {
	fmt.Fprintf(s.environment.Stderr, "goldfinch: %s\n", message)
}

// say prints a line of text; nothing when output is for machines.
func (s *session) say(format string, arguments ...any) {
	if !s.json() {
		fmt.Fprintf(s.environment.Stdout, format+"\n", arguments...)
	}
}

// note tells something that does not belong to the result, on the standard error stream.
func (s *session) note(text string) { fmt.Fprintf(s.environment.Stderr, "note: %s\n", text) }

// begin checks what cobra does not, once the flags are read.
func (s *session) begin(command *cobra.Command, _ []string) error {
	if err := s.readVariables(command); err != nil {
		return err
	}
	outputs := append([]string{outputText, outputJSON}, strings.Fields(command.Annotations[moreOutputs])...)
	if !slices.Contains(outputs, s.global.output) {
		last := len(outputs) - 1
		return fmt.Errorf("--output is %q; it can be %s or %s", s.global.output, strings.Join(outputs[:last], ", "), outputs[last])
	}
	s.called = true
	return nil
}

// readVariables sets every flag that was not given from its variable.
func (s *session) readVariables(command *cobra.Command) error {
	var problems []string
	command.Flags().VisitAll(func(flag *pflag.Flag) {
		value := s.environment.Getenv(variable(flag.Name))
		if flag.Changed || value == "" || !hasVariable(flag) {
			return
		}
		if err := command.Flags().Set(flag.Name, value); err != nil {
			problems = append(problems, fmt.Sprintf("%s is %q: %v", variable(flag.Name), value, err))
		}
	})
	if len(problems) > 0 {
		return fmt.Errorf("%s", strings.Join(problems, "; "))
	}
	return nil
}

// variable is the name of the environment variable that stands in for a flag.
func variable(flag string) string {
	return "GOLDFINCH_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func hasVariable(flag *pflag.Flag) bool { return flag.Name != "help" }

// connect returns the operator of an environment's place; "" is that of --environment.
func (s *session) connect(ctx context.Context, environment string) (operator.Operator, error) {
	connection, err := s.locate(s.connection(), ".", environment)
	if err != nil {
		return nil, err
	}
	return s.environment.Operator(ctx, connection)
}

func (s *session) connection() Connection {
	return Connection{Local: s.global.local, Region: s.global.region, Profile: s.global.profile}
}

// reference reads the RELEASE of a verb. A service alone is meant in the environment of --environment.
func (s *session) reference(text string) (operator.Reference, error) {
	reference, err := operator.ParseReference(text)
	if err == nil && reference.Service != "" && reference.Environment == "" && s.global.environment != "" {
		return operator.ParseReference(reference.Service + "/" + s.global.environment)
	}
	return reference, err
}
