package cli

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// schemaFiles are the JSON Schemas of what the command line prints, the same
// as those under docs.
//
//go:embed schemas/*.schema.json
var schemaFiles embed.FS

// The names of the schemas of files that people write.
const (
	schemaOfDocument     = "release"
	schemaOfEnvironments = "goldfinch"
	schemaOfPolicy       = "policy"
)

func (s *session) schemaCommand() *cobra.Command {
	names := schemaNames()
	return &cobra.Command{
		Use:       "schema [NAME]",
		Short:     "print the JSON Schema of a release file, of goldfinch.yaml, or of what a verb prints",
		Long:      "Print a JSON Schema: of a release file, of goldfinch.yaml (goldfinch), of a policy to backtest (policy), or of what a verb prints with --output json.\n\nNAME is one of " + strings.Join(names, ", ") + ".",
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 0 {
				arguments = []string{schemaOfDocument}
			}
			return s.schema(arguments[0])
		},
	}
}

func (s *session) schema(name string) error {
	if !slices.Contains(schemaNames(), name) {
		return usage(fmt.Sprintf("there is no schema %q; there are %s", name, strings.Join(schemaNames(), ", ")))
	}
	text, err := schemaText(name)
	if err != nil {
		return fmt.Errorf("read the schema %s: %w", name, err)
	}
	_, err = s.environment.Stdout.Write(text)
	return err
}

func schemaText(name string) ([]byte, error) {
	switch name {
	case schemaOfDocument:
		return release.Schema(), nil
	case schemaOfEnvironments:
		return release.EnvironmentsSchema(), nil
	case schemaOfPolicy:
		return release.PolicySchema(), nil
	default:
		return schemaFiles.ReadFile("schemas/" + name + ".schema.json")
	}
}

// schemaNames lists every schema, those of files that people write first.
func schemaNames() []string {
	names := []string{schemaOfDocument, schemaOfEnvironments, schemaOfPolicy}
	// The folder is embedded: reading it cannot fail.
	files, _ := schemaFiles.ReadDir("schemas")
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file.Name(), ".schema.json"))
	}
	return names
}
