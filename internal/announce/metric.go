package announce

import (
	"maps"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/metric"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The dimensions of the metrics.
const (
	dimensionService     = "Service"
	dimensionEnvironment = "Environment"
	dimensionOutcome     = "Outcome"
	dimensionVerdict     = "Verdict"
	dimensionMetric      = "Metric"
	dimensionKind        = "Kind"
)

// lineMetrics are what an entry of a timeline counts.
func lineMetrics(line ledger.Line) []metric.Line {
	place := map[string]string{dimensionService: line.Service, dimensionEnvironment: line.Environment}
	about := map[string]any{"release": line.Release, "sequence": line.Sequence}
	switch {
	case line.Kind == ledger.EntryOutcome:
		all := []metric.Line{counted(line.At, place, about, "Releases", dimensionOutcome, string(line.Outcome))}
		if !line.GoingBackSince.IsZero() && (line.Outcome == release.RolledBack || line.Outcome == release.Aborted) {
			took := metric.Value{Name: "SecondsToRollback", Unit: metric.Seconds, Amount: max(line.At.Sub(line.GoingBackSince), 0).Seconds()}
			all = append(all, metric.Line{At: line.At, Values: []metric.Value{took}, Dimensions: place, Sets: [][]string{placed(), {}}, About: about})
		}
		return all
	case line.Kind == ledger.EntryVerdict && line.Verdict != nil:
		all := []metric.Line{counted(line.At, place, about, "Verdicts", dimensionVerdict, string(line.Verdict.Decision))}
		for _, finding := range line.Verdict.Findings {
			if shares := badShares(finding); shares != nil {
				dimensions := with(place, dimensionMetric, finding.Metric)
				all = append(all, metric.Line{At: line.At, Values: shares, Dimensions: dimensions, Sets: [][]string{placed(dimensionMetric)}, About: about})
			}
		}
		return all
	case line.Kind == ledger.EntrySplitSeen && line.Split != nil:
		weight := metric.Value{Name: "CanaryWeight", Unit: metric.Percent, Amount: line.Split.Weight}
		return []metric.Line{{At: line.At, Values: []metric.Value{weight}, Dimensions: place, Sets: [][]string{placed()}, About: about}}
	default:
		return nil
	}
}

// evaluationMetrics are what an evaluation counts.
func evaluationMetrics(of ledger.Evaluation) []metric.Line {
	place := map[string]string{dimensionService: of.Service, dimensionEnvironment: of.Environment}
	about := map[string]any{"scheduledAt": of.ScheduledAt, "version": of.Version}
	return []metric.Line{counted(of.At, place, about, "Evaluations", dimensionVerdict, string(of.Verdict.Decision))}
}

// driftMetrics are how many differences of each kind there were.
func driftMetrics(report ledger.DriftReport) []metric.Line {
	place := map[string]string{dimensionService: report.Service, dimensionEnvironment: report.Environment}
	found := map[string]float64{}
	for _, one := range report.Findings {
		found[one.Kind]++
	}
	var lines []metric.Line
	for _, kind := range slices.Sorted(maps.Keys(found)) {
		about := map[string]any{"version": report.Version, "reason": report.Reason}
		lines = append(lines, metric.Line{
			At: report.At, Values: []metric.Value{{Name: "Drift", Unit: metric.Count, Amount: found[kind]}},
			Dimensions: with(place, dimensionKind, kind), Sets: [][]string{placed(dimensionKind), placed(), {}}, About: about,
		})
	}
	return lines
}

// counted is one more of something, in its place and everywhere.
func counted(at time.Time, place map[string]string, about map[string]any, name, dimension, of string) metric.Line {
	return metric.Line{
		At: at, Values: []metric.Value{{Name: name, Unit: metric.Count, Amount: 1}},
		Dimensions: with(place, dimension, of), Sets: [][]string{placed(dimension), {dimension}}, About: about,
	}
}

// badShares are the shares of bad requests of those versions that had requests.
// A finding about an alarm has none of its own.
func badShares(finding release.Finding) []metric.Value {
	if !slices.Contains([]string{judge.MetricErrors, judge.MetricLatency, judge.MetricServerErrors}, finding.Metric) {
		return nil
	}
	var shares []metric.Value
	if finding.CanarySamples > 0 {
		shares = append(shares, metric.Value{Name: "CanaryBadShare", Unit: metric.Percent, Amount: finding.Canary * 100})
	}
	if finding.StableSamples > 0 {
		shares = append(shares, metric.Value{Name: "StableBadShare", Unit: metric.Percent, Amount: finding.Stable * 100})
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

// refusedMetric counts an event that the bus refused for good.
func refusedMetric(one announcement) metric.Line {
	return metric.Line{
		At: one.at, Values: []metric.Value{{Name: "AnnouncementsRefused", Unit: metric.Count, Amount: 1}}, Sets: [][]string{{}},
		About: map[string]any{"sequenceNumber": one.sequenceNumber, "detailType": one.detailType, "error": one.refused.Error()},
	}
}

// write prints the metrics of what is settled. An error of the log is the function's own, so the
// batch comes again.
func (h *Handler) write(settled []announcement) error {
	if h.options.Metrics == nil {
		return nil
	}
	for _, one := range settled {
		lines := one.metrics()
		if one.refused != nil {
			lines = append(lines, refusedMetric(one))
		}
		for _, line := range lines {
			if _, err := line.WriteTo(h.options.Metrics); err != nil {
				return err
			}
		}
	}
	return nil
}
