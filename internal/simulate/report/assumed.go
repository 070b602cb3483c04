package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// AssumedOf says in words what is assumed when a document, with its defaults, is released in a scenario.
func AssumedOf(document release.Document, s scenario.Scenario) []Assumption {
	w := words{period: document.Analysis.Period.Std()}
	list := []Assumption{{"traffic", w.traffic(s.Traffic)}}
	for _, metric := range s.Metrics {
		list = append(list, Assumption{MetricName(metric.Name), w.metric(metric) + w.unseen(document, metric.Name)})
	}
	delay := "complete at the end of each period"
	if s.Delay > 0 {
		delay = fmt.Sprintf("complete %s after the end of a period; the file waits %s", w.length(s.Delay), w.length(*document.Analysis.Delay))
	}
	return append(list, Assumption{"metrics", delay}, Assumption{"alarms", w.alarms(document, s)})
}

// MetricName is what people call a metric.
func MetricName(name string) string {
	switch name {
	case world.Slow:
		return "slow requests"
	case scenario.ServerErrors:
		return "server errors"
	default:
		return name
	}
}

// words speak of a world whose periods have that length.
type words struct{ period time.Duration }

// length is a number of periods as a time.
func (w words) length(periods int) string {
	return release.Duration(time.Duration(periods) * w.period).String()
}

func (w words) traffic(t world.Traffic) string {
	per := " requests every " + w.length(1)
	switch {
	case t.Daily != nil:
		return fmt.Sprintf("%s%s on average, %s more or less with the hour, most at %s:00; the release begins at %s:00",
			digits(t.Daily.Mean), per, percent(t.Daily.Amplitude), digits(t.Daily.PeakHour), digits(t.Daily.StartHour))
	case len(t.List) > 0:
		sum := 0.0
		for _, requests := range t.List {
			sum += requests
		}
		return fmt.Sprintf("%s%s on average, as %d given periods say", digits(sum/float64(len(t.List))), per, len(t.List))
	default:
		return digits(t.Constant) + per
	}
}

func (w words) metric(m world.Metric) string {
	said := []string{percent(m.Base) + " of requests on both versions"}
	if m.Add > 0 {
		add := "the canary +" + digits(100*m.Add) + " points"
		if m.Onset > 0 {
			add += " from " + w.length(m.Onset) + " after the first shift on"
		}
		if m.FromShare > 0 {
			add += " while it has at least " + percent(m.FromShare) + " of the traffic"
		}
		said = append(said, add)
	}
	for _, drift := range m.Drifts {
		said = append(said, w.drift(drift))
	}
	if m.Bursts != nil {
		burst := digits(m.Bursts.Size) + " at a time"
		if m.Bursts.Geometric {
			burst += " on average"
		}
		said = append(said, burst)
	}
	if m.Noise > 0 {
		said = append(said, "each version's share with noise of "+digits(m.Noise))
	}
	return strings.Join(said, "; ")
}

func (w words) drift(d world.Drift) string {
	switch {
	case d.Step != nil:
		return fmt.Sprintf("both ×%s from %s on", digits(d.Step.Factor), w.length(d.Step.From))
	case d.Sine != nil:
		return fmt.Sprintf("both rising and falling by %s every %s", percent(d.Sine.Amplitude), w.length(int(d.Sine.Length)))
	case d.Ramp != nil:
		return fmt.Sprintf("both rising to ×%s from %s to %s", digits(d.Ramp.Factor), w.length(d.Ramp.From), w.length(d.Ramp.From+d.Ramp.Length))
	default:
		return fmt.Sprintf("both +%s points from %s to %s", digits(100*d.Outage.Add), w.length(d.Outage.From), w.length(d.Outage.To+1))
	}
}

// unseen says that the document does not look at a metric.
func (w words) unseen(document release.Document, metric string) string {
	metrics := document.Analysis.Metrics
	seen := map[string]bool{world.Errors: metrics.Errors != nil, world.Slow: metrics.Latency != nil, scenario.ServerErrors: metrics.ServerErrors != nil}
	if seen[metric] {
		return ""
	}
	return " (the file does not compare them)"
}

func (w words) alarms(document release.Document, s scenario.Scenario) string {
	names := document.Analysis.Alarms
	switch {
	case len(names) == 0 && s.DeadAlarm:
		return "the file names none, so none is dead"
	case len(names) == 0:
		return "the file names none"
	case s.DeadAlarm:
		return strings.Join(names, ", ") + ": never firing"
	default:
		return fmt.Sprintf("%s: firing when %d periods in a row have more than %s errors of the alias", strings.Join(names, ", "), s.Alarm.Periods, digits(s.Alarm.Errors))
	}
}

// percent writes a share, 0–1.
func percent(share float64) string { return digits(100*share) + " %" }

// digits writes a number with four digits, or all before its point.
func digits(value float64) string {
	if value >= 1000 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 4, 64)
}
