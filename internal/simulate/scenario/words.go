package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// period is the length of the scenario's periods.
func (s Scenario) period() time.Duration {
	if s.PeriodSeconds == 0 {
		return time.Minute
	}
	return time.Duration(s.PeriodSeconds * float64(time.Second))
}

// percent reads "0.5%" or "+2%" as a share, 0–1.
func percent(text string) (float64, error) {
	number, ok := strings.CutSuffix(text, "%")
	value, err := strconv.ParseFloat(strings.TrimPrefix(number, "+"), 64)
	if !ok || err != nil || !(value >= 0 && value <= 100) {
		return 0, fmt.Errorf("%q is no share; write 0%% to 100%%, such as 0.5%%", text)
	}
	return value / 100, nil
}

// number reads a number that is not negative.
func number(text string) (float64, error) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value >= 0) || math.IsInf(value, 0) {
		return 0, fmt.Errorf("%q is no number; write one that is at least 0, such as 5", text)
	}
	return value, nil
}

// rate reads "500/1m", "500/m" or "500", which is per period, as requests a period.
func (s Scenario) rate(text string) (float64, error) {
	count, unit, per := strings.Cut(text, "/")
	value, err := number(count)
	if err != nil {
		return 0, fmt.Errorf("%q is no rate; write it as 500/1m", text)
	}
	if !per {
		return value, nil
	}
	if unit != "" && (unit[0] < '0' || unit[0] > '9') {
		unit = "1" + unit
	}
	length, err := time.ParseDuration(unit)
	if err != nil || length <= 0 {
		return 0, fmt.Errorf("%q is no rate; write it as 500/1m", text)
	}
	return value * float64(s.period()) / float64(length), nil
}

// periods reads a duration as a whole number of periods.
func (s Scenario) periods(text string) (int, error) {
	length, err := time.ParseDuration(text)
	if err != nil || length < 0 {
		return 0, fmt.Errorf("%q is no time; write how long after the first shift, such as 6m", text)
	}
	if length%s.period() != 0 {
		return 0, fmt.Errorf("%q is not a whole number of periods, which are %s long", text, s.period())
	}
	return int(length / s.period()), nil
}

// span reads "3m-6m" as its first period and the first after it.
func (s Scenario) span(text string) (from, to int, err error) {
	begins, ends, ok := strings.Cut(text, "-")
	if !ok {
		return 0, 0, fmt.Errorf("%q is no span of time; write it as 3m-6m", text)
	}
	if from, err = s.periods(begins); err != nil {
		return 0, 0, err
	}
	if to, err = s.periods(ends); err != nil {
		return 0, 0, err
	}
	if to <= from {
		return 0, 0, fmt.Errorf("%q ends before it begins", text)
	}
	return from, to, nil
}
