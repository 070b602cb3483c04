package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const (
	// defaultFile is read when no FILE is given.
	defaultFile = "release.yaml"
	// standardInput is the FILE that stands for the standard input.
	standardInput = "-"
	// maxFile is how much of a file is read, in bytes; release.Decode refuses less.
	maxFile = 16 << 20
)

// fileArgument is the FILE of a verb that takes one.
func fileArgument(arguments []string) string {
	if len(arguments) == 0 {
		return defaultFile
	}
	return arguments[0]
}

// directoryOf is the directory of a verb's FILE.
func directoryOf(arguments []string) string {
	if name := fileArgument(arguments); name != standardInput {
		return filepath.Dir(name)
	}
	return "."
}

// read reads the document in a file ("-": the standard input), changes it, and
// checks it. The error is a *release.Problems when the document is wrong.
func (s *session) read(name string, change func(*release.Document)) (document release.Document, warnings []release.Problem, err error) {
	data, err := s.readFile(name)
	if err != nil {
		return release.Document{}, nil, usage(fmt.Sprintf("read the release file: %v", err))
	}
	document, source, malformed := release.Decode(data)
	if change != nil {
		change(&document)
	}
	warnings, invalid := release.Validate(document, source)
	if err := release.Join(malformed, invalid); err != nil {
		return release.Document{}, warnings, inFile(err, name)
	}
	return document, warnings, nil
}

func (s *session) readFile(name string) ([]byte, error) {
	if name == standardInput {
		return io.ReadAll(io.LimitReader(s.environment.Stdin, maxFile))
	}
	return readAtMost(name)
}

// readAtMost reads a file, at most maxFile bytes of it.
func readAtMost(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile))
}

// inFile names the file in what is wrong with it.
func inFile(err error, name string) error {
	var problems *release.Problems
	if errors.As(err, &problems) {
		return problems.In(name)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// refuseFile ends the command with one line for each problem, where err is such.
func (s *session) refuseFile(err error) error {
	var problems *release.Problems
	if !errors.As(err, &problems) {
		return err
	}
	fmt.Fprintln(s.environment.Stderr, problems.Error())
	return exitWith(release.ExitUsage)
}

// warn prints the warnings about a file.
func (s *session) warn(name string, warnings []release.Problem) {
	for _, warning := range warnings {
		fmt.Fprintf(s.environment.Stderr, "warning: %s\n", warning.In(name))
	}
}
