package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// commands is what a person on call can type, beside the alarms.
const commands = `## What to type
Users are hurt and a release runs: ` + "`goldfinch abort SERVICE/ENVIRONMENT --reason WHY`" + `

Users are hurt and it was promoted: ` + "`goldfinch rollback SERVICE/ENVIRONMENT --reason WHY`" + `

` + "```" + `
goldfinch list --running        # what runs
goldfinch status  SERVICE/ENVIRONMENT
goldfinch history SERVICE/ENVIRONMENT
goldfinch doctor                # what dead releases left
goldfinch lock    SERVICE/ENVIRONMENT --reason WHY
` + "```" + `
[Runbook](https://github.com/goldfinch-dev/goldfinch/blob/main/docs/runbook.md) · [Alarms](https://github.com/goldfinch-dev/goldfinch/blob/main/docs/operate.md#alarms)`

// newDashboard is what a person on call reads, from the top: is anything wrong
// now, what do releases do, how are they judged, and is Goldfinch itself well.
// Graphs of releases search for their lines, so that a new service needs no upgrade.
func newDashboard(i *installation, alarms []interfacesawscloudwatch.IAlarmRef) awscloudwatch.Dashboard {
	dashboard := awscloudwatch.NewDashboard(i.stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName:   jsii.String(i.config.Name),
		DefaultInterval: awscdk.Duration_Hours(jsii.Number(12)),
		// The periods that stand below, whatever time is looked at.
		PeriodOverride: awscloudwatch.PeriodOverride_INHERIT,
	})
	dashboard.AddWidgets(
		awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: jsii.String("Is anything wrong now?"), Alarms: &alarms, Width: jsii.Number(14), Height: jsii.Number(9),
			// What changed last comes first.
			SortBy: awscloudwatch.AlarmStatusWidgetSortBy_STATE_UPDATED_TIMESTAMP,
		}),
		awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{Markdown: jsii.String(commands), Width: jsii.Number(10), Height: jsii.Number(9)}),
	)
	dashboard.AddWidgets(
		bars("Releases by outcome, per hour", 8, search("{Goldfinch,Outcome}", "Releases", "Sum", 60, "${PROP('Dim.Outcome')}")),
		lines("Traffic of the canary, percent", 16, percent(), search("{Goldfinch,Environment,Service}", "CanaryWeight", "Maximum", 1, serviceLabel)),
	)
	dashboard.AddWidgets(
		lines("Bad requests of the canary and of stable, percent", 16, percent(),
			search("{Goldfinch,Environment,Metric,Service}", "CanaryBadShare", "Average", 1, "canary "+metricLabel),
			search("{Goldfinch,Environment,Metric,Service}", "StableBadShare", "Average", 1, "stable "+metricLabel)),
		bars("Verdicts", 8, search("{Goldfinch,Verdict}", "Verdicts", "Sum", 5, "${PROP('Dim.Verdict')}")),
	)
	dashboard.AddWidgets(
		lines("Time to rollback, seconds: from the first reason to go back to the outcome", 8, fromZero(),
			labelled(metric(metricNamespace, "SecondsToRollback", "p50", 60, nil), "half of them within"),
			labelled(metric(metricNamespace, "SecondsToRollback", "Maximum", 60, nil), "the slowest")),
		lines("Time to rollback by service, seconds", 8, fromZero(), search("{Goldfinch,Environment,Service}", "SecondsToRollback", "Maximum", 60, serviceLabel)),
		bars("Evaluations of what is live, per hour", 8, search("{Goldfinch,Environment,Service,Verdict}", "Evaluations", "Sum", 60, serviceLabel+" ${PROP('Dim.Verdict')}")),
	)
	dashboard.AddWidgets(
		bars("What runs and was not released (drift), per hour", 24, search("{Goldfinch,Environment,Kind,Service}", "Drift", "Sum", 60, serviceLabel+" ${PROP('Dim.Kind')}")),
	)
	dashboard.AddWidgets(
		lines("Errors of Goldfinch's functions", 8, fromZero(), ofFunctions(i, "Errors", "Sum")...),
		lines("Throttles of Goldfinch's functions", 8, fromZero(), ofFunctions(i, "Throttles", "Sum")...),
		lines("Slowest run of Goldfinch's functions, milliseconds", 8, fromZero(), ofFunctions(i, "Duration", "Maximum")...),
	)
	dashboard.AddWidgets(
		lines("Dead letters", 8, fromZero(), ofQueues(i)...),
		lines("Executions of the workflow", 8, fromZero(), ofWorkflow(i)...),
		lines("How late changes are announced, milliseconds", 8, fromZero(),
			metric("AWS/Lambda", "IteratorAge", "Maximum", 1, map[string]string{"FunctionName": *i.functions["announce"].FunctionName()})),
	)
	return dashboard
}

// How a line is called that a search has found.
const (
	serviceLabel = "${PROP('Dim.Service')}/${PROP('Dim.Environment')}"
	metricLabel  = serviceLabel + " ${PROP('Dim.Metric')}"
)

// search finds the lines of a metric with exactly the dimensions of a schema,
// over periods of some minutes
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html).
func search(schema, name, statistic string, period float64, label string) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression:   jsii.String(fmt.Sprintf(`SEARCH('%s MetricName="%s"', '%s', %d)`, schema, name, statistic, int(period)*60)),
		Label:        jsii.String(label),
		Period:       minutes(period),
		UsingMetrics: &map[string]awscloudwatch.IMetric{},
	})
}

func labelled(metric awscloudwatch.Metric, label string) awscloudwatch.IMetric {
	return metric.With(&awscloudwatch.MetricOptions{Label: jsii.String(label)})
}

// ofFunctions has a line for each function, in the order of their table.
func ofFunctions(i *installation, name, statistic string) []awscloudwatch.IMetric {
	var found []awscloudwatch.IMetric
	for _, shape := range functionShapes {
		of := map[string]string{"FunctionName": *i.functions[shape.name].FunctionName()}
		found = append(found, labelled(metric("AWS/Lambda", name, statistic, 1, of), shape.name))
	}
	return found
}

func ofQueues(i *installation) []awscloudwatch.IMetric {
	var found []awscloudwatch.IMetric
	for _, one := range []struct {
		label string
		queue awssqs.Queue
	}{
		{"failed invocations", i.deadLetters.invocations}, {"undelivered events", i.deadLetters.events},
		{"undelivered schedules", i.deadLetters.schedules}, {"unannounced changes", i.deadLetters.changes},
	} {
		of := map[string]string{"QueueName": *one.queue.QueueName()}
		found = append(found, labelled(metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 1, of), one.label))
	}
	return found
}

// ofWorkflow has a line for each way in which an execution goes. Every outcome but promoted fails it.
func ofWorkflow(i *installation) []awscloudwatch.IMetric {
	of := map[string]string{"StateMachineArn": *i.machine.AttrArn()}
	var found []awscloudwatch.IMetric
	for _, name := range []string{"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut", "ExecutionThrottled"} {
		label := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(name, "Executions"), "Execution"))
		found = append(found, labelled(metric("AWS/States", name, "Sum", 5, of), label))
	}
	return found
}

func bars(title string, width float64, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Width: jsii.Number(width), Height: jsii.Number(6), Left: &metrics,
		View: awscloudwatch.GraphWidgetView_TIME_SERIES, Stacked: jsii.Bool(true), LeftYAxis: fromZero(),
	})
}

func lines(title string, width float64, axis *awscloudwatch.YAxisProps, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Width: jsii.Number(width), Height: jsii.Number(6), Left: &metrics, LeftYAxis: axis,
	})
}

func fromZero() *awscloudwatch.YAxisProps {
	return &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)}
}

func percent() *awscloudwatch.YAxisProps {
	return &awscloudwatch.YAxisProps{Min: jsii.Number(0), Max: jsii.Number(100), ShowUnits: jsii.Bool(false)}
}
