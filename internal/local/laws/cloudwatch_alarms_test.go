package laws_test

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

const (
	putAlarmPage  = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
	describePage  = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"
	setStatePage  = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"
	compositePage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"
)

// alarm is the name of one of the law's alarms.
func (w cloudwatchWorld) alarm(suffix string) string { return w.name + "-" + suffix }

// threshold is an alarm on more than 5 errors in ten seconds.
func (w cloudwatchWorld) threshold(suffix string) *sdk.PutMetricAlarmInput {
	return &sdk.PutMetricAlarmInput{
		AlarmName: aws.String(w.alarm(suffix)), Namespace: &w.name, MetricName: aws.String("Errors"), Dimensions: dimensions("Service", w.name),
		Statistic: types.StatisticSum, Period: aws.Int32(10), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(5),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("notBreaching"),
	}
}

func (w cloudwatchWorld) createAlarm(ctx context.Context, suffix string) {
	must(w.PutMetricAlarm(ctx, w.threshold(suffix)))
}

func (w cloudwatchWorld) createComposite(ctx context.Context, suffix, rule string) {
	must(w.PutCompositeAlarm(ctx, &sdk.PutCompositeAlarmInput{AlarmName: aws.String(w.alarm(suffix)), AlarmRule: &rule}))
}

// described is one metric alarm.
func (w cloudwatchWorld) described(ctx context.Context, suffix string) types.MetricAlarm {
	out := must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{AlarmNames: []string{w.alarm(suffix)}}))
	if len(out.MetricAlarms) != 1 {
		broke("%d metric alarms are called %s", len(out.MetricAlarms), w.alarm(suffix))
	}
	return out.MetricAlarms[0]
}

func (w cloudwatchWorld) setState(ctx context.Context, suffix string, state types.StateValue) error {
	_, err := w.SetAlarmState(ctx, &sdk.SetAlarmStateInput{
		AlarmName: aws.String(w.alarm(suffix)), StateValue: state, StateReason: aws.String("a law"), StateReasonData: aws.String(`{"why":"a law"}`),
	})
	return err
}

// alarmNames are those of an answer: of the metric alarms, and of the composite ones.
func alarmNames(out *sdk.DescribeAlarmsOutput) (metric, composite []string) {
	for _, alarm := range out.MetricAlarms {
		metric = append(metric, *alarm.AlarmName)
	}
	for _, alarm := range out.CompositeAlarms {
		composite = append(composite, *alarm.AlarmName)
	}
	slices.Sort(metric)
	slices.Sort(composite)
	return metric, composite
}

// The laws of alarms: what there is, and how it is described.
var alarmLaws = []law[cloudwatchWorld]{
	{
		name:   "an alarm is described as it was put",
		source: describePage,
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			have := w.described(ctx, "a")
			equal("alarm", []string{*have.AlarmName, *have.AlarmArn, *have.Namespace, *have.MetricName, string(have.Statistic), string(have.ComparisonOperator), *have.TreatMissingData},
				[]string{w.alarm("a"), "arn:aws:cloudwatch:" + region + ":" + accountID + ":alarm:" + w.alarm("a"), w.name, "Errors", "Sum", "GreaterThanThreshold", "notBreaching"})
			equal("numbers", []float64{*have.Threshold, float64(*have.Period), float64(*have.EvaluationPeriods)}, []float64{5, 10, 1})
			equal("dimension", *have.Dimensions[0].Value, w.name)
		},
	},
	{
		name:   "a name that no alarm has is silently absent",
		source: describePage + ": ResourceNotFound is not among its errors",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			metric, _ := alarmNames(must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{AlarmNames: []string{w.alarm("a"), w.alarm("nobody")}})))
			equal("alarms", metric, []string{w.alarm("a")})
		},
	},
	{
		name:   "alarms can be asked for by the beginning of their names",
		source: describePage + "#ACW-DescribeAlarms-request-AlarmNamePrefix",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a1")
			w.createAlarm(ctx, "a2")
			w.createAlarm(ctx, "b1")
			metric, _ := alarmNames(must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{AlarmNamePrefix: aws.String(w.alarm("a"))})))
			equal("alarms", metric, []string{w.alarm("a1"), w.alarm("a2")})
		},
	},
	{
		name:   "composite alarms are described only when asked for",
		source: describePage + "#ACW-DescribeAlarms-request-AlarmTypes: if you omit this parameter, only metric alarms are returned",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			w.createComposite(ctx, "both", `ALARM("`+w.alarm("a")+`")`)
			metric, composite := alarmNames(must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{AlarmNames: []string{w.alarm("a"), w.alarm("both")}})))
			equal("metric alarms", metric, []string{w.alarm("a")})
			equal("composite alarms", len(composite), 0)
		},
	},
	{
		name:   "composite alarms can be asked for alone",
		source: describePage + "#ACW-DescribeAlarms-request-AlarmTypes",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			w.createComposite(ctx, "both", `ALARM("`+w.alarm("a")+`")`)
			metric, composite := alarmNames(must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{
				AlarmNames: []string{w.alarm("a"), w.alarm("both")}, AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm},
			})))
			equal("composite alarms", composite, []string{w.alarm("both")})
			equal("metric alarms", len(metric), 0)
		},
	},
	{
		name:   "a composite alarm is described with its rule",
		source: compositePage,
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			rule := `ALARM("` + w.alarm("a") + `")`
			w.createComposite(ctx, "both", rule)
			out := must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{
				AlarmNames: []string{w.alarm("both")}, AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm},
			}))
			equal("composite alarms", len(out.CompositeAlarms), 1)
			equal("rule", *out.CompositeAlarms[0].AlarmRule, rule)
		},
	},
	{
		name:   "deleted alarms are gone",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			for _, suffix := range []string{"a", "b", "c"} {
				w.createAlarm(ctx, suffix)
			}
			must(w.DeleteAlarms(ctx, &sdk.DeleteAlarmsInput{AlarmNames: []string{w.alarm("a"), w.alarm("c")}}))
			metric, _ := alarmNames(must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{AlarmNamePrefix: aws.String(w.alarm(""))})))
			equal("alarms", metric, []string{w.alarm("b")})
		},
	},
	{
		name:   "a wrong name does not save the other alarms from being deleted",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html: if you specify any incorrect alarm names, the alarms you specify with correct names are still deleted",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			// Whether the call fails is not said.
			_, _ = w.DeleteAlarms(ctx, &sdk.DeleteAlarmsInput{AlarmNames: []string{w.alarm("nobody"), w.alarm("a")}})
			metric, _ := alarmNames(must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{AlarmNamePrefix: aws.String(w.alarm(""))})))
			equal("alarms", len(metric), 0)
		},
	},
}

// The laws of alarms' states.
var alarmStateLaws = []law[cloudwatchWorld]{
	{
		name:   "a new alarm knows nothing",
		source: putAlarmPage + ": the alarm state is immediately set to INSUFFICIENT_DATA",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			equal("state", w.described(ctx, "a").StateValue, types.StateValueInsufficientData)
		},
	},
	{
		name:   "a state that is set is described with its reason",
		source: setStatePage,
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			if err := w.setState(ctx, "a", types.StateValueAlarm); err != nil {
				broke("%v", err)
			}
			have := w.described(ctx, "a")
			equal("state", []string{string(have.StateValue), *have.StateReason, *have.StateReasonData}, []string{"ALARM", "a law", `{"why":"a law"}`})
			if have.StateUpdatedTimestamp == nil {
				broke("nobody knows since when")
			}
		},
	},
	{
		name:   "an alarm tells when its state changed",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html: StateTransitionedTimestamp",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			if err := w.setState(ctx, "a", types.StateValueAlarm); err != nil {
				broke("%v", err)
			}
			at := w.described(ctx, "a").StateTransitionedTimestamp
			if at == nil || at.Before(w.now.Add(-time.Second)) || at.After(w.now.Add(time.Minute)) {
				broke("the state changed at %v; the law began at %v", at, w.now)
			}
		},
	},
	{
		name:   "alarms can be asked for by their state",
		source: describePage + "#ACW-DescribeAlarms-request-StateValue",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			w.createAlarm(ctx, "b")
			if err := w.setState(ctx, "b", types.StateValueAlarm); err != nil {
				broke("%v", err)
			}
			metric, _ := alarmNames(must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{StateValue: types.StateValueAlarm, AlarmNamePrefix: aws.String(w.alarm(""))})))
			equal("alarms", metric, []string{w.alarm("b")})
		},
	},
	{
		name:   "an alarm that is not there has no state to set",
		source: setStatePage + ": the model's ResourceNotFound, HTTP 404",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			typed[*types.ResourceNotFound](w.setState(ctx, "nobody", types.StateValueAlarm))
		},
	},
	{
		name:   "the data of a reason is JSON",
		source: setStatePage + ": the model's InvalidFormat, HTTP 400",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			_, err := w.SetAlarmState(ctx, &sdk.SetAlarmStateInput{
				AlarmName: aws.String(w.alarm("a")), StateValue: types.StateValueAlarm, StateReason: aws.String("a law"), StateReasonData: aws.String("no JSON"),
			})
			typed[*types.InvalidFormatFault](err)
		},
	},
	{
		name:   "an alarm that is put again keeps its state",
		source: putAlarmPage + ": when you update an existing alarm, its state is left unchanged",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			if err := w.setState(ctx, "a", types.StateValueAlarm); err != nil {
				broke("%v", err)
			}
			again := w.threshold("a")
			again.Threshold = aws.Float64(6)
			must(w.PutMetricAlarm(ctx, again))
			have := w.described(ctx, "a")
			equal("state", have.StateValue, types.StateValueAlarm)
			equal("threshold", *have.Threshold, 6.0)
		},
	},
	{
		name:   "an alarm is evaluated",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.createAlarm(ctx, "a")
			bad := w.datum("Errors", 0, 100)
			bad.Timestamp, bad.StorageResolution = aws.Time(w.now), aws.Int32(1)
			w.record(ctx, bad)
			w.wait(12 * time.Second)
			equal("state", w.described(ctx, "a").StateValue, types.StateValueAlarm)
		},
	},
	{
		name:   "a composite alarm follows its children",
		source: compositePage + ": AlarmRule",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			quiet := w.threshold("a") // no data at all, which this alarm takes for bad
			quiet.TreatMissingData = aws.String("breaching")
			must(w.PutMetricAlarm(ctx, quiet))
			w.createComposite(ctx, "both", `ALARM("`+w.alarm("a")+`")`)
			w.wait(12 * time.Second)
			out := must(w.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{
				AlarmNames: []string{w.alarm("both")}, AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm},
			}))
			equal("composite alarms", len(out.CompositeAlarms), 1)
			equal("state", out.CompositeAlarms[0].StateValue, types.StateValueAlarm)
		},
	},
}
