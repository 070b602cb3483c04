package compare

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// CSV writes what has been flown so far, one line for each policy in each cell, in the order of the flights.
func (s *Survey) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{
		"cell", "policy", "releases", "rolled_back", "rolled_back_low", "rolled_back_high", "promoted", "promoted_low", "promoted_high",
		"bad_mean", "bad_mean_low", "bad_mean_high", "bad_median", "bad_median_low", "bad_median_high", "bad_p95", "bad_p95_low", "bad_p95_high",
		"rollback_minutes_median", "rollback_minutes_p95", "promotion_minutes_median", "promotion_minutes_p95",
	}}
	for _, key := range s.order {
		rows = append(rows, s.flown[key].line())
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

func (r flown) line() []string {
	line := []string{r.cell, r.policy, strconv.Itoa(r.Releases)}
	number := func(values ...float64) {
		for _, value := range values {
			line = append(line, strconv.FormatFloat(value, 'g', 5, 64))
		}
	}
	number(r.RolledBack.Value, r.RolledBack.Low, r.RolledBack.High, r.Promoted.Value, r.Promoted.Low, r.Promoted.High)
	for _, figure := range []Figure{r.Exposure.Mean, r.Exposure.Median, r.Exposure.P95} {
		number(figure.Value, figure.Low, figure.High)
	}
	for _, spread := range []*Spread{r.MinutesToRollback, r.MinutesToPromotion} {
		if spread == nil {
			line = append(line, "", "")
			continue
		}
		number(spread.Median.Value, spread.P95.Value)
	}
	return line
}
