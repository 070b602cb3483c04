package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// forecastText writes for people what a release would notice, risk, take and cost.
func forecastText(f planner.Forecast) string {
	var rates []string
	for _, rate := range f.Rates {
		rates = append(rates, rate.Metric+" "+rateText(rate.Bad))
	}
	return fmt.Sprintf("\non %s requests %s (in the 1,440 periods before: %s), by %s simulated releases:\n\n",
		countText(f.Requests), every(f.Period), strings.Join(rates, ", "), countText(float64(f.Releases))) +
		noticesTable(f) + "\n" + exposureTable(f) + "\n" + alternativesTable(f)
}

// noticesTable has a row for each step: the smallest regressions that it notices.
func noticesTable(f planner.Forecast) string {
	headers := []string{"STEP"}
	for _, rate := range f.Rates {
		headers = append(headers, "NOTICES "+strings.ToUpper(rate.Metric)+" FROM")
	}
	var rows [][]string
	for _, step := range f.Steps {
		row := []string{release.Percent(step.Weight) + "% for " + step.Wait.String()}
		for _, notice := range step.Notices {
			row = append(row, noticeText(notice))
		}
		rows = append(rows, row)
	}
	return tabulate(headers, rows) + "with 95% probability by the end of the step, of a version that is worse from the first shift on\n"
}

// exposureTable has a row for each size of regression: what it would cost.
func exposureTable(f planner.Forecast) string {
	row := func(name string, e planner.Exposure) []string {
		return []string{name, share(e.Noticed), countText(e.BadMean), countText(e.BadMost), timeText(e.TookBackMedian), timeText(e.TookBackMost)}
	}
	var rows [][]string
	for _, exposure := range f.Exposures {
		rows = append(rows, row(rateText(exposure.Rate), exposure))
	}
	rows = append(rows, row("worst: "+rateText(f.Worst.Rate), f.Worst))
	return tabulate([]string{strings.ToUpper(f.Worst.Metric), "NOTICED", "BAD REQUESTS", "95%", "TAKEN BACK AFTER", "95%"}, rows) +
		"until the new version is taken back or promoted; 95% of releases do not exceed what stands under 95%\n"
}

// alternativesTable has a row for each strategy.
func alternativesTable(f planner.Forecast) string {
	var rows [][]string
	for _, a := range f.Alternatives {
		var weights []string
		for _, weight := range a.Weights {
			weights = append(weights, release.Percent(weight))
		}
		rows = append(rows, []string{
			a.Strategy, shorten(weights) + "%", timeText(a.FullMedian), timeText(a.FullMost), countText(a.BadSmall), countText(a.BadTotal), noticeText(a.Notices),
		})
	}
	return tabulate([]string{"STRATEGY", "WEIGHTS", "100% AFTER", "95%", "BAD AT +2 POINTS", "AT TOTAL FAILURE", "NOTICES " + strings.ToUpper(f.Worst.Metric) + " FROM"}, rows)
}

// timeCostText says how long a good release takes, and what it costs.
func timeCostText(f planner.Forecast) string {
	return fmt.Sprintf("likely to promotion    %s; %s at the longest, unless held for more\ncost in AWS            $%.4f; $%.4f at the longest\n",
		length(f.Time.Likely.Std()), length(f.Time.Longest.Std()), f.Cost.Likely, f.Cost.Longest)
}

// shorten lists the first and the last of many.
func shorten(list []string) string {
	const most = 5
	if len(list) > most {
		list = append(append([]string{}, list[:2]...), "…", list[len(list)-1])
	}
	return strings.Join(list, ", ")
}

func noticeText(notice planner.Notice) string {
	if notice.To == nil {
		return "never"
	}
	return rateText(*notice.To)
}

// rateText writes a rate of 0–1 as percent, with two digits that count: "0.18%".
func rateText(rate float64) string { return significant(rate*100, 2) + "%" }

// countText writes an average number of requests: "0.46", "24.5", "1,200".
func countText(count float64) string {
	if count < 999.5 {
		return significant(count, 3)
	}
	text := strconv.FormatFloat(count, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// significant writes a number with that many digits that count, and without an exponent.
func significant(value float64, digits int) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', digits, 64), 64)
	if err != nil {
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

func timeText(time *release.Duration) string {
	if time == nil {
		return "never"
	}
	return length(time.Std())
}

// every says how often a period comes: "a minute", "every 30s".
func every(period release.Duration) string {
	switch period.Std() {
	case time.Minute:
		return "a minute"
	case time.Second:
		return "a second"
	default:
		return "every " + period.String()
	}
}
