package cloudwatch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// extraDatapoints is how many data points beyond EvaluationPeriods are looked
// at, so that real ones can stand in for missing ones. CloudWatch does not say
// its number; the examples in its guide have two.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
const extraDatapoints = 2

// An observation is one period of an alarm's evaluation range that has a data point.
type observation struct {
	sample
	// age is its place in the range: 1 for the newest period.
	age       int
	breaching bool
}

// A decision is what an evaluation found; a zero value means that the alarm keeps its state.
type decision struct {
	value  types.StateValue
	reason string
	data   string
}

// evaluate judges the periods that have ended by now.
func (m *metricAlarm) evaluate(metrics *registry, now time.Time) (decision, error) {
	end := floor(now.Unix(), m.period)
	start := end - int64(m.periods+extraDatapoints)*m.period
	r, err := m.plan.evaluation(metrics, time.Unix(start, 0), time.Unix(end, 0)).result(m.watched)
	if err != nil {
		return decision{}, err
	}
	if m.ignoreFew && r.samples < m.samplesNeeded() {
		return decision{}, nil
	}
	var observed []observation // newest first
	for _, p := range slices.Backward(r.points) {
		observed = append(observed, observation{
			sample:    p,
			age:       int((end - p.start) / m.period),
			breaching: m.breaches(p.value, m.threshold),
		})
	}
	observed = observed[:min(len(observed), m.periods)]
	value, missing := m.judge(observed)
	if value == "" {
		return decision{}, nil
	}
	return decision{value: value, reason: m.reason(value, observed, missing), data: m.reasonData(observed, now)}, nil
}

// judge is CloudWatch's rule for real and missing data points: as many of the
// newest real ones as there are EvaluationPeriods count, wherever they lie in the range; only when
// there are fewer is the rest filled in as TreatMissingData says. It returns
// no value when the alarm keeps its state, and how many data points were filled in.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func (m *metricAlarm) judge(observed []observation) (value types.StateValue, missing int) {
	breaching, oldestBreach := 0, 0
	for _, o := range observed {
		if o.breaching {
			breaching++
			oldestBreach = o.age
		}
	}
	missing = m.periods - len(observed)
	if missing > 0 && m.treat == treatBreaching {
		breaching += missing
	}
	switch {
	case breaching >= m.datapoints:
		return types.StateValueAlarm, missing
	case missing == 0 || m.treat == treatBreaching || m.treat == treatNotBreaching:
		return types.StateValueOk, missing
	case breaching < len(observed):
		// A healthy data point outweighs the missing ones.
		return types.StateValueOk, missing
	case m.treat == treatIgnore:
		return "", missing
	case oldestBreach >= m.datapoints:
		// All that there is breaches, and has had the time to be followed by something better.
		return types.StateValueAlarm, missing
	default:
		return types.StateValueInsufficientData, missing
	}
}

// samplesNeeded is below how many values a percentile is not believed.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
func (m *metricAlarm) samplesNeeded() float64 {
	s := m.plan.queries[m.watched].statistic
	switch {
	case !s.percentile || s.percent <= 0 || s.percent >= 100:
		return 0
	case s.percent >= 50:
		return 1000 / (100 - s.percent)
	default:
		return 1000 / s.percent
	}
}

// reason says a decision in CloudWatch's words.
func (m *metricAlarm) reason(value types.StateValue, observed []observation, missing int) string {
	if value == types.StateValueInsufficientData {
		return fmt.Sprintf("Insufficient Data: %s unknown.", counted(missing, "datapoint was", "datapoints were"))
	}
	treated := ""
	if missing > 0 && (m.treat == treatBreaching || m.treat == treatNotBreaching) {
		treated = fmt.Sprintf("%s treated as [%s]", counted(missing, "missing datapoint was", "missing datapoints were"),
			strings.ToUpper(m.treat[:1])+m.treat[1:])
	}
	if len(observed) == 0 {
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s.", counted(m.periods, "period", "periods"), treated)
	}
	alarming := value == types.StateValueAlarm
	var values []string
	for _, o := range observed {
		if o.breaching == alarming {
			values = append(values, fmt.Sprintf("%s (%s)", number(o.value), time.Unix(o.start, 0).UTC().Format("02/01/06 15:04:05")))
		}
	}
	not, transition := "", fmt.Sprintf("minimum %s for OK -> ALARM transition", counted(m.datapoints, "datapoint", "datapoints"))
	if !alarming {
		not, transition = "not ", fmt.Sprintf("minimum %s for ALARM -> OK transition", counted(m.periods-m.datapoints+1, "datapoint", "datapoints"))
	}
	verb := "were"
	if len(values) == 1 {
		verb = "was"
	}
	text := fmt.Sprintf("Threshold Crossed: %d out of the last %s [%s] %s %s%s the threshold (%s) (%s).",
		len(values), counted(len(observed), "datapoint", "datapoints"), strings.Join(values, ", "), verb, not, m.comparison, number(m.threshold), transition)
	if treated != "" {
		text += " " + strings.ToUpper(treated[:1]) + treated[1:] + "."
	}
	return text
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// number writes a number as CloudWatch does, always with a decimal point.
func number(value float64) string {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// reasonData is the machine's version of a reason.
func (m *metricAlarm) reasonData(observed []observation, now time.Time) string {
	type evaluated struct {
		Timestamp eventbridge.Timestamp `json:"timestamp"`
		Value     float64               `json:"value"`
	}
	data := struct {
		Version             string                `json:"version"`
		QueryDate           eventbridge.Timestamp `json:"queryDate"`
		Period              int64                 `json:"period"`
		RecentDatapoints    []float64             `json:"recentDatapoints"`
		Threshold           float64               `json:"threshold"`
		EvaluatedDatapoints []evaluated           `json:"evaluatedDatapoints"`
	}{
		Version: "1.0", QueryDate: eventbridge.Timestamp(now), Period: m.period,
		RecentDatapoints: []float64{}, Threshold: m.threshold, EvaluatedDatapoints: []evaluated{},
	}
	for _, o := range observed {
		data.EvaluatedDatapoints = append(data.EvaluatedDatapoints, evaluated{eventbridge.Timestamp(time.Unix(o.start, 0)), o.value})
		data.RecentDatapoints = slices.Insert(data.RecentDatapoints, 0, o.value)
	}
	return asJSON(data)
}

// asJSON marshals what has only strings and finite numbers, which cannot fail.
func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("cloudwatch: reason data that is not JSON: %v", err))
	}
	return string(text)
}
