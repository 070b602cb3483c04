package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
)

// TraceCSV writes a trace, one line a period. Evidence is as its natural logarithm, the weight in percent.
func (r Report) TraceCSV(w io.Writer) error {
	head := []string{"period", "weight", "canary_requests", "stable_requests"}
	for _, metric := range r.Scenario.Metrics {
		head = append(head, "canary_"+metric.Name, "stable_"+metric.Name)
	}
	rows := [][]string{append(head, "log_evidence", "log_threshold", "log_promotion", "log_promotion_threshold", "verdict", "reason")}
	for _, minute := range r.Trace.Minutes {
		line := []string{strconv.Itoa(minute.Period), number(minute.Weight), number(minute.Canary.Requests), number(minute.Stable.Requests)}
		for _, metric := range r.Scenario.Metrics {
			line = append(line, number(minute.Canary.Bad[metric.Name]), number(minute.Stable.Bad[metric.Name]))
		}
		rows = append(rows, slices.Concat(line, judged(minute.Verdict)))
	}
	return writeCSV(w, rows)
}

// judged are the columns of a verdict.
func judged(verdict *release.Verdict) []string {
	columns := make([]string, 6)
	if verdict == nil {
		return columns
	}
	columns[4], columns[5] = string(verdict.Decision), verdict.Reason
	if evidence := verdict.Evidence; evidence != nil {
		columns[0], columns[1] = number(evidence.Log), number(evidence.LogThreshold)
		if evidence.LogPromotion != nil {
			columns[2], columns[3] = number(*evidence.LogPromotion), number(evidence.LogPromotionThreshold)
		}
	}
	return columns
}

// FlightsCSV writes flights, one line a release. Times are in periods, and absent where there was none.
func FlightsCSV(w io.Writer, flights []rehearsal.Flight) error {
	rows := [][]string{{"release", "outcome", "bad_requests", "bad_requests_to_end", "canary_requests", "rolled_back_at", "promoted_at", "ended_at", "verdicts", "reason"}}
	for _, f := range flights {
		rows = append(rows, []string{
			strconv.Itoa(f.Number), string(f.Outcome), number(f.Exposure), number(f.ExposureToEnd), number(f.Requests),
			when(f.RolledBackAt), when(f.PromotedAt), when(f.EndedAt), strconv.Itoa(f.Verdicts), f.Reason,
		})
	}
	return writeCSV(w, rows)
}

// ComparisonCSV writes the comparison, one line a policy.
func (r Report) ComparisonCSV(w io.Writer) error {
	rows := [][]string{{
		"policy", "rolled_back", "rolled_back_low", "rolled_back_high", "promoted", "bad_median", "bad_p95", "bad_mean", "rollback_minutes_median", "promotion_minutes_median",
	}}
	for _, row := range r.Comparison.Rows {
		line := []string{row.Policy, number(row.RolledBack.Value), number(row.RolledBack.Low), number(row.RolledBack.High), number(row.Promoted.Value),
			number(row.Exposure.Median.Value), number(row.Exposure.P95.Value), number(row.Exposure.Mean.Value), "", ""}
		if row.MinutesToRollback != nil {
			line[8] = number(row.MinutesToRollback.Median.Value)
		}
		if row.MinutesToPromotion != nil {
			line[9] = number(row.MinutesToPromotion.Median.Value)
		}
		rows = append(rows, line)
	}
	return writeCSV(w, rows)
}

func writeCSV(w io.Writer, rows [][]string) error {
	if err := csv.NewWriter(w).WriteAll(rows); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// number writes a number with up to six digits.
func number(value float64) string {
	if value == math.Trunc(value) {
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return strconv.FormatFloat(value, 'g', 6, 64)
}

// when writes a time that may never have come.
func when(at float64) string {
	if at == 0 {
		return ""
	}
	return number(at)
}
