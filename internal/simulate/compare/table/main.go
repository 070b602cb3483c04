// Command table flies every policy through every world of the comparison and writes the
// page about it, with all figures beside it as CSV: go run ./internal/simulate/compare/table -out docs/comparison.md
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	page := flag.String("out", "docs/comparison.md", "the page; its figures go beside it, as .csv")
	good := flag.Int("good", 10000, "good releases in each world, by each policy")
	releases := flag.Int("releases", 2000, "other releases in each world, by each policy")
	seed := flag.Uint64("seed", 1, "where all chance begins")
	flag.Parse()
	if err := write(ctx, *page, &compare.Survey{Good: *good, Bad: *releases, Seed: *seed}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write flies the survey, and writes the page and its figures.
func write(ctx context.Context, page string, survey *compare.Survey) error {
	text, err := survey.Document(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	figures, err := os.Create(strings.TrimSuffix(page, filepath.Ext(page)) + ".csv")
	if err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	if err := survey.CSV(figures); err != nil {
		return err
	}
	return figures.Close()
}
