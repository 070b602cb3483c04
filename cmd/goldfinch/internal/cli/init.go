package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/examples"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// initOptions are the flags of init.
type initOptions struct {
	file        string
	target      string
	service     string
	environment string
	artifact    string
	function    string
	alias       string
}

func (s *session) initCommand() *cobra.Command {
	var options initOptions
	command := &cobra.Command{
		Use:   "init",
		Short: "write a release file with its five keys; never over one that is there",
		Long: `Write a release file with its five keys; never over one that is there. Of a Lambda function the file is complete. Of
any other --target it is an example in which the ids of what is in your AWS account are made up.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return s.initFile(options) },
	}
	flags := command.Flags()
	flags.StringVar(&options.file, "file", defaultFile, "the file to write")
	flags.StringVar(&options.target, "target", localTarget, "the kind of target: "+strings.Join(release.TargetKinds(), ", "))
	flags.StringVar(&options.service, "service", "", "what is released")
	flags.StringVar(&options.environment, "environment", "", "where to; default production")
	flags.StringVar(&options.artifact, "artifact", "", "the function package; default build/SERVICE.zip")
	flags.StringVar(&options.function, "function", "", "the Lambda function; default: as the service")
	flags.StringVar(&options.alias, "alias", "", "the alias that callers use; default live")
	return command
}

// A question is what init asks for when a flag leaves it out.
type question struct {
	flag, text string
	answer     *string
	otherwise  func() string
	// only are the kinds of targets that it makes sense for; empty: all.
	only []string
}

// questions are what init wants to know, in the order in which it asks.
func (o *initOptions) questions() []question {
	return []question{
		{"service", "service", &o.service, func() string { return "" }, nil},
		{"environment", "environment", &o.environment, func() string { return "production" }, nil},
		{"artifact", "function package", &o.artifact, func() string { return "build/" + o.service + ".zip" }, []string{"lambda", "apigateway"}},
		{"function", "Lambda function", &o.function, func() string { return o.service }, []string{"lambda"}},
		{"alias", "alias", &o.alias, func() string { return "live" }, []string{"lambda"}},
	}
}

// initFile asks for what the flags leave out when a person is there, and else takes the defaults.
func (s *session) initFile(options initOptions) error {
	if !slices.Contains(release.TargetKinds(), options.target) {
		return usage(fmt.Sprintf("there is no target %q; there are %s", options.target, strings.Join(release.TargetKinds(), ", ")))
	}
	answers := bufio.NewScanner(s.environment.Stdin)
	for _, asked := range options.questions() {
		switch fits := len(asked.only) == 0 || slices.Contains(asked.only, options.target); {
		case *asked.answer != "" && !fits:
			return usage(fmt.Sprintf("--%s is for target %s; write it into the file of target %s", asked.flag, strings.Join(asked.only, " or "), options.target))
		case *asked.answer != "" || !fits:
			continue
		}
		*asked.answer = asked.otherwise()
		if s.environment.IsTerminal {
			*asked.answer = s.ask(answers, asked.text, *asked.answer)
		}
	}
	if options.service == "" {
		return usage("say what is released: --service NAME")
	}
	text, err := initText(options)
	if err != nil {
		return err
	}
	document, source, err := release.Decode([]byte(text))
	if err == nil {
		_, err = release.Validate(document, source)
	}
	if err != nil {
		return s.refuseFile(inFile(err, options.file))
	}
	if err := writeNew(options.file, text); err != nil {
		return err
	}
	next := "look"
	if options.target != localTarget {
		next = "its ids are made up: write your own, then look"
	}
	return s.print(Validation{File: options.file, Valid: true},
		fmt.Sprintf("wrote %s; %s at what it would do: %s\n", options.file, next, s.command("plan", options.file)))
}

// ask asks a person for one value.
func (s *session) ask(answers *bufio.Scanner, question, otherwise string) string {
	fmt.Fprintf(s.environment.Stderr, "%s", question)
	if otherwise != "" {
		fmt.Fprintf(s.environment.Stderr, " [%s]", otherwise)
	}
	fmt.Fprint(s.environment.Stderr, ": ")
	if answers.Scan() {
		if answer := strings.TrimSpace(answers.Text()); answer != "" {
			return answer
		}
	}
	return otherwise
}

// initText is a whole release file.
func initText(options initOptions) (string, error) {
	if options.target == localTarget {
		return fmt.Sprintf(`apiVersion: %s
service: %s
environment: %s
artifact: %s
target: {lambda: {function: %s, alias: %s}}
`, release.APIVersion, options.service, options.environment, options.artifact, options.function, options.alias), nil
	}
	example, err := examples.Document(options.target)
	if err != nil {
		return "", err
	}
	about, rest, _ := strings.Cut(example, "\n")
	name := regexp.MustCompile(`\b` + examples.Service + `\b`)
	named := func(text string) string { return name.ReplaceAllLiteralString(text, options.service) }
	rest = strings.NewReplacer( // after the names, so that what people gave stays as it is
		named(examples.Package), options.artifact,
		named(examples.Template), "stack.yaml",
		"environment: "+examples.Environment, "environment: "+options.environment,
	).Replace(named(rest))
	return fmt.Sprintf("%s\n# Ids and ARNs are made up: write your own. What has to stand in your account before is in docs/targets/%s.md of Goldfinch.\n%s",
		about, options.target, rest), nil
}

// writeNew writes a file that does not exist yet.
func writeNew(name, text string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usage(fmt.Sprintf("%s is there already, and init never overwrites a file; --file names another one", name))
	}
	if err != nil {
		return fmt.Errorf("write the release file: %w", err)
	}
	_, err = io.WriteString(file, text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
