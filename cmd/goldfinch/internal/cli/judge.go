package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/judge/vectors"
)

const judgeHelp = `Recompute reference vectors of the judge: print a document {"vectors": [...]} with what the
judge's arithmetic makes of each vector's input under its key "expect".

It compares nothing, so its exit code is 0 whatever stood under "expect" before.`

func (s *session) judgeCommand() *cobra.Command {
	var input string
	command := &cobra.Command{
		Use:     "judge --input FILE",
		Short:   "recompute what the judge makes of reference vectors",
		Long:    judgeHelp,
		Example: "  goldfinch judge --input vectors.json\n  goldfinch judge --input - < vectors.json | diff vectors.json -",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return s.judge(input) },
	}
	command.Flags().StringVar(&input, "input", "", "the document of vectors; - is the standard input")
	return command
}

func (s *session) judge(input string) error {
	if input == "" {
		return usage("judge needs --input FILE: a document of vectors, or - for the standard input")
	}
	document, err := s.readFile(input)
	if err != nil {
		return usage(fmt.Sprintf("read the vectors: %v", err))
	}
	recomputed, err := vectors.Recompute(document)
	if err != nil {
		return s.refuseFile(inFile(err, input))
	}
	if _, err := s.environment.Stdout.Write(recomputed); err != nil {
		return fmt.Errorf("print the vectors: %w", err)
	}
	return nil
}
