package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// initOptions are the flags of init.
type initOptions struct {
	file        string
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
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return s.initFile(options) },
	}
	flags := command.Flags()
	flags.StringVar(&options.file, "file", defaultFile, "the file to write")
	flags.StringVar(&options.service, "service", "", "what is released")
	flags.StringVar(&options.environment, "environment", "", "where to; default production")
	flags.StringVar(&options.artifact, "artifact", "", "the function package; default build/SERVICE.zip")
	flags.StringVar(&options.function, "function", "", "the Lambda function; default: as the service")
	flags.StringVar(&options.alias, "alias", "", "the alias that callers use; default live")
	return command
}

// initFile asks for what the flags leave out when a person is there, and else takes the defaults.
func (s *session) initFile(options initOptions) error {
	answers := bufio.NewScanner(s.environment.Stdin)
	for _, question := range []struct {
		answer    *string
		text      string
		otherwise func() string
	}{
		{&options.service, "service", func() string { return "" }},
		{&options.environment, "environment", func() string { return "production" }},
		{&options.artifact, "function package", func() string { return "build/" + options.service + ".zip" }},
		{&options.function, "Lambda function", func() string { return options.service }},
		{&options.alias, "alias", func() string { return "live" }},
	} {
		if *question.answer != "" {
			continue
		}
		*question.answer = question.otherwise()
		if s.environment.IsTerminal {
			*question.answer = s.ask(answers, question.text, *question.answer)
		}
	}
	if options.service == "" {
		return usage("say what is released: --service NAME")
	}
	text := initText(options)
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
	return s.print(Validation{File: options.file, Valid: true},
		fmt.Sprintf("wrote %s; look at what it would do: %s\n", options.file, s.command("plan", options.file)))
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
func initText(options initOptions) string {
	return fmt.Sprintf(`apiVersion: %s
service: %s
environment: %s
artifact: %s
target: {lambda: {function: %s, alias: %s}}
`, release.APIVersion, options.service, options.environment, options.artifact, options.function, options.alias)
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
