package cloudwatch_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

// Each testdata/alarms/NAME.yaml has its mistakes in NAME.txt beside it.
func TestAlarmFilesWithMistakes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "alarms", "*.yaml"))
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := open(t, nil)
			err = s.LoadAlarms(t.Context(), data)
			var mistakes *cloudwatch.FileError
			if !errors.As(err, &mistakes) {
				t.Fatalf("error %v", err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
			if got := states(t, s); len(got) != 0 {
				t.Errorf("alarms were put: %v", got)
			}
		})
	}
}

const goodFile = `
alarms:
  - AlarmName: errors
    Namespace: AWS/Lambda
    MetricName: Errors
    Dimensions:
      - {Name: FunctionName, Value: echo}
      - {Name: ExecutedVersion, Value: 12}
    Statistic: Sum
    Period: 1
    EvaluationPeriods: 3
    DatapointsToAlarm: 2
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
    TreatMissingData: notBreaching
    ActionsEnabled: false
  - AlarmName: any
    AlarmRule: ALARM(share) OR ALARM(errors)
  - AlarmName: share
    AlarmDescription: |
      share of failures
    EvaluationPeriods: 1
    Threshold: 0.05
    ComparisonOperator: GreaterThanThreshold
    Metrics:
      - {Id: share, Expression: errors / requests}
      - Id: errors
        ReturnData: false
        MetricStat: {Metric: {Namespace: app, MetricName: errors}, Period: 10, Stat: Sum}
      - Id: requests
        ReturnData: false
        MetricStat: {Metric: {Namespace: app, MetricName: requests}, Period: 10, Stat: Sum}
`

func TestAlarmFile(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	load := func(text string) {
		t.Helper()
		if err := s.LoadAlarms(t.Context(), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	putAlarm(t, s, steady("by call"))
	load(goodFile)
	want := map[string]types.StateValue{
		"errors": "INSUFFICIENT_DATA", "any": "INSUFFICIENT_DATA", "share": "INSUFFICIENT_DATA", "by call": "INSUFFICIENT_DATA",
	}
	if diff := cmp.Diff(want, states(t, s)); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
	out, err := s.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{AlarmNames: []string{"errors", "share"}})
	if err != nil {
		t.Fatal(err)
	}
	errorsAlarm, share := out.MetricAlarms[0], out.MetricAlarms[1]
	dimensions := []types.Dimension{
		{Name: aws.String("FunctionName"), Value: aws.String("echo")}, {Name: aws.String("ExecutedVersion"), Value: aws.String("12")},
	}
	if diff := cmp.Diff(dimensions, errorsAlarm.Dimensions, cmp.Comparer(func(a, b types.Dimension) bool {
		return *a.Name == *b.Name && *a.Value == *b.Value
	})); diff != "" {
		t.Errorf("dimensions (-want +got):\n%s", diff)
	}
	if *errorsAlarm.DatapointsToAlarm != 2 || *errorsAlarm.ActionsEnabled || *share.Threshold != 0.05 || *share.AlarmDescription != "share of failures\n" {
		t.Errorf("fields were lost: %+v %+v", errorsAlarm, share)
	}

	setState(t, s, "errors", types.StateValueAlarm)
	load(goodFile[:strings.Index(goodFile, "  - AlarmName: any")])
	if diff := cmp.Diff(map[string]types.StateValue{"errors": "ALARM", "by call": "INSUFFICIENT_DATA"}, states(t, s)); diff != "" {
		t.Errorf("after the file lost two alarms (-want +got):\n%s", diff)
	}
	load("alarms:\n")
	if diff := cmp.Diff(map[string]types.StateValue{"by call": "INSUFFICIENT_DATA"}, states(t, s)); diff != "" {
		t.Errorf("after the file lost all (-want +got):\n%s", diff)
	}
	load("# a comment alone is no file, a list without alarms is\nalarms: []\n")
}

func TestAnAlarmOfTheOtherKindIsNotReplaced(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	putAlarm(t, s, steady("a"))
	if err := s.LoadAlarms(t.Context(), []byte("alarms: [{AlarmName: a, AlarmRule: 'TRUE'}]")); code(err) != "ValidationError" {
		t.Errorf("error %v", err)
	}
}

func FuzzLoadAlarms(f *testing.F) {
	f.Add(goodFile)
	f.Add("alarms: [{AlarmName: &a x, AlarmRule: *a}]")
	f.Add("alarms: {<<: [}")
	f.Add("- \t:")
	f.Fuzz(func(t *testing.T, text string) {
		s, _ := open(t, nil)
		if err := s.LoadAlarms(t.Context(), []byte(text)); err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
	})
}
