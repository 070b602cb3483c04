package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Validation is what validate prints as JSON.
type Validation struct {
	// File is the file that was read.
	File string `json:"file"`
	// Valid: a release can be made of it.
	Valid bool `json:"valid"`
	// Problems are all mistakes, Warnings what deserves a look.
	Problems []release.Problem `json:"problems,omitempty"`
	Warnings []release.Problem `json:"warnings,omitempty"`
}

func (s *session) validateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate [FILE]",
		Short: "check a release file (default release.yaml) or goldfinch.yaml, and say every mistake at once",
		Args:  cobra.MaximumNArgs(1),
		RunE:  func(_ *cobra.Command, arguments []string) error { return s.validate(fileArgument(arguments)) },
	}
}

func (s *session) validate(file string) error {
	found, warnings, err := s.check(file)
	var problems *release.Problems
	if s.json() && (err == nil || errors.As(err, &problems)) {
		result := Validation{File: file, Valid: err == nil, Warnings: warnings}
		if problems != nil {
			result.Problems = problems.List
		}
		if err := s.printJSON(result); err != nil {
			return err
		}
		if !result.Valid {
			return exitWith(release.ExitUsage)
		}
		return nil
	}
	if err != nil {
		return s.refuseFile(err)
	}
	s.warn(file, warnings)
	s.say("%s is valid: %s", file, found)
	return nil
}

// check reads a file of either kind, and says in one phrase what it is about.
func (s *session) check(file string) (found string, warnings []release.Problem, err error) {
	if filepath.Base(file) != release.EnvironmentsFile {
		document, warnings, err := s.read(file, nil)
		return describeDocument(document), warnings, err
	}
	data, err := s.readFile(file)
	if err != nil {
		return "", nil, usage(fmt.Sprintf("read where environments are: %v", err))
	}
	environments, err := release.ReadEnvironments(data)
	if err != nil {
		return "", nil, inFile(err, file)
	}
	return strings.Join(environments.Names(), ", "), nil, nil
}

// describeDocument says in one phrase what a document releases.
func describeDocument(document release.Document) string {
	return fmt.Sprintf("%s to %s/%s", artifactName(document.Artifact), document.Service, document.Environment)
}
