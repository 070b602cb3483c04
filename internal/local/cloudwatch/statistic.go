package cloudwatch

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// A statistic makes one number of a period's values, which it leaves as they are; ok is false when they don't tell.
type statistic struct {
	compute func(*distribution) (value float64, ok bool)
	// percentile: it is one, and percent, 0–100, says which.
	percentile bool
	percent    float64
}

// simpleStatistics need no more than a summary.
var simpleStatistics = map[string]func(*distribution) float64{
	"SampleCount": func(d *distribution) float64 { return d.count },
	"Sum":         func(d *distribution) float64 { return d.sum },
	"Average":     func(d *distribution) float64 { return d.sum / d.count },
	"Minimum":     func(d *distribution) float64 { return d.min },
	"Maximum":     func(d *distribution) float64 { return d.max },
}

var (
	percentileForm = regexp.MustCompile(`^(p|tm|tc|ts)(\d{1,2}(?:\.\d{1,10})?|100)$`)
	rangeForm      = regexp.MustCompile(`^(TM|TC|TS|PR)\((-?[\d.]+)?(%)?:(-?[\d.]+)?(%)?\)$`)
)

// parseStatistic reads a statistic as the API names it: the five simple ones,
// pNN, and the trimmed ones tmNN, tcNN, tsNN, TM(), TC(), TS(), PR() and IQM.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
func parseStatistic(text string) (statistic, error) {
	if simple, ok := simpleStatistics[text]; ok {
		return statistic{compute: func(d *distribution) (float64, bool) { return simple(d), d.count > 0 }}, nil
	}
	if text == "IQM" {
		return trimmed("TM", interval{lower: 0.25, upper: 0.75, ofRank: true}), nil
	}
	if form := percentileForm.FindStringSubmatch(text); form != nil {
		percent, err := strconv.ParseFloat(form[2], 64)
		if err != nil {
			return statistic{}, err
		}
		if form[1] == "p" {
			return percentile(percent), nil
		}
		return trimmed(map[string]string{"tm": "TM", "tc": "TC", "ts": "TS"}[form[1]], interval{upper: percent / 100, ofRank: true}), nil
	}
	if form := rangeForm.FindStringSubmatch(text); form != nil {
		bounds, err := parseInterval(form[2], form[3], form[4], form[5])
		if err == nil && form[1] == "PR" && bounds.ofRank {
			err = fmt.Errorf("PR takes values, not percentages")
		}
		if err != nil {
			return statistic{}, fmt.Errorf("statistic %q: %w", text, err)
		}
		return trimmed(form[1], bounds), nil
	}
	return statistic{}, fmt.Errorf("statistic %q is not one that the local CloudWatch has", text)
}

// percentile is the smallest value that at least this many percent of the values do not exceed.
func percentile(percent float64) statistic {
	return statistic{percentile: true, percent: percent, compute: func(d *distribution) (float64, bool) {
		if d.opaque || d.count == 0 {
			return 0, false
		}
		seen := 0.0
		for _, v := range inValueOrder(d.values) {
			if seen += v.count; seen >= percent*d.count/100 {
				return v.value, true
			}
		}
		return d.max, true
	}}
}

// An interval keeps the values above lower and up to upper: values themselves,
// or ranks as shares of all values in their order.
type interval struct {
	lower, upper float64
	ofRank       bool
}

// parseInterval reads the bounds; an empty one is open, and both are either percentages or values.
func parseInterval(lower, lowerPercent, upper, upperPercent string) (interval, error) {
	if lower == "" && upper == "" {
		return interval{}, fmt.Errorf("at least one bound is needed")
	}
	if lower != "" && upper != "" && lowerPercent != upperPercent {
		return interval{}, fmt.Errorf("both bounds must be percentages, or neither")
	}
	i := interval{lower: math.Inf(-1), upper: math.Inf(1), ofRank: lowerPercent+upperPercent != ""}
	if i.ofRank {
		i.lower, i.upper = 0, 1
	}
	scale := 1.0
	if i.ofRank {
		scale = 100
	}
	for _, bound := range []struct {
		text string
		into *float64
	}{{lower, &i.lower}, {upper, &i.upper}} {
		if bound.text == "" {
			continue
		}
		value, err := strconv.ParseFloat(bound.text, 64)
		if err != nil {
			return interval{}, fmt.Errorf("bound %q is not a number", bound.text)
		}
		*bound.into = value / scale
	}
	if i.ofRank && (i.lower < 0 || i.upper > 1) {
		return interval{}, fmt.Errorf("a percentage is 0 to 100")
	}
	if i.lower >= i.upper {
		return interval{}, fmt.Errorf("the lower bound must be below the upper one")
	}
	return i, nil
}

// trimmed looks only at the values within an interval: their mean (TM), their
// count (TC), their sum (TS), or which percent of all they are (PR).
func trimmed(kind string, within interval) statistic {
	return statistic{compute: func(d *distribution) (float64, bool) {
		if d.opaque || d.count == 0 {
			return 0, false
		}
		count, sum := within.keep(d)
		switch kind {
		case "TC":
			return count, true
		case "TS":
			return sum, true
		case "PR":
			return 100 * count / d.count, true
		default:
			return sum / count, count > 0
		}
	}}
}

// keep adds up the values within the interval. A value that is only partly
// within an interval of ranks counts partly.
func (i interval) keep(d *distribution) (count, sum float64) {
	if !i.ofRank {
		for _, v := range d.values {
			if v.value > i.lower && v.value <= i.upper {
				count += v.count
				sum += v.count * v.value
			}
		}
		return count, sum
	}
	seen := 0.0
	for _, v := range inValueOrder(d.values) {
		from, to := max(seen, i.lower*d.count), min(seen+v.count, i.upper*d.count)
		seen += v.count
		if to > from {
			count += to - from
			sum += (to - from) * v.value
		}
	}
	return count, sum
}

func isNumber(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }
