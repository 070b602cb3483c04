package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
)

// A Table is a part of a report for people.
type Table struct {
	Head []string
	Rows [][]string
}

// StrategyTable has a column for each strategy. Intervals are in brackets.
func (r Report) StrategyTable() Table {
	table := Table{Head: []string{""}}
	for _, strategy := range r.Strategies {
		table.Head = append(table.Head, strategy.Name)
	}
	add := func(name string, cell func(Strategy) string) {
		row := []string{name}
		for _, strategy := range r.Strategies {
			row = append(row, cell(strategy))
		}
		table.Rows = append(table.Rows, row)
	}
	for _, outcome := range outcomesIn(r.Strategies) {
		add(string(outcome), func(s Strategy) string { return shareOf(s, outcome) })
	}
	if slices.ContainsFunc(r.Strategies, func(s Strategy) bool { return s.Inconclusive.Count > 0 }) {
		add("  of them for want of data", func(s Strategy) string { return intervalText(s.Inconclusive) })
	}
	if r.Scenario.Healthy() {
		add("rolled back falsely", func(s Strategy) string {
			return fmt.Sprintf("at most %s (99%% sure)", shareText(s.RolledBackLimit))
		})
	}
	watched := release.Duration(r.Watched) * r.Period
	spreads := []struct {
		name string
		of   func(Strategy) *compare.Spread
	}{
		{"bad requests within " + watched.String(), func(s Strategy) *compare.Spread { return &s.Exposure }},
		{"bad requests until the end", func(s Strategy) *compare.Spread { return &s.ExposureToEnd }},
		{"minutes to rollback", func(s Strategy) *compare.Spread { return s.MinutesToRollback }},
		{"minutes to promotion", func(s Strategy) *compare.Spread { return s.MinutesToPromotion }},
		{"minutes until promoted for good", func(s Strategy) *compare.Spread { return s.MinutesToEnd }},
	}
	figures := []struct {
		name string
		of   func(*compare.Spread) compare.Figure
	}{
		{": median", func(s *compare.Spread) compare.Figure { return s.Median }},
		{": 95th percentile", func(s *compare.Spread) compare.Figure { return s.P95 }},
		{": mean", func(s *compare.Spread) compare.Figure { return s.Mean }},
	}
	for _, spread := range spreads {
		if !slices.ContainsFunc(r.Strategies, func(s Strategy) bool { return spread.of(s) != nil }) {
			add(spread.name, func(Strategy) string { return "never" })
			continue
		}
		for _, figure := range figures {
			add(spread.name+figure.name, func(s Strategy) string {
				found := spread.of(s)
				if found == nil {
					return "never"
				}
				return figureText(figure.of(found))
			})
		}
	}
	add("looks of the judge: median", func(s Strategy) string { return plain(s.Verdicts.Median.Value) })
	return table
}

// shareOf is how many releases of a strategy ended so.
func shareOf(s Strategy, outcome release.Outcome) string {
	for _, one := range s.Outcomes {
		if one.Outcome == outcome {
			return intervalText(one.Share)
		}
	}
	return "none"
}

// outcomesIn lists the outcomes that any strategy had.
func outcomesIn(strategies []Strategy) []release.Outcome {
	had := map[release.Outcome]bool{}
	for _, strategy := range strategies {
		for _, one := range strategy.Outcomes {
			had[one.Outcome] = true
		}
	}
	var list []release.Outcome
	for _, outcome := range []release.Outcome{release.Promoted, release.RolledBack, release.Aborted, release.Refused, release.FailedDirty} {
		if had[outcome] {
			list = append(list, outcome)
		}
	}
	return list
}

// TraceTable has a row for each period of the traced release, and the reason of each verdict that is not to continue.
func (r Report) TraceTable() Table {
	table := Table{Head: []string{"from", "new", "requests new/old"}}
	for _, metric := range r.Scenario.Metrics {
		table.Head = append(table.Head, MetricName(metric.Name)+" new/old")
	}
	table.Head = append(table.Head, "evidence", "proof", "verdict", "")
	for _, minute := range r.Trace.Minutes {
		row := []string{
			"+" + (release.Duration(minute.Period) * r.Period).String(),
			release.Percent(math.Round(100*minute.Weight)/100) + "%",
			plain(minute.Canary.Requests) + "/" + plain(minute.Stable.Requests),
		}
		for _, metric := range r.Scenario.Metrics {
			row = append(row, plain(minute.Canary.Bad[metric.Name])+"/"+plain(minute.Stable.Bad[metric.Name]))
		}
		table.Rows = append(table.Rows, append(row, verdictCells(minute.Verdict)...))
	}
	return table
}

// verdictCells are the evidence, the proof, the decision and its reason.
func verdictCells(verdict *release.Verdict) []string {
	cells := make([]string, 4)
	if verdict == nil {
		return cells
	}
	cells[2] = string(verdict.Decision)
	if verdict.Decision != release.Continue {
		cells[3] = verdict.Reason
	}
	if evidence := verdict.Evidence; evidence != nil {
		cells[0] = oddsText(evidence.Log) + " of " + oddsText(evidence.LogThreshold)
		if evidence.LogPromotion != nil {
			cells[1] = oddsText(*evidence.LogPromotion) + " of " + oddsText(evidence.LogPromotionThreshold)
		}
	}
	return cells
}

// ComparisonTable has a row for each policy. Intervals are in brackets.
func (r Report) ComparisonTable() Table {
	table := Table{Head: []string{"policy", "rolled back", "promoted", "bad requests: median", "95th percentile", "mean", "minutes to rollback", "to promotion"}}
	for _, row := range r.Comparison.Rows {
		table.Rows = append(table.Rows, []string{
			row.Policy, intervalText(row.RolledBack), intervalText(row.Promoted),
			plain(row.Exposure.Median.Value), plain(row.Exposure.P95.Value), figureText(row.Exposure.Mean),
			medianText(row.MinutesToRollback), medianText(row.MinutesToPromotion),
		})
	}
	return table
}

func medianText(spread *compare.Spread) string {
	if spread == nil {
		return "never"
	}
	return plain(spread.Median.Value)
}

// Upper is the table with its head in capitals, as tables in a terminal have it.
func (t Table) Upper() Table {
	head := make([]string, len(t.Head))
	for i, name := range t.Head {
		head[i] = strings.ToUpper(name)
	}
	return Table{Head: head, Rows: t.Rows}
}
