package lambda_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// TestAlarmReasonsAreShort: a hundred alarms may say a thousand characters each.
func TestAlarmReasonsAreShort(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reason string
		length int
		ends   string
	}{
		"short":          {strings.Repeat("a", 200), 200, "a"},
		"long":           {strings.Repeat("a", 201), 200, "a…"},
		"CloudWatch's":   {strings.Repeat("é", 1023), 200, "é…"},
		"nothing at all": {"", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.cloudWatch.alarms = func(*cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
				return &cloudwatch.DescribeAlarmsOutput{
					MetricAlarms:    []cloudwatchtypes.MetricAlarm{{AlarmName: aws.String("metric"), StateValue: cloudwatchtypes.StateValueAlarm, StateReason: &test.reason}},
					CompositeAlarms: []cloudwatchtypes.CompositeAlarm{{AlarmName: aws.String("composite"), StateValue: cloudwatchtypes.StateValueAlarm, StateReason: &test.reason}},
				}, nil
			}
			alarms, err := c.target().Alarms(t.Context(), []string{"metric", "composite"})
			must(t, err)
			for _, alarm := range alarms {
				if got := utf8.RuneCountInString(alarm.Reason); got != test.length || !strings.HasSuffix(alarm.Reason, test.ends) {
					t.Errorf("alarm %s says %d characters, %q", alarm.Name, got, alarm.Reason)
				}
			}
		})
	}
}
