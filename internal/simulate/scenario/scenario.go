package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// ServerErrors is the metric that a service counts itself; see [release.ServiceMetric].
// Errors and slow requests are [world.Errors] and [world.Slow].
const ServerErrors = "serverErrors"

// A Scenario is a simulated world, and what watches it besides the judge.
type Scenario struct {
	world.Model
	// Alarm is what every alarm that the release document names watches.
	Alarm Alarm `json:"alarm"`
	// DeadAlarm makes every alarm stay OK, whatever happens.
	DeadAlarm bool `json:"deadAlarm,omitempty"`
}

// An Alarm is a CloudWatch alarm on the errors of the alias, both versions' together. It
// fires when each of so many periods in a row had more errors than the threshold; what is missing
// counts as missing.
type Alarm struct {
	// Errors is the threshold, per period.
	Errors float64 `json:"errors"`
	// Periods is how many periods in a row, at least 1.
	Periods int `json:"periods"`
}

// What a scenario has that says nothing else.
const (
	defaultRequests = 500
	defaultErrors   = 0.001
	// alarmPeriods is the number of SAM's standard alarms, whose threshold is any error:
	// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html
	alarmPeriods = 2
)

// Default is the scenario of somebody who says nothing: 500 requests a period, of which
// 0.1 % fail and 0.5 % are slow on either version, metrics that are complete after one
// period, and alarms as SAM's.
func Default() Scenario {
	return Scenario{Model: world.Steady(defaultRequests, defaultErrors, 0), Alarm: Alarm{Periods: alarmPeriods}}
}

// Healthy reports whether the canary is as good as stable.
func (s Scenario) Healthy() bool {
	return !slices.ContainsFunc(s.Metrics, func(m world.Metric) bool { return m.Add > 0 })
}

// Check returns everything that is wrong with a scenario, each with its place before a colon.
func (s Scenario) Check() error {
	return errors.Join(append([]error{s.Model.Check()}, s.check()...)...)
}

// check finds what [world.Model.Check] does not know.
func (s Scenario) check() []error {
	var found []error
	known := []string{world.Errors, world.Slow, ServerErrors}
	for i, metric := range s.Metrics {
		if metric.Name != "" && !slices.Contains(known, metric.Name) {
			found = append(found, fmt.Errorf("metrics[%d].name: is %q; a release is judged by %s", i, metric.Name, strings.Join(known, ", ")))
		}
	}
	if s.Alarm.Errors < 0 {
		found = append(found, fmt.Errorf("alarm.errors: is %v; give a number, at least 0", s.Alarm.Errors))
	}
	if s.Alarm.Periods < 1 {
		found = append(found, fmt.Errorf("alarm.periods: is %d; give how many periods in a row must have more errors, at least 1", s.Alarm.Periods))
	}
	return found
}

// metric returns the metric of that name; one that the scenario lacks is added, without bad requests.
func (s *Scenario) metric(name string) *world.Metric {
	i := slices.IndexFunc(s.Metrics, func(m world.Metric) bool { return m.Name == name })
	if i < 0 {
		i = len(s.Metrics)
		s.Metrics = append(s.Metrics, world.Metric{Name: name})
	}
	return &s.Metrics[i]
}
