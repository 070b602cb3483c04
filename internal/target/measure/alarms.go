package measure

import (
	"context"
	"fmt"
	"slices"
	"strings"
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

// A Signal names what one metric of an alarm shows of what is released, by the judge's name of the metric;
// [Requests] when it only counts requests, and empty when that cannot be told.
type Signal func(metric Metric) string

// Alarms reads the named alarms, metric and composite ones, and returns them in the order of names. One that does not exist
// has state AlarmMissing. An alarm's Metric is the one of compared that signal says it shows; an alarm over an expression
// shows the one signal that its metrics share, requests apart.
func Alarms(ctx context.Context, api AlarmsAPI, names, compared []string, signal Signal) ([]judge.Alarm, error) {
	found := map[string]judge.Alarm{}
	for chunk := range slices.Chunk(names, alarmsPerCall) {
		metric, composite, err := describeAlarms(ctx, api, chunk)
		if err != nil {
			return nil, err
		}
		for _, alarm := range metric {
			found[aws.ToString(alarm.AlarmName)] = judge.Alarm{
				Name:   aws.ToString(alarm.AlarmName),
				State:  stateOf(alarm),
				Since:  firstTime(alarm.StateTransitionedTimestamp, alarm.StateUpdatedTimestamp),
				Metric: signalOf(alarm, compared, signal),
				Reason: reasonOf(alarm.StateValue, alarm.StateReason),
			}
		}
		for _, alarm := range composite {
			found[aws.ToString(alarm.AlarmName)] = judge.Alarm{
				Name:   aws.ToString(alarm.AlarmName),
				State:  judge.AlarmState(alarm.StateValue),
				Since:  firstTime(alarm.StateTransitionedTimestamp, alarm.StateUpdatedTimestamp),
				Reason: reasonOf(alarm.StateValue, alarm.StateReason),
			}
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

// Missing is a sentence that names those of alarms that do not exist; empty when all do.
func Missing(alarms []judge.Alarm) string {
	var missing []string
	for _, alarm := range alarms {
		if alarm.State == judge.AlarmMissing {
			missing = append(missing, alarm.Name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "there are no alarms of these names in this account and Region: " + strings.Join(missing, ", ")
}

// describeAlarms reads those of names that exist: CloudWatch says nothing about the others.
func describeAlarms(ctx context.Context, api AlarmsAPI, names []string) (metric []cloudwatchtypes.MetricAlarm, composite []cloudwatchtypes.CompositeAlarm, err error) {
	input := &cloudwatch.DescribeAlarmsInput{
		AlarmNames: names,
		// Left out, this means metric alarms only.
		AlarmTypes: []cloudwatchtypes.AlarmType{cloudwatchtypes.AlarmTypeMetricAlarm, cloudwatchtypes.AlarmTypeCompositeAlarm},
		MaxRecords: aws.Int32(alarmsPerCall),
	}
	for {
		page, err := call.Do(ctx, fmt.Sprintf("cloudwatch: read %d alarms", len(names)), api.DescribeAlarms, input)
		if err != nil {
			return nil, nil, err
		}
		metric, composite = append(metric, page.MetricAlarms...), append(composite, page.CompositeAlarms...)
		if aws.ToString(page.NextToken) == "" {
			return metric, composite, nil
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

// signalOf names the metric that shows an alarm's signal per version; empty when none of those compared does.
func signalOf(alarm cloudwatchtypes.MetricAlarm, compared []string, signal Signal) string {
	signals := map[string]bool{}
	if alarm.MetricName != nil {
		signals[signal(metricOf(alarm.Namespace, alarm.MetricName, alarm.Dimensions))] = true
	}
	for _, query := range alarm.Metrics {
		if query.MetricStat == nil || query.MetricStat.Metric == nil {
			continue
		}
		metric := query.MetricStat.Metric
		signals[signal(metricOf(metric.Namespace, metric.MetricName, metric.Dimensions))] = true
	}
	delete(signals, Requests)
	for _, metric := range compared {
		if len(signals) == 1 && signals[metric] {
			return metric
		}
	}
	return ""
}

// metricOf is a metric as an alarm has it.
func metricOf(namespace, name *string, dimensions []cloudwatchtypes.Dimension) Metric {
	metric := Metric{Namespace: aws.ToString(namespace), Name: aws.ToString(name)}
	for _, dimension := range dimensions {
		metric.Dimensions = append(metric.Dimensions, By(aws.ToString(dimension.Name), aws.ToString(dimension.Value)))
	}
	return metric
}
