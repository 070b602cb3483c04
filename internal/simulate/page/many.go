package page

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
)

// barChart is an empty chart of bars.
func barChart(title string, x opts.XAxis, y opts.YAxis) *charts.Bar {
	bar := charts.NewBar()
	bar.SetGlobalOptions(
		charts.WithTitleOpts(opts.Title{Title: title, Left: "0"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Top: "34"}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithGridOpts(opts.Grid{Top: "80", Left: "70", Right: "30", Bottom: "50", ContainLabel: opts.Bool(false)}),
		charts.WithXAxisOpts(x), charts.WithYAxisOpts(y), charts.WithAnimation(false),
	)
	return bar
}

// outcomeChart shows which share of each strategy's releases ended how.
func outcomeChart(r report.Report) chart {
	outcomes := []release.Outcome{release.Promoted, release.RolledBack, release.Aborted, release.Refused, release.FailedDirty}
	bar := barChart("Outcomes (% of releases)", opts.XAxis{}, opts.YAxis{Min: 0, Max: 100})
	labels := make([]string, len(outcomes))
	for i, outcome := range outcomes {
		labels[i] = string(outcome)
	}
	bar.SetXAxis(labels)
	for s, strategy := range r.Strategies {
		data := make([]opts.BarData, len(outcomes))
		for i, outcome := range outcomes {
			data[i].Value = 0
			for _, one := range strategy.Outcomes {
				if one.Outcome == outcome {
					data[i].Value = round(100 * one.Share.Value)
				}
			}
		}
		bar.AddSeries(strategy.Name, data, colored([]string{newColor, oldColor}[s%2]))
	}
	return finished(bar, "outcomes", "how the releases of each strategy ended")
}

// exposureChart shows how many bad requests the releases of the first strategy served.
func exposureChart(r report.Report) chart {
	strategy := r.Strategies[0]
	watched := release.Duration(r.Watched) * r.Period
	bar := barChart("Bad requests served by the new version within "+watched.String()+" (number of releases)",
		opts.XAxis{Name: "bad requests", NameLocation: "middle", NameGap: 28}, opts.YAxis{Min: 0})
	labels, data := make([]string, len(strategy.Histogram)), make([]opts.BarData, len(strategy.Histogram))
	for i, bin := range strategy.Histogram {
		labels[i] = fmt.Sprint(bin.From)
		if bin.To > bin.From+1 {
			labels[i] = fmt.Sprintf("%v–%v", bin.From, bin.To-1)
		}
		data[i].Value = bin.Count
	}
	bar.SetXAxis(labels)
	bar.AddSeries(strategy.Name, data, colored(newColor))
	return finished(bar, "exposure", "how many releases served how many bad requests")
}

// comparisonChart shows what users suffer from each policy.
func comparisonChart(r report.Report) chart {
	bar := barChart("Bad requests served by the new version (median and 95th percentile)", opts.XAxis{AxisLabel: &opts.AxisLabel{Rotate: 30, Interval: "0"}}, opts.YAxis{Min: 0})
	var labels []string
	var median, p95 []opts.BarData
	for _, row := range r.Comparison.Rows {
		labels = append(labels, row.Policy)
		median = append(median, opts.BarData{Value: row.Exposure.Median.Value})
		p95 = append(p95, opts.BarData{Value: row.Exposure.P95.Value})
	}
	bar.SetXAxis(labels)
	bar.AddSeries("median", median, colored(newColor))
	bar.AddSeries("95th percentile", p95, colored(oldColor))
	bar.GridList[0].Bottom = "120"
	return finished(bar, "comparison", "bad requests of each policy")
}
