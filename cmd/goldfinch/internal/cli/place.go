package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// locate adds to a connection to AWS what goldfinch.yaml says of an environment;
// "" is that of --environment, and may be left out where all environments are in
// the same place. The file is looked for in directory, and upwards from there.
func (s *session) locate(connection Connection, directory, environment string) (Connection, error) {
	if connection.Local {
		return connection, nil
	}
	name, environments, err := findEnvironments(directory)
	if err != nil || name == "" {
		return connection, s.refuseFile(err)
	}
	environment = cmp.Or(environment, s.global.environment)
	only, same := onlyPlace(environments)
	place, known := environments.Environments[environment]
	list := strings.Join(environments.Names(), ", ")
	switch {
	case known:
		connection.Place = place
		if !same {
			s.located = environment
		}
	case environment != "":
		connection.Unplaced = fmt.Sprintf("%s has no environment %s; it has %s", name, environment, list)
	case same:
		connection.Place = only
	default:
		connection.Unplaced = fmt.Sprintf("which environment? %s has %s; say it by --environment", name, list)
	}
	return connection, nil
}

// onlyPlace is the place of every environment, when that is one.
func onlyPlace(environments release.Environments) (only release.Place, same bool) {
	for i, name := range environments.Names() {
		place := environments.Environments[name]
		if i > 0 && place != only {
			return release.Place{}, false
		}
		only = place
	}
	return only, true
}

// findEnvironments reads goldfinch.yaml in a directory, or else in the nearest
// one above it, no further than the root of a git repository. The name is empty when there is none.
func findEnvironments(directory string) (name string, environments release.Environments, err error) {
	at, err := filepath.Abs(directory)
	if err != nil {
		return "", release.Environments{}, fmt.Errorf("look for %s: %w", release.EnvironmentsFile, err)
	}
	for {
		data, err := readAtMost(filepath.Join(at, release.EnvironmentsFile))
		switch {
		case err == nil:
			name := shortest(filepath.Join(at, release.EnvironmentsFile))
			environments, err := release.ReadEnvironments(data)
			if err != nil {
				return "", release.Environments{}, inFile(err, name)
			}
			return name, environments, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", release.Environments{}, usage(fmt.Sprintf("read where environments are: %v", err))
		}
		_, missing := os.Stat(filepath.Join(at, ".git"))
		above := filepath.Dir(at)
		if missing == nil || above == at {
			return "", release.Environments{}, nil
		}
		at = above
	}
}

// shortest is the name of a file as seen from the working directory.
func shortest(name string) string {
	working, err := os.Getwd()
	if err != nil {
		return name
	}
	relative, err := filepath.Rel(working, name)
	if err != nil {
		return name
	}
	return relative
}
