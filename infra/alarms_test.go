package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// handbookPage is the page that alarms refer to.
const handbookPage = "../docs/operate.md"

// everyFunction finds the alarms that each function has.
var everyFunction = regexp.MustCompile(`^[a-z]+-(errors|throttles)$`)

// checkAlarms holds every alarm to what it watches, and to what docs/operate.md says of it.
func checkAlarms(t *testing.T, s *synthesis) {
	page := string(read(t, handbookPage))
	sections := sectionsOf(page)
	found := map[string]string{}
	for _, id := range s.of("AWS::CloudWatch::Alarm") {
		var alarm alarm
		parse(t, []byte(textOfJSON(t, s.Resources[id].Properties)), &alarm)
		name, ours := strings.CutPrefix(alarm.AlarmName, "goldfinch-")
		if !ours {
			t.Errorf("%s is called %q, without the installation's name", id, alarm.AlarmName)
		}
		found[name] = alarm.shown()
		topic := `[{"Ref":"OutcomesTopic"}]`
		if actions, ends := textOfJSON(t, alarm.AlarmActions), textOfJSON(t, alarm.OKActions); actions != topic || ends != topic {
			t.Errorf("%s tells %s when it begins and %s when it ends, want %s", name, actions, ends, topic)
		}
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
		if len(alarm.AlarmDescription) > 1024 {
			t.Errorf("the description of %s has %d bytes, and may have 1024", name, len(alarm.AlarmDescription))
		}
		_, section, _ := strings.Cut(alarm.AlarmDescription, handbook)
		if !slices.Contains(sections, section) {
			t.Errorf("%s sends people to section %q, and %s has %q", name, section, handbookPage, sections)
		}
	}
	want := map[string]string{
		"failed-dirty":          "Goldfinch Releases Outcome=failed-dirty Sum >= 1 in 1 of 12 x 300s, missing is notBreaching",
		"outcome-unwritten":     "Goldfinch OutcomesUnwritten Sum >= 1 in 1 of 12 x 300s, missing is notBreaching",
		"drift":                 "Goldfinch Drift Sum >= 1 in 1 of 2 x 900s, missing is notBreaching",
		"failed-invocations":    "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=FailedInvocationsQueue Maximum >= 1 in 1 of 1 x 300s, missing is notBreaching",
		"undelivered-events":    "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=UndeliveredEventsQueue Maximum >= 1 in 1 of 1 x 300s, missing is notBreaching",
		"undelivered-schedules": "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=UndeliveredSchedulesQueue Maximum >= 1 in 1 of 1 x 300s, missing is notBreaching",
		"unannounced-changes":   "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=UnannouncedChangesQueue Maximum >= 1 in 1 of 1 x 300s, missing is notBreaching",
		"workflow-timed-out":    "AWS/States ExecutionsTimedOut StateMachineArn=StateMachine Sum >= 1 in 1 of 12 x 300s, missing is notBreaching",
		"workflow-throttled":    "AWS/States ExecutionThrottled StateMachineArn=StateMachine Sum >= 1 in 3 of 5 x 60s, missing is notBreaching",
		"sweep-failures":        "Goldfinch SweepFailures Sum >= 1 in 3 of 5 x 120s, missing is notBreaching",
		"sweep-missing":         "FILL(invocations, 0) - FILL(errors, 0) of errors, invocations < 1 in 3 of 3 x 300s, missing is breaching",
		"announcements-late":    "AWS/Lambda IteratorAge FunctionName=AnnounceFunction Maximum >= 600000 in 3 of 5 x 60s, missing is notBreaching",
		"announcements-refused": "Goldfinch AnnouncementsRefused Sum >= 1 in 1 of 1 x 300s, missing is notBreaching",
	}
	for _, shape := range functionShapes {
		bad := 5
		if slices.Contains([]string{"announce", "drift", "signal", "sweep"}, shape.name) {
			bad = 3
		}
		of := "FunctionName=" + capitalised(shape.name) + "Function"
		want[shape.name+"-errors"] = fmt.Sprintf("AWS/Lambda Errors %s Sum >= 1 in %d of 5 x 60s, missing is notBreaching", of, bad)
		if shape.name == "sweep" {
			continue // one at a time is meant, and sweep-missing tells when none succeeds
		}
		want[shape.name+"-throttles"] = fmt.Sprintf("AWS/Lambda Throttles %s Sum >= 1 in 3 of 5 x 60s, missing is notBreaching", of)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if found[name] != want[name] {
			t.Errorf("%s is %q, want %q", name, found[name], want[name])
		}
		documented := everyFunction.ReplaceAllString(name, "FUNCTION-$1")
		if !strings.Contains(page, "`"+documented+"`") {
			t.Errorf("%s does not name the alarm `%s`", handbookPage, documented)
		}
	}
	if len(found) != len(want) {
		t.Errorf("there are %d alarms, want %d: %q", len(found), len(want), slices.Sorted(maps.Keys(found)))
	}

	s.has(t, "OutcomeUnwrittenFilter", "AWS::Logs::MetricFilter",
		`{"FilterPattern": "{ $.type = \"FailStateEntered\" && $.details.name = \"OutcomeUnwritten\" }", "LogGroupName": {"Ref": "StateMachineLogGroup"}}`)
	definition := fmt.Sprint(s.Resources["StateMachine"].Properties["DefinitionString"])
	if !strings.Contains(definition, `"OutcomeUnwritten": {`) {
		t.Error("the workflow has no state OutcomeUnwritten")
	}
}

// An alarm is one as CloudFormation is told of it.
type alarm struct {
	AlarmName, AlarmDescription      string
	Namespace, MetricName, Statistic string
	Dimensions                       []struct{ Name, Value any }
	Metrics                          []struct {
		ID, Expression string
		MetricStat     struct{ Period int }
	}
	Period, EvaluationPeriods, DatapointsToAlarm int
	Threshold                                    float64
	ComparisonOperator, TreatMissingData         string
	AlarmActions, OKActions                      any
}

// shown is an alarm in one line.
func (a alarm) shown() string {
	what, period := strings.Join(strings.Fields(fmt.Sprint(a.Namespace, " ", a.MetricName, " ", dimensionsShown(a.Dimensions), " ", a.Statistic)), " "), a.Period
	if len(a.Metrics) > 0 {
		var used []string
		for _, metric := range a.Metrics[1:] {
			used, period = append(used, metric.ID), metric.MetricStat.Period
		}
		what = a.Metrics[0].Expression + " of " + strings.Join(used, ", ")
	}
	operator := map[string]string{"GreaterThanOrEqualToThreshold": ">=", "LessThanThreshold": "<"}[a.ComparisonOperator]
	return fmt.Sprintf("%s %s %v in %d of %d x %ds, missing is %s", what, operator, a.Threshold, a.DatapointsToAlarm, a.EvaluationPeriods, period, a.TreatMissingData)
}

// dimensionsShown names a resource by its logical id.
func dimensionsShown(dimensions []struct{ Name, Value any }) string {
	var shown []string
	for _, dimension := range dimensions {
		value := dimension.Value
		if reference, ok := value.(map[string]any); ok {
			for _, one := range reference {
				if list, ok := one.([]any); ok {
					one = list[0]
				}
				value = one
			}
		}
		shown = append(shown, fmt.Sprintf("%v=%v", dimension.Name, value))
	}
	return strings.Join(shown, " ")
}

var heading = regexp.MustCompile(`(?m)^#+ (.*)$`)

// sectionsOf are the anchors of a page's headings, as GitHub makes them.
func sectionsOf(page string) []string {
	var sections []string
	for _, match := range heading.FindAllStringSubmatch(page, -1) {
		plain := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(match[1]), "")
		sections = append(sections, strings.ReplaceAll(plain, " ", "-"))
	}
	return sections
}
