package announce

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// namespace is where CloudWatch keeps the metrics.
const namespace = "Goldfinch"

// The dimensions of the metrics.
const (
	dimensionService     = "Service"
	dimensionEnvironment = "Environment"
	dimensionOutcome     = "Outcome"
	dimensionVerdict     = "Verdict"
	dimensionMetric      = "Metric"
)

// CloudWatch's units.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
const (
	unitCount   = "Count"
	unitPercent = "Percent"
	unitSeconds = "Seconds"
)

// A metric is one line in CloudWatch's embedded metric format: values of one
// moment that have the same dimensions.
type metric struct {
	at     time.Time
	values []value
	// dimensions are all that the sets name.
	dimensions map[string]string
	// sets are the sets of dimensions under which each value is kept; an empty one is the value without dimensions.
	sets [][]string
	// about are members of the line by which a person finds it in the log.
	about map[string]any
}

type value struct {
	name, unit string
	amount     float64
}

// lineMetrics are what an entry of a timeline counts.
func lineMetrics(line ledger.Line) []metric {
	place := map[string]string{dimensionService: line.Service, dimensionEnvironment: line.Environment}
	about := map[string]any{"release": line.Release, "sequence": line.Sequence}
	switch {
	case line.Kind == ledger.EntryOutcome:
		all := []metric{counted(line.At, place, about, "Releases", dimensionOutcome, string(line.Outcome))}
		if !line.GoingBackSince.IsZero() && (line.Outcome == release.RolledBack || line.Outcome == release.Aborted) {
			took := value{"SecondsToRollback", unitSeconds, max(line.At.Sub(line.GoingBackSince), 0).Seconds()}
			all = append(all, metric{line.At, []value{took}, place, [][]string{placed(), {}}, about})
		}
		return all
	case line.Kind == ledger.EntryVerdict && line.Verdict != nil:
		all := []metric{counted(line.At, place, about, "Verdicts", dimensionVerdict, string(line.Verdict.Decision))}
		for _, finding := range line.Verdict.Findings {
			if shares := badShares(finding); shares != nil {
				all = append(all, metric{line.At, shares, with(place, dimensionMetric, finding.Metric), [][]string{placed(dimensionMetric)}, about})
			}
		}
		return all
	case line.Kind == ledger.EntrySplitSeen && line.Split != nil:
		return []metric{{line.At, []value{{"CanaryWeight", unitPercent, line.Split.Weight}}, place, [][]string{placed()}, about}}
	default:
		return nil
	}
}

// evaluationMetrics are what an evaluation counts.
func evaluationMetrics(of ledger.Evaluation) []metric {
	place := map[string]string{dimensionService: of.Service, dimensionEnvironment: of.Environment}
	about := map[string]any{"scheduledAt": of.ScheduledAt, "version": of.Version}
	return []metric{counted(of.At, place, about, "Evaluations", dimensionVerdict, string(of.Verdict.Decision))}
}

// counted is one more of something, in its place and everywhere.
func counted(at time.Time, place map[string]string, about map[string]any, name, dimension, of string) metric {
	return metric{at, []value{{name, unitCount, 1}}, with(place, dimension, of), [][]string{placed(dimension), {dimension}}, about}
}

// badShares are the shares of bad requests of those versions that had requests.
// A finding about an alarm has none of its own.
func badShares(finding release.Finding) []value {
	if !slices.Contains([]string{judge.MetricErrors, judge.MetricLatency, judge.MetricServerErrors}, finding.Metric) {
		return nil
	}
	var shares []value
	if finding.CanarySamples > 0 {
		shares = append(shares, value{"CanaryBadShare", unitPercent, finding.Canary * 100})
	}
	if finding.StableSamples > 0 {
		shares = append(shares, value{"StableBadShare", unitPercent, finding.Stable * 100})
	}
	return shares
}

// placed is a set of dimensions that tells services apart, and more.
func placed(more ...string) []string {
	return append([]string{dimensionService, dimensionEnvironment}, more...)
}

func with(place map[string]string, dimension, of string) map[string]string {
	dimensions := maps.Clone(place)
	dimensions[dimension] = of
	return dimensions
}

// write prints the metrics of what has been announced. An error of the log is the function's own, so the
// batch comes again.
func (h *Handler) write(announced []announcement) error {
	for _, one := range announced {
		for _, metric := range one.metrics {
			line, err := metric.line()
			if err != nil {
				return err
			}
			if _, err := h.options.Metrics.Write(line); err != nil {
				return fmt.Errorf("write a metric: %w", err)
			}
		}
	}
	return nil
}

// line is the metric in the embedded metric format, with a line's end.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func (m metric) line() ([]byte, error) {
	type definition struct{ Name, Unit string }
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []definition
	}
	type metadata struct {
		Timestamp         int64
		CloudWatchMetrics []directive
	}
	members := maps.Clone(m.about)
	described := directive{Namespace: namespace, Dimensions: m.sets}
	for _, value := range m.values {
		described.Metrics = append(described.Metrics, definition{value.name, value.unit})
		members[value.name] = value.amount
	}
	for name, of := range m.dimensions {
		members[name] = of
	}
	members["_aws"] = metadata{Timestamp: m.at.UnixMilli(), CloudWatchMetrics: []directive{described}}
	line, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("write a metric: %w", err)
	}
	return append(line, '\n'), nil
}
