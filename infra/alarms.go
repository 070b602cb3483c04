package main

import (
	"cmp"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// handbook is where every alarm's description sends whoever was woken; a test
// holds its sections to the alarms.
const handbook = "https://github.com/goldfinch-dev/goldfinch/blob/main/docs/operate.md#"

// metricNamespace is that of Goldfinch's own metrics.
const metricNamespace = "Goldfinch"

// unwrittenMetric counts executions that could not write how their release ended.
const unwrittenMetric = "OutcomesUnwritten"

// An alarmShape is one alarm: when it fires, and what whoever it wakes should do.
type alarmShape struct {
	// id is the construct's, name the alarm's after the installation's.
	id, name string
	metric   awscloudwatch.IMetric
	// least is the value that is too much. With below, less than it is too little.
	least float64
	below bool
	// bad of periods in a row must be so.
	bad, periods float64
	// silence says that no data is a fault too.
	silence bool
	// what happened, what to do first, and the section of the handbook that says more.
	what, do, section string
}

// newAlarms are what wakes somebody. Each tells the topic, once, when it begins and again when it is over.
func newAlarms(i *installation) []interfacesawscloudwatch.IAlarmRef {
	shapes := releaseAlarms(i)
	shapes = append(shapes, driftAlarms(i)...)
	shapes = append(shapes, functionAlarms(i)...)
	shapes = append(shapes, queueAlarms(i)...)
	shapes = append(shapes, workflowAlarms(i)...)
	shapes = append(shapes, clockAlarms(i)...)
	var alarms []interfacesawscloudwatch.IAlarmRef
	for _, shape := range shapes {
		alarms = append(alarms, newAlarm(i, shape))
	}
	return alarms
}

func newAlarm(i *installation, shape alarmShape) awscloudwatch.Alarm {
	comparison, missing := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD, awscloudwatch.TreatMissingData_NOT_BREACHING
	if shape.below {
		comparison = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	if shape.silence {
		missing = awscloudwatch.TreatMissingData_BREACHING
	}
	alarm := awscloudwatch.NewAlarm(i.stack, jsii.String(shape.id+"Alarm"), &awscloudwatch.AlarmProps{
		AlarmName:          jsii.String(i.name(shape.name)),
		AlarmDescription:   jsii.String(shape.what + " " + shape.do + " " + handbook + shape.section),
		Metric:             shape.metric,
		Threshold:          jsii.Number(shape.least),
		ComparisonOperator: comparison,
		EvaluationPeriods:  jsii.Number(shape.periods),
		DatapointsToAlarm:  jsii.Number(shape.bad),
		TreatMissingData:   missing,
	})
	tell := awscloudwatchactions.NewSnsAction(i.topic)
	alarm.AddAlarmAction(tell)
	alarm.AddOkAction(tell)
	return alarm
}

// releaseAlarms are about releases that ended where a person must look. They
// stay for an hour, so that the dashboard still shows them when somebody comes.
func releaseAlarms(i *installation) []alarmShape {
	return []alarmShape{
		{
			id: "FailedDirty", name: "failed-dirty", least: 1, bad: 1, periods: 12, section: "alarm-failed-dirty",
			metric: metric(metricNamespace, "Releases", "Sum", 5, map[string]string{"Outcome": "failed-dirty"}),
			what:   "A release ended failed-dirty: traffic may not be where it should be, and Goldfinch does not touch it again by itself.",
			do:     "Lock the service (goldfinch lock), then compare wanted and actual in goldfinch status.",
		},
		{
			id: "OutcomeUnwritten", name: "outcome-unwritten", least: 1, bad: 1, periods: 12, section: "alarm-outcome-unwritten",
			metric: newUnwrittenMetric(i),
			what:   "A release could not write how it ended: the ledger did not answer for hours, and its lock is still held.",
			do:     "Look whether DynamoDB answers again; the next sweep then brings traffic home, and goldfinch doctor shows what is left.",
		},
	}
}

// driftAlarms are about services of which something else runs than what was released. Every look says it anew, so the alarm is
// over when two in a row have found nothing.
func driftAlarms(i *installation) []alarmShape {
	return []alarmShape{{
		id: "Drift", name: "drift", least: 1, bad: 1, periods: 2, section: "alarm-drift",
		metric: metric(metricNamespace, "Drift", "Sum", float64(cmp.Or(i.config.DriftMinutes, 15)), nil),
		what:   "What runs is not what was released: somebody moved traffic, changed a version, or touched an instance.",
		do:     "goldfinch drift says what, and who where that is known; with --fix it puts it right.",
	}}
}

// newUnwrittenMetric counts in the workflow's log, because nothing else hears of
// a release whose ledger is silent. Delivery of that log is on a best-effort basis
// (https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html).
func newUnwrittenMetric(i *installation) awscloudwatch.IMetric {
	logs := i.stack.Node().FindChild(jsii.String("StateMachineLogGroup")).(awslogs.LogGroup)
	awslogs.NewCfnMetricFilter(i.stack, jsii.String("OutcomeUnwrittenFilter"), &awslogs.CfnMetricFilterProps{
		LogGroupName:  logs.LogGroupName(),
		FilterPattern: jsii.String(`{ $.type = "FailStateEntered" && $.details.name = "OutcomeUnwritten" }`),
		MetricTransformations: &[]any{&awslogs.CfnMetricFilter_MetricTransformationProperty{
			MetricNamespace: jsii.String(metricNamespace), MetricName: jsii.String(unwrittenMetric), MetricValue: jsii.String("1"),
		}},
	})
	return metric(metricNamespace, unwrittenMetric, "Sum", 5, nil)
}

// steady are functions of the workflow. One error of theirs is everyday work, such as
// a refusal or a try that is repeated: only errors without end are a fault of Goldfinch's own.
var steady = map[string]bool{
	"bake": true, "deploy": true, "evaluate": true, "intake": true, "observe": true, "promote": true, "retire": true, "rollback": true, "shift": true, "verify": true,
}

// functionAlarms are about each function's errors and throttles.
func functionAlarms(i *installation) []alarmShape {
	var shapes []alarmShape
	for _, shape := range functionShapes {
		name, of := i.functionName(shape.name), map[string]string{"FunctionName": *i.functions[shape.name].FunctionName()}
		bad := 3.0
		if steady[shape.name] {
			bad = 5
		}
		shapes = append(shapes, alarmShape{
			id: capitalised(shape.name) + "Errors", name: shape.name + "-errors", least: 1, bad: bad, periods: 5, section: "alarm-errors",
			metric: metric("AWS/Lambda", "Errors", "Sum", 1, of),
			what:   fmt.Sprintf("%s keeps failing. Its work: %s", name, shape.does),
			do:     "Read its log for the error; if it began with an upgrade, go back to the version of Goldfinch before.",
		})
		if shape.name == "sweep" {
			continue // one at a time is meant; SweepMissing tells when none succeeds
		}
		shapes = append(shapes, alarmShape{
			id: capitalised(shape.name) + "Throttles", name: shape.name + "-throttles", least: 1, bad: 3, periods: 5, section: "alarm-throttles",
			metric: metric("AWS/Lambda", "Throttles", "Sum", 1, of),
			what:   fmt.Sprintf("%s is throttled: the account has no room for one more invocation. Its work: %s", name, shape.does),
			do:     "Find what uses up the account's concurrency; ask for more, or reserve less elsewhere.",
		})
	}
	return shapes
}

// queueAlarms are about what waits for a person.
func queueAlarms(i *installation) []alarmShape {
	shape := func(id, name string, queue awssqs.Queue, what string) alarmShape {
		return alarmShape{
			id: id, name: name, least: 1, bad: 1, periods: 1, section: "dead-letter-queues",
			metric: metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 5, map[string]string{"QueueName": *queue.QueueName()}),
			what:   what, do: "Read the message, mend the cause, then redrive or delete it; it is gone after 14 days.",
		}
	}
	return []alarmShape{
		shape("FailedInvocations", "failed-invocations", i.deadLetters.invocations, "A function failed with an event for the third time, and the event waits in the dead-letter queue: a release may not have started, or an alarm not been heard."),
		shape("UndeliveredEvents", "undelivered-events", i.deadLetters.events, "An event could not be delivered for two hours, and waits in the dead-letter queue: a release may not have started, or nobody was told of an outcome."),
		shape("UndeliveredSchedules", "undelivered-schedules", i.deadLetters.schedules, "A scheduled sweep or evaluation could not be delivered for an hour."),
		shape("UnannouncedChanges", "unannounced-changes", i.deadLetters.changes, "Changes of the ledger could not be announced: events and metrics are missing; the ledger itself is right."),
	}
}

// workflowAlarms are about the state machine.
func workflowAlarms(i *installation) []alarmShape {
	of := map[string]string{"StateMachineArn": *i.machine.AttrArn()}
	return []alarmShape{
		{
			id: "WorkflowTimedOut", name: "workflow-timed-out", least: 1, bad: 1, periods: 12, section: "alarm-workflow",
			metric: metric("AWS/States", "ExecutionsTimedOut", "Sum", 5, of),
			what:   "An execution of the workflow timed out, which no release should.",
			do:     "The sweep brings its traffic home within minutes: look with goldfinch status, then at the execution's history.",
		},
		{
			id: "WorkflowThrottled", name: "workflow-throttled", least: 1, bad: 3, periods: 5, section: "alarm-workflow",
			metric: metric("AWS/States", "ExecutionThrottled", "Sum", 1, of),
			what:   "Executions of the workflow are throttled: releases, and going back, are slow.",
			do:     "Look at the account's state transitions in Step Functions, and ask for a higher quota.",
		},
	}
}

// clockAlarms are about what must happen all the time.
func clockAlarms(i *installation) []alarmShape {
	return []alarmShape{
		{
			id: "SweepFailures", name: "sweep-failures", least: 1, bad: 3, periods: 5, section: "alarm-sweep-failures",
			metric: metric(metricNamespace, "SweepFailures", "Sum", float64(i.config.SweepMinutes), nil),
			what:   "A release could not be brought home, again and again: its execution is dead, and its traffic may not be where it should be.",
			do:     "Read the log of the sweep function for which release and why, then goldfinch status and goldfinch doctor.",
		},
		{
			id: "SweepMissing", name: "sweep-missing", least: 1, below: true, bad: 3, periods: 3, silence: true, section: "alarm-sweep-missing",
			metric: succeeded(i.functions["sweep"]),
			what:   "No sweep has succeeded for a quarter of an hour: a release whose execution dies keeps its traffic where it is.",
			do:     "Look whether the schedule is enabled and what the function's log says; goldfinch doctor --fix does the sweep's work by hand.",
		},
		{
			id: "AnnouncementsLate", name: "announcements-late", least: 600_000, bad: 3, periods: 5, section: "alarm-announcements-late",
			metric: metric("AWS/Lambda", "IteratorAge", "Maximum", 1, map[string]string{"FunctionName": *i.functions["announce"].FunctionName()}),
			what:   "Changes of the ledger are announced ten minutes late: events, metrics and the other alarms lag behind.",
			do:     "Read the log of the announce function; releases themselves go on.",
		},
		{
			id: "AnnouncementsRefused", name: "announcements-refused", least: 1, bad: 1, periods: 1, section: "alarm-announcements-refused",
			metric: metric(metricNamespace, "AnnouncementsRefused", "Sum", 5, nil),
			what:   "The bus has refused an event of a release for good, and whoever listens was not told of it.",
			do:     "Read the log of the announce function for which release and why; goldfinch history has the line itself.",
		},
	}
}

// succeeded counts a function's invocations without those that failed.
func succeeded(function awslambda.Function) awscloudwatch.IMetric {
	of := map[string]string{"FunctionName": *function.FunctionName()}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String("FILL(invocations, 0) - FILL(errors, 0)"),
		Label:      jsii.String("sweeps that succeeded"),
		Period:     minutes(5),
		UsingMetrics: &map[string]awscloudwatch.IMetric{
			"invocations": metric("AWS/Lambda", "Invocations", "Sum", 5, of),
			"errors":      metric("AWS/Lambda", "Errors", "Sum", 5, of),
		},
	})
}

// metric is one of CloudWatch's, over periods of some minutes.
func metric(namespace, name, statistic string, period float64, dimensions map[string]string) awscloudwatch.Metric {
	props := &awscloudwatch.MetricProps{
		Namespace: jsii.String(namespace), MetricName: jsii.String(name), Statistic: jsii.String(statistic), Period: minutes(period),
	}
	if len(dimensions) > 0 {
		values := map[string]*string{}
		for key, value := range dimensions {
			values[key] = jsii.String(value)
		}
		props.DimensionsMap = &values
	}
	return awscloudwatch.NewMetric(props)
}

func minutes(count float64) awscdk.Duration { return awscdk.Duration_Minutes(jsii.Number(count)) }
