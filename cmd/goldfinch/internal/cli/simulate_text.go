package cli

import (
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
)

// simulationText writes a report for people.
func simulationText(r report.Report) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s/%s", r.Service, r.Environment)
	if len(r.Strategies) > 0 {
		fmt.Fprintf(&text, ": %d simulated releases", r.Releases)
	}
	fmt.Fprintf(&text, ", seed %d\n\nassumed\n", r.Seed)
	for _, assumption := range r.Assumed {
		fmt.Fprintf(&text, "  %-14s %s\n", assumption.What, assumption.Says)
	}
	watched := release.Duration(r.Watched) * r.Period
	if r.Trace != nil {
		text.WriteString("\n" + tabulated(r.TraceTable()))
		fmt.Fprintf(&text, "\nevidence is against the new version, of what is enough to go back; proof is for it, of what is enough to go on early\n\n%s: %s\nthe new version served %v bad requests within %s\n",
			r.Trace.Flight.Outcome, r.Trace.Flight.Reason, r.Trace.Flight.Exposure, watched)
	}
	if len(r.Strategies) > 0 {
		text.WriteString("\n" + tabulated(r.StrategyTable()))
		text.WriteString("\nin brackets: 95% intervals; bad requests are the new version's, of the metric in which it is worse\n")
		for _, strategy := range r.Strategies {
			fmt.Fprintf(&text, "\n%s: %s\n", strategy.Name, strategy.What)
			for _, outcome := range strategy.Outcomes {
				fmt.Fprintf(&text, "  %s, such as: %s\n", outcome.Outcome, outcome.Example)
			}
		}
	}
	if r.Comparison != nil {
		text.WriteString("\n" + tabulated(r.ComparisonTable()))
		fmt.Fprintf(&text, "\n%d releases of each policy, by the judge and the world alone; bad requests within %s; in brackets: 95%% intervals\n", r.Comparison.Releases, watched)
	}
	return text.String()
}

func tabulated(table report.Table) string {
	table = table.Upper()
	return tabulate(table.Head, table.Rows)
}
