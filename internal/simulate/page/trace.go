package page

import (
	"fmt"
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
)

// Evidence is drawn between these: nobody needs to tell more or less apart.
const (
	leastEvidence = 0.01
	mostEvidence  = 1e6
)

// Colors that can be told apart on white and on dark ground.
const (
	newColor     = "#3b82f6"
	oldColor     = "#d97706"
	badColor     = "#ef4444"
	goodColor    = "#16a34a"
	verdictColor = "#8b5cf6"
)

// colored gives a series its color.
func colored(color string) charts.SeriesOpts {
	return charts.WithItemStyleOpts(opts.ItemStyle{Color: color})
}

// nothing is a point that is not drawn.
const nothing = "-"

// traceCharts show one release: the split, the rates and the evidence.
func traceCharts(r report.Report) []chart {
	list := []chart{splitChart(r)}
	for i, metric := range r.Scenario.Metrics {
		list = append(list, ratesChart(r, metric.Name, fmt.Sprint("rates", i)))
	}
	return append(list, evidenceChart(r))
}

// times are the beginnings of the periods, as labels of an axis.
func times(r report.Report) []string {
	labels := make([]string, len(r.Trace.Minutes))
	for i, minute := range r.Trace.Minutes {
		labels[i] = "+" + (release.Duration(minute.Period) * r.Period).String()
	}
	return labels
}

// lineChart is an empty chart over the time since the first shift.
func lineChart(r report.Report, title string, y opts.YAxis) *charts.Line {
	line := charts.NewLine()
	line.SetGlobalOptions(
		charts.WithTitleOpts(opts.Title{Title: title, Left: "0"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Top: "34"}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithGridOpts(opts.Grid{Top: "80", Left: "70", Right: "30", Bottom: "50"}),
		charts.WithXAxisOpts(opts.XAxis{Name: "time since the first shift", NameLocation: "middle", NameGap: 28}),
		charts.WithYAxisOpts(y),
		charts.WithAnimation(false),
	)
	line.SetXAxis(times(r))
	return line
}

// series are the values of a line, one a period.
func series(r report.Report, value func(rehearsal.Minute) any) []opts.LineData {
	data := make([]opts.LineData, len(r.Trace.Minutes))
	for i, minute := range r.Trace.Minutes {
		data[i].Value = value(minute)
	}
	return data
}

func splitChart(r report.Report) chart {
	line := lineChart(r, "Traffic of the new version (%)", opts.YAxis{Min: 0, Max: 100})
	line.AddSeries("new version", series(r, func(m rehearsal.Minute) any { return round(m.Weight) }),
		charts.WithLineChartOpts(opts.LineChart{Step: "middle", ShowSymbol: opts.Bool(false)}), colored(newColor), charts.WithAreaStyleOpts(opts.AreaStyle{Opacity: opts.Float(0.25)}))
	return finished(line, "split", "the share of traffic that the new version has over time")
}

// ratesChart shows which share of either version's requests was bad in each period.
func ratesChart(r report.Report, metric, id string) chart {
	line := lineChart(r, "Share of bad requests: "+report.MetricName(metric)+" (% of each version's)", opts.YAxis{Min: 0})
	rate := func(of func(rehearsal.Minute) rehearsal.Traffic) []opts.LineData {
		return series(r, func(m rehearsal.Minute) any {
			traffic := of(m)
			if traffic.Requests == 0 {
				return nothing
			}
			return round(100 * traffic.Bad[metric] / traffic.Requests)
		})
	}
	symbols := charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(true)})
	line.AddSeries("new version", rate(func(m rehearsal.Minute) rehearsal.Traffic { return m.Canary }), symbols, colored(newColor))
	line.AddSeries("old version", rate(func(m rehearsal.Minute) rehearsal.Traffic { return m.Stable }), symbols, colored(oldColor))
	return finished(line, id, "the share of bad requests of both versions over time: "+report.MetricName(metric))
}

// evidenceChart shows what speaks against and for the new version, with what is enough, and the verdicts.
func evidenceChart(r report.Report) chart {
	line := lineChart(r, "Evidence (odds, logarithmic; drawn from 0.01 to a million)", opts.YAxis{Type: "log", Min: leastEvidence, Max: mostEvidence})
	odds := func(log func(*release.Evidence) (float64, bool)) []opts.LineData {
		return series(r, func(m rehearsal.Minute) any {
			if m.Verdict == nil || m.Verdict.Evidence == nil {
				return nothing
			}
			value, ok := log(m.Verdict.Evidence)
			if !ok {
				return nothing
			}
			return drawn(value)
		})
	}
	against := func(e *release.Evidence) (float64, bool) { return e.Log, true }
	enough := func(e *release.Evidence) (float64, bool) { return e.LogThreshold, true }
	proof := func(e *release.Evidence) (float64, bool) {
		if e.LogPromotion == nil {
			return 0, false
		}
		return *e.LogPromotion, true
	}
	proven := func(e *release.Evidence) (float64, bool) { return e.LogPromotionThreshold, e.LogPromotion != nil }
	solid, none := charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(true)}), charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(false)})
	dashed := charts.WithLineStyleOpts(opts.LineStyle{Type: "dashed", Width: 1.5})
	line.AddSeries("against the new version", odds(against), solid, colored(badColor))
	line.AddSeries("enough to go back", odds(enough), none, dashed, colored(badColor))
	line.AddSeries("for the new version", odds(proof), solid, colored(goodColor))
	line.AddSeries("enough to go on early", odds(proven), none, dashed, colored(goodColor))
	marks := charts.NewScatter()
	marks.AddSeries("verdicts", verdictMarks(r), colored(verdictColor), charts.WithLabelOpts(opts.Label{Show: opts.Bool(true), Formatter: "{b}", Position: "top"}))
	line.Overlap(marks)
	return finished(line, "evidence", "evidence against and for the new version over time, with thresholds and verdicts")
}

// verdictMarks marks each verdict that is not to continue, where the evidence stood.
func verdictMarks(r report.Report) []opts.ScatterData {
	data := make([]opts.ScatterData, len(r.Trace.Minutes))
	for i, minute := range r.Trace.Minutes {
		verdict := minute.Verdict
		if verdict == nil || verdict.Decision == release.Continue {
			data[i].Value = nothing
			continue
		}
		at := float64(leastEvidence)
		if verdict.Evidence != nil {
			at = drawn(verdict.Evidence.Log)
		}
		data[i] = opts.ScatterData{Name: string(verdict.Decision), Value: at, Symbol: "diamond", SymbolSize: 14}
	}
	return data
}

// drawn is evidence where it is drawn.
func drawn(log float64) float64 {
	return min(max(math.Exp(log), leastEvidence), mostEvidence)
}

// round leaves four digits after the point.
func round(value float64) float64 { return math.Round(value*1e4) / 1e4 }

// finished is a chart's options, ready to be drawn.
func finished(made interface {
	Validate()
	JSON() map[string]any
}, id, about string) chart {
	made.Validate()
	option := made.JSON()
	// The theme decides the colors, so that they can be told apart on either ground.
	delete(option, "color")
	return chart{ID: id, About: about, Option: option}
}
