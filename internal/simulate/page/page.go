package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
)

//go:embed echarts/echarts.common.min.js
var library string

//go:embed page.html
var layout string

// A chart is drawn into the element of that id.
type chart struct {
	ID string `json:"id"`
	// About says what it shows, for people who can't see it.
	About  string         `json:"-"`
	Option map[string]any `json:"option"`
}

// A section is a part of the page.
type section struct {
	Title  string
	Text   []string
	Charts []chart
	Table  *report.Table
}

// Write writes the page.
func Write(w io.Writer, r report.Report) error {
	parsed, err := template.New("page").Parse(layout)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	sections := sectionsOf(r)
	var charts []chart
	for _, one := range sections {
		charts = append(charts, one.Charts...)
	}
	err = parsed.Execute(w, map[string]any{
		"Report": r, "Sections": sections, "Charts": charts, "Library": template.JS(library),
	})
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// sectionsOf are the parts of the page that a report has something for.
func sectionsOf(r report.Report) []section {
	watched := (release.Duration(r.Watched) * r.Period).String()
	var list []section
	if r.Trace != nil {
		flight, table := r.Trace.Flight, r.TraceTable()
		list = append(list, section{
			Title: "One release, period by period",
			Text: []string{
				fmt.Sprintf("%s: %s", flight.Outcome, flight.Reason),
				fmt.Sprintf("The new version served %v bad requests within %s.", flight.Exposure, watched),
			},
			Charts: traceCharts(r), Table: &table,
		})
	}
	if len(r.Strategies) > 0 {
		table := r.StrategyTable()
		one := section{
			Title:  fmt.Sprintf("%d releases", r.Releases),
			Text:   []string{"In brackets: 95 % intervals. Bad requests are the new version's, of the metric in which it is worse."},
			Charts: []chart{outcomeChart(r), exposureChart(r)}, Table: &table,
		}
		for _, strategy := range r.Strategies {
			one.Text = append(one.Text, strategy.Name+": "+strategy.What)
		}
		list = append(list, one)
	}
	if r.Comparison != nil {
		table := r.ComparisonTable()
		list = append(list, section{
			Title: "Beside other policies",
			Text: []string{fmt.Sprintf("%d releases of each policy, by the judge and the world alone; bad requests within %s; in brackets: 95 %% intervals.",
				r.Comparison.Releases, watched)},
			Charts: []chart{comparisonChart(r)}, Table: &table,
		})
	}
	return list
}
