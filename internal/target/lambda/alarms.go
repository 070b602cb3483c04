package lambda

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// alarmsPerCall is how many names DescribeAlarms takes, see
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
const alarmsPerCall = 100

// Alarms reads the named alarms, metric and composite ones, and returns them in
// the order of names.
func (t *Target) Alarms(ctx context.Context, names []string) ([]judge.Alarm, error) {
	found := map[string]judge.Alarm{}
	for chunk := range slices.Chunk(names, alarmsPerCall) {
		if err := t.describeAlarms(ctx, chunk, found); err != nil {
			return nil, err
		}
	}
	alarms := make([]judge.Alarm, 0, len(names))
	for _, name := range names {
		alarm, ok := found[name]
		if !ok {
			alarm = judge.Alarm{Name: name, State: judge.AlarmMissing, Reason: "there is no alarm of that name in this account and Region"}
		}
		alarms = append(alarms, alarm)
	}
	return alarms, nil
}

// describeAlarms adds to found those of names that exist: CloudWatch says
// nothing about the others.
func (t *Target) describeAlarms(ctx context.Context, names []string, found map[string]judge.Alarm) error {
	input := &cloudwatch.DescribeAlarmsInput{
		AlarmNames: names,
		// Left out, this means metric alarms only.
		AlarmTypes: []cloudwatchtypes.AlarmType{cloudwatchtypes.AlarmTypeMetricAlarm, cloudwatchtypes.AlarmTypeCompositeAlarm},
		MaxRecords: aws.Int32(alarmsPerCall),
	}
	for {
		page, err := call.Do(ctx, fmt.Sprintf("cloudwatch: read %d alarms", len(names)), t.cloudWatch.DescribeAlarms, input)
		if err != nil {
			return err
		}
		for _, alarm := range page.MetricAlarms {
			found[aws.ToString(alarm.AlarmName)] = judge.Alarm{
				Name:   aws.ToString(alarm.AlarmName),
				State:  stateOf(alarm),
				Since:  firstTime(alarm.StateTransitionedTimestamp, alarm.StateUpdatedTimestamp),
				Metric: t.signalOf(alarm),
				Reason: reasonOf(alarm.StateValue, alarm.StateReason),
			}
		}
		for _, alarm := range page.CompositeAlarms {
			found[aws.ToString(alarm.AlarmName)] = judge.Alarm{
				Name:   aws.ToString(alarm.AlarmName),
				State:  judge.AlarmState(alarm.StateValue),
				Since:  firstTime(alarm.StateTransitionedTimestamp, alarm.StateUpdatedTimestamp),
				Reason: reasonOf(alarm.StateValue, alarm.StateReason),
			}
		}
		if aws.ToString(page.NextToken) == "" {
			return nil
		}
		input.NextToken = page.NextToken
	}
}

// longestReason is how many characters of an alarm's reason are kept. CloudWatch writes up to 1,023, a
// release may have 100 alarms, and what all of them say is stored several times in items of DynamoDB, of at most 400 KB.
const longestReason = 200

// reasonOf is why an alarm fires; whoever asks about one that does not has no use for its reason.
func reasonOf(state cloudwatchtypes.StateValue, reason *string) string {
	if state != cloudwatchtypes.StateValueAlarm {
		return ""
	}
	return release.Shorten(aws.ToString(reason), longestReason)
}

// stateOf is a metric alarm's state. An EvaluationState says that CloudWatch
// could not evaluate all of it, so that its OK means nothing; ALARM is believed
// all the same, to be on the safe side.
func stateOf(alarm cloudwatchtypes.MetricAlarm) judge.AlarmState {
	if alarm.EvaluationState != "" && alarm.StateValue != cloudwatchtypes.StateValueAlarm {
		return judge.AlarmUntrusted
	}
	return judge.AlarmState(alarm.StateValue)
}

// firstTime is the first of times that is set. StateTransitionedTimestamp is when
// the state last changed; StateUpdatedTimestamp also moves without a change.
func firstTime(times ...*time.Time) time.Time {
	for _, t := range times {
		if t != nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// signalOf names the metric that shows an alarm's signal per version; empty when
// the document compares none that does. An alarm over an expression shows the one
// signal that its metrics share, requests apart.
func (t *Target) signalOf(alarm cloudwatchtypes.MetricAlarm) string {
	signals := map[string]bool{}
	if alarm.MetricName != nil {
		signals[t.signalOfMetric(aws.ToString(alarm.Namespace), *alarm.MetricName, alarm.Dimensions)] = true
	}
	for _, query := range alarm.Metrics {
		if query.MetricStat == nil || query.MetricStat.Metric == nil {
			continue
		}
		metric := query.MetricStat.Metric
		signals[t.signalOfMetric(aws.ToString(metric.Namespace), aws.ToString(metric.MetricName), metric.Dimensions)] = true
	}
	delete(signals, requests)
	for _, metric := range t.compared() {
		if len(signals) == 1 && signals[metric] {
			return metric
		}
	}
	return ""
}

// signalOfMetric names what one metric of an alarm shows of this function, as
// its alias's callers see it; empty when that cannot be told.
func (t *Target) signalOfMetric(space, name string, dimensions []cloudwatchtypes.Dimension) string {
	if service := t.serviceMetric(); service != "" && service == space+" "+name {
		return metricServerErrors
	}
	if space != namespace || !t.isOfAlias(dimensions) {
		return ""
	}
	switch name {
	case "Errors":
		return metricErrors
	case "Duration":
		return metricLatency
	case "Invocations":
		return requests
	default:
		return ""
	}
}

// serviceMetric is the namespace and name of the service's own metric; empty
// when the document has none.
func (t *Target) serviceMetric() string {
	metrics := t.document.Analysis.Metrics
	if metrics == nil || metrics.ServerErrors == nil {
		return ""
	}
	return metrics.ServerErrors.Namespace + " " + metrics.ServerErrors.Name
}

// isOfAlias reports whether dimensions select invocations of this function that
// include the alias's: of the whole function, or of the alias, but not of
// another alias.
func (t *Target) isOfAlias(dimensions []cloudwatchtypes.Dimension) bool {
	ofFunction := false
	for _, dimension := range dimensions {
		value := aws.ToString(dimension.Value)
		switch aws.ToString(dimension.Name) {
		case "FunctionName":
			ofFunction = value == t.function
		case "Resource":
			if value != t.function && value != t.function+":"+t.alias {
				return false
			}
		}
	}
	return ofFunction
}
