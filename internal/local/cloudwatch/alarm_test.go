package cloudwatch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// threshold is an alarm on the sum of metric "m" being 1 or more in one second.
func threshold(name string, change func(*sdk.PutMetricAlarmInput)) *sdk.PutMetricAlarmInput {
	in := &sdk.PutMetricAlarmInput{
		AlarmName: aws.String(name), Namespace: aws.String("test"), MetricName: aws.String("m"), Statistic: types.StatisticSum,
		Period: aws.Int32(1), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1),
		ComparisonOperator: types.ComparisonOperatorGreaterThanOrEqualToThreshold,
	}
	if change != nil {
		change(in)
	}
	return in
}

func putAlarm(t tester, s *cloudwatch.Service, in *sdk.PutMetricAlarmInput) {
	t.Helper()
	if _, err := s.PutMetricAlarm(t.Context(), in); err != nil {
		t.Fatalf("PutMetricAlarm: %v", err)
	}
}

func putRule(t tester, s *cloudwatch.Service, name, rule string) {
	t.Helper()
	if _, err := s.PutCompositeAlarm(t.Context(), &sdk.PutCompositeAlarmInput{AlarmName: aws.String(name), AlarmRule: aws.String(rule)}); err != nil {
		t.Fatalf("PutCompositeAlarm: %v", err)
	}
}

func setState(t tester, s *cloudwatch.Service, name string, value types.StateValue) {
	t.Helper()
	if _, err := s.SetAlarmState(t.Context(), &sdk.SetAlarmStateInput{AlarmName: aws.String(name), StateValue: value, StateReason: aws.String("test")}); err != nil {
		t.Fatalf("SetAlarmState: %v", err)
	}
}

var both = []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}

// states are the states of all alarms, by name.
func states(t tester, s *cloudwatch.Service) map[string]types.StateValue {
	t.Helper()
	out, err := s.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{AlarmTypes: both, MaxRecords: aws.Int32(100)})
	if err != nil {
		t.Fatalf("DescribeAlarms: %v", err)
	}
	found := map[string]types.StateValue{}
	for _, a := range out.MetricAlarms {
		found[*a.AlarmName] = a.StateValue
	}
	for _, a := range out.CompositeAlarms {
		found[*a.AlarmName] = a.StateValue
	}
	return found
}

// The tables of CloudWatch's guide, and what its text says beside them. The
// newest data point is the last: 0 is healthy, X breaches, - is missing.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func TestMissingDataAsTheGuideHasIt(t *testing.T) {
	t.Parallel()
	const keep = "keep"
	for _, row := range []struct {
		datapoints                               int32
		data                                     string
		missing, ignore, breaching, notBreaching string
	}{
		{3, "0 - X - X", "OK", "OK", "OK", "OK"},
		{3, "0 - - - -", "OK", "OK", "OK", "OK"},
		{3, "- - - - -", "INSUFFICIENT_DATA", keep, "ALARM", "OK"},
		{3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
		{3, "- - X - -", "ALARM", keep, "ALARM", "OK"},
		{3, "- - - - X", "INSUFFICIENT_DATA", keep, "ALARM", "OK"},
		{3, "- - - X -", "INSUFFICIENT_DATA", keep, "ALARM", "OK"},
		{3, "X - - - -", "ALARM", keep, "ALARM", "OK"},
		{2, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
		{2, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"},
		{2, "0 - X - -", "OK", "OK", "ALARM", "OK"},
		{2, "- - - - 0", "OK", "OK", "ALARM", "OK"},
		{2, "- - - - X", "INSUFFICIENT_DATA", keep, "ALARM", "OK"},
		{2, "- - - X -", "ALARM", keep, "ALARM", "OK"},
		{2, "- - - X X", "ALARM", "ALARM", "ALARM", "ALARM"},
		{2, "0 0 0 X 0", "OK", "OK", "OK", "OK"},
		{2, "X X 0 0 0", "OK", "OK", "OK", "OK"},
	} {
		for treat, want := range map[string]string{"missing": row.missing, "ignore": row.ignore, "breaching": row.breaching, "notBreaching": row.notBreaching} {
			for _, before := range types.StateValue("").Values() {
				s, v := open(t, nil)
				putAlarm(t, s, threshold("a", func(in *sdk.PutMetricAlarmInput) {
					in.EvaluationPeriods, in.DatapointsToAlarm, in.TreatMissingData = aws.Int32(3), aws.Int32(row.datapoints), aws.String(treat)
				}))
				setState(t, s, "a", before)
				for i, mark := range strings.Fields(row.data) {
					at := start.Add(time.Duration(i) * time.Second)
					switch mark {
					case "0":
						s.RecordMetric("test", nil, "m", 0, at)
					case "X":
						s.RecordMetric("test", nil, "m", 1, at)
					}
				}
				v.RunUntil(start.Add(5 * time.Second))
				s.Evaluate()
				wanted := types.StateValue(want)
				if want == keep {
					wanted = before
				}
				if got := states(t, s)["a"]; got != wanted {
					t.Errorf("%d of 3, %s, %s, from %s: got %s, want %s", row.datapoints, row.data, treat, before, got, wanted)
				}
			}
		}
	}
}

func TestComparisons(t *testing.T) {
	t.Parallel()
	for operator, want := range map[types.ComparisonOperator]string{
		types.ComparisonOperatorGreaterThanThreshold:          "OK OK ALARM",
		types.ComparisonOperatorGreaterThanOrEqualToThreshold: "OK ALARM ALARM",
		types.ComparisonOperatorLessThanThreshold:             "ALARM OK OK",
		types.ComparisonOperatorLessThanOrEqualToThreshold:    "ALARM ALARM OK",
	} {
		var got []string
		for _, value := range []float64{4, 5, 6} {
			s, v := open(t, nil)
			putAlarm(t, s, threshold("a", func(in *sdk.PutMetricAlarmInput) {
				in.ComparisonOperator, in.Threshold = operator, aws.Float64(5)
				in.Statistic, in.ExtendedStatistic = "", aws.String("p90")
			}))
			s.RecordMetric("test", nil, "m", value, start)
			v.RunUntil(start.Add(time.Second))
			s.Evaluate()
			got = append(got, string(states(t, s)["a"]))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: got %s, want %s", operator, text, want)
		}
	}
}

func TestFewSamplesOfAPercentileMayBeIgnored(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statistic, few string
		samples        int
		want           types.StateValue
	}{
		"p90 needs 100":          {"p90", "ignore", 99, "INSUFFICIENT_DATA"},
		"p90 of 100":             {"p90", "ignore", 100, "ALARM"},
		"p10 needs 100":          {"p10", "ignore", 99, "INSUFFICIENT_DATA"},
		"p90 of few, evaluated":  {"p90", "evaluate", 5, "ALARM"},
		"p100 is not held back":  {"p100", "ignore", 1, "ALARM"},
		"tm90 is no percentile":  {"tm90", "ignore", 1, "ALARM"},
		"p50 of 20 is just fine": {"p50", "ignore", 20, "ALARM"},
	} {
		s, v := open(t, nil)
		putAlarm(t, s, threshold("a", func(in *sdk.PutMetricAlarmInput) {
			in.Statistic, in.ExtendedStatistic, in.EvaluateLowSampleCountPercentile = "", aws.String(c.statistic), aws.String(c.few)
		}))
		for range c.samples {
			s.RecordMetric("test", nil, "m", 5, start)
		}
		v.RunUntil(start.Add(time.Second))
		s.Evaluate()
		if got := states(t, s)["a"]; got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestAlarmOnMetricMath(t *testing.T) {
	t.Parallel()
	s, v := open(t, nil)
	putAlarm(t, s, &sdk.PutMetricAlarmInput{
		AlarmName: aws.String("share"), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(10), TreatMissingData: aws.String("notBreaching"),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		Metrics: []types.MetricDataQuery{
			hidden(stat("errors", "errors", "Sum", 1)), hidden(stat("requests", "requests", "Sum", 1)),
			calculation("share", "FILL(errors, 0) / requests * 100"),
		},
	})
	for i, c := range []struct {
		errors, requests float64
		want             types.StateValue
	}{{0, 0, "OK"}, {1, 5, "ALARM"}, {1, 50, "OK"}, {20, 50, "ALARM"}} {
		at := start.Add(time.Duration(i*10) * time.Second)
		s.RecordMetric("test", nil, "errors", c.errors, at)
		s.RecordMetric("test", nil, "requests", c.requests, at)
		v.RunUntil(at.Add(time.Second))
		s.Evaluate()
		if got := states(t, s)["share"]; got != c.want {
			t.Errorf("%v of %v: got %s, want %s", c.errors, c.requests, got, c.want)
		}
	}
}

func TestAnAlarmThatCannotBeComputedSaysSo(t *testing.T) {
	t.Parallel()
	s, v := open(t, nil)
	putAlarm(t, s, &sdk.PutMetricAlarmInput{
		AlarmName: aws.String("a"), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(0),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		Metrics:            []types.MetricDataQuery{hidden(stat("m", "m", "Sum", 1)), calculation("x", "SUM(m) / (SUM(m) - 1)")},
	})
	describe := func() types.MetricAlarm {
		out, err := s.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{})
		if err != nil {
			t.Fatal(err)
		}
		return out.MetricAlarms[0]
	}
	s.RecordMetric("test", nil, "m", 1, start)
	v.RunUntil(start.Add(time.Second))
	for range 2 {
		s.Evaluate()
		a := describe()
		if a.EvaluationState != types.EvaluationStateEvaluationError || a.StateValue != "INSUFFICIENT_DATA" {
			t.Errorf("got %q, %s (%s)", a.EvaluationState, a.StateValue, *a.StateReason)
		}
		if !a.StateUpdatedTimestamp.Equal(start.Add(time.Second)) || !a.StateTransitionedTimestamp.Equal(start) {
			t.Errorf("updated %v, transitioned %v", a.StateUpdatedTimestamp, a.StateTransitionedTimestamp)
		}
	}
	s.RecordMetric("test", nil, "m", 1, start)
	s.Evaluate()
	if a := describe(); a.EvaluationState != "" || a.StateValue != "ALARM" {
		t.Errorf("after it can be computed: %q, %s", a.EvaluationState, a.StateValue)
	}
}

func TestCompositeRules(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	for name, state := range map[string]types.StateValue{"on": "ALARM", "off": "OK", "none": "INSUFFICIENT_DATA", "a b (c": "ALARM", `quo"te`: "ALARM"} {
		putAlarm(t, s, steady(name))
		setState(t, s, name, state)
	}
	for rule, want := range map[string]string{
		"ALARM(on)":                  "ALARM",
		"ALARM(off)":                 "OK",
		"OK(off)":                    "ALARM",
		"INSUFFICIENT_DATA(none)":    "ALARM",
		"INSUFFICIENT_DATA(on)":      "OK",
		"TRUE":                       "ALARM",
		"FALSE":                      "OK",
		"NOT ALARM(on)":              "OK",
		"NOT NOT TRUE":               "ALARM",
		"ALARM(on) AND ALARM(off)":   "OK",
		"ALARM(on) OR ALARM(off)":    "ALARM",
		"TRUE OR TRUE AND FALSE":     "ALARM",
		"(TRUE OR TRUE) AND FALSE":   "OK",
		"NOT FALSE AND FALSE":        "OK",
		"NOT (FALSE AND FALSE)":      "ALARM",
		"  ALARM( on )AND(OK(off)) ": "ALARM",
		`ALARM("a b (c")`:            "ALARM",
		`ALARM( "quo\"te" )`:         "ALARM",
		"ALARM(a b (c)":              "ALARM",
		"TRUE\nAND\tTRUE":            "ALARM",
		"ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:on)": "ALARM",
		"":                         "refused",
		"ALARM":                    "refused",
		"ALARM(":                   "refused",
		"ALARM()":                  "refused",
		"ALARM(missing)":           "refused",
		`ALARM("on)`:               "refused",
		`ALARM("on"`:               "refused",
		"(TRUE":                    "refused",
		"TRUE)":                    "refused",
		"TRUE AND":                 "refused",
		"TRUE FALSE":               "refused",
		"AND TRUE":                 "refused",
		"TRUEAND TRUE":             "refused",
		"AT_LEAST(1, ALARM, (on))": "refused",
		strings.Repeat("(", 10300): "refused",
	} {
		_, err := s.PutCompositeAlarm(t.Context(), &sdk.PutCompositeAlarmInput{AlarmName: aws.String("rule"), AlarmRule: aws.String(rule)})
		got := "refused"
		if err == nil {
			s.Evaluate()
			got = string(states(t, s)["rule"])
		} else if code(err) != "ValidationError" {
			t.Errorf("%s: error %v", rule, err)
		}
		if got != want {
			t.Errorf("%.60s: got %s, want %s (%v)", rule, got, want, err)
		}
	}
	many := "ALARM(on)"
	for i := range 100 {
		name := fmt.Sprintf("child %d", i)
		putAlarm(t, s, steady(name))
		many += " OR ALARM(" + name + ")"
	}
	if _, err := s.PutCompositeAlarm(t.Context(), &sdk.PutCompositeAlarmInput{AlarmName: aws.String("many"), AlarmRule: aws.String(many)}); code(err) != "ValidationError" {
		t.Errorf("a rule over 101 alarms: error %v", err)
	}
}

// steady is an alarm that keeps the state that it is given.
func steady(name string) *sdk.PutMetricAlarmInput {
	return threshold(name, func(in *sdk.PutMetricAlarmInput) {
		in.MetricName, in.TreatMissingData = aws.String("nothing"), aws.String("ignore")
	})
}

func TestCompositeAlarmsFollowTheirChildren(t *testing.T) {
	t.Parallel()
	var changes []string
	s, v := open(t, func(o *cloudwatch.Options) {
		o.OnChange = func(c cloudwatch.StateChange) {
			changes = append(changes, fmt.Sprintf("%s %s->%s", c.AlarmName, c.PreviousState.Value, c.State.Value))
		}
	})
	putAlarm(t, s, steady("child"))
	putRule(t, s, "parent", "ALARM(child)")
	putRule(t, s, "grandparent", "NOT ALARM(parent)")
	s.Start()
	defer s.Close()
	v.RunUntil(start.Add(time.Second))
	setState(t, s, "child", types.StateValueAlarm)
	setState(t, s, "parent", types.StateValueOk) // stays, until a child changes
	v.RunUntil(start.Add(time.Minute))
	setState(t, s, "child", types.StateValueInsufficientData)
	setState(t, s, "child", types.StateValueAlarm)
	if _, err := s.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: []string{"child"}}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"grandparent INSUFFICIENT_DATA->ALARM", "parent INSUFFICIENT_DATA->OK",
		"child INSUFFICIENT_DATA->ALARM", "parent OK->ALARM", "grandparent ALARM->OK",
		"parent ALARM->OK", "grandparent OK->ALARM",
		"child ALARM->INSUFFICIENT_DATA",
		"child INSUFFICIENT_DATA->ALARM", "parent OK->ALARM", "grandparent ALARM->OK",
		"parent ALARM->OK", "grandparent OK->ALARM",
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestRulesThatAskAboutEachOtherEnd(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	putRule(t, s, "a", "TRUE")
	putRule(t, s, "b", "NOT ALARM(a)")
	putRule(t, s, "a", "ALARM(b)")
	s.Evaluate()
	if got := states(t, s); got["a"] == types.StateValueInsufficientData {
		t.Errorf("states %v", got)
	}
}

func TestAChangeIsAWSsEvent(t *testing.T) {
	t.Parallel()
	var events []string
	s, v := open(t, func(o *cloudwatch.Options) {
		o.OnChange = func(c cloudwatch.StateChange) {
			e := c.Event()
			text, err := json.MarshalIndent(e, "", "  ")
			if err != nil {
				t.Error(err)
			}
			events = append(events, string(text))
		}
	})
	putAlarm(t, s, threshold("errors", func(in *sdk.PutMetricAlarmInput) {
		in.AlarmDescription = aws.String("too many errors")
		in.Namespace, in.MetricName = aws.String("AWS/Lambda"), aws.String("Errors")
		in.Dimensions = []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String("echo")}}
		in.EvaluationPeriods, in.DatapointsToAlarm, in.TreatMissingData = aws.Int32(3), aws.Int32(2), aws.String("notBreaching")
	}))
	putRule(t, s, "any", "ALARM(errors)")
	s.Start()
	defer s.Close()
	for second := range 3 {
		for range second {
			s.RecordInvocation(cloudwatch.Invocation{Function: "echo", Alias: "live", Version: "2", Start: start.Add(time.Duration(second) * time.Second), Error: true})
		}
	}
	v.RunUntil(start.Add(6 * time.Second))
	s.Evaluate()
	golden(t, filepath.Join("testdata", "events.json"), strings.Join(events, "\n")+"\n")
}

// The reason says what was seen, in CloudWatch's words.
func TestReasons(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		treat   string
		periods int32
		values  []float64
		want    string
	}{
		"one breaches": {"missing", 1, []float64{2.5}, "Threshold Crossed: 1 out of the last 1 datapoint [2.5 (23/11/26 01:30:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."},
		"two breach":   {"missing", 2, []float64{2, 3}, "Threshold Crossed: 2 out of the last 2 datapoints [3.0 (23/11/26 01:30:01), 2.0 (23/11/26 01:30:00)] were greater than or equal to the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."},
		"one does not": {"missing", 2, []float64{2, 0}, "Threshold Crossed: 1 out of the last 2 datapoints [0.0 (23/11/26 01:30:01)] was not greater than or equal to the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition)."},
		"nothing came": {"notBreaching", 1, nil, "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NotBreaching]."},
		"some missing": {"breaching", 2, []float64{2}, "Threshold Crossed: 1 out of the last 1 datapoint [2.0 (23/11/26 01:30:00)] was greater than or equal to the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition). 1 missing datapoint was treated as [Breaching]."},
		"no data":      {"missing", 2, nil, "Insufficient Data: 2 datapoints were unknown."},
	} {
		s, v := open(t, nil)
		putAlarm(t, s, threshold("a", func(in *sdk.PutMetricAlarmInput) {
			in.EvaluationPeriods, in.TreatMissingData = aws.Int32(c.periods), aws.String(c.treat)
		}))
		if c.want[0] == 'I' {
			setState(t, s, "a", types.StateValueOk)
		}
		for i, value := range c.values {
			s.RecordMetric("test", nil, "m", value, start.Add(time.Duration(i)*time.Second))
		}
		v.RunUntil(start.Add(time.Duration(max(len(c.values), 1)) * time.Second))
		s.Evaluate()
		out, err := s.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{})
		if err != nil {
			t.Fatal(err)
		}
		if got := *out.MetricAlarms[0].StateReason; got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestAlarmsAreEvaluatedWhenTheirPeriodEnds(t *testing.T) {
	t.Parallel()
	var changes []string
	var v *clock.Virtual
	s, made := open(t, func(o *cloudwatch.Options) {
		o.Delay = 200 * time.Millisecond
		o.OnChange = func(c cloudwatch.StateChange) {
			changes = append(changes, fmt.Sprintf("%s %s at %v", c.AlarmName, c.State.Value, v.Now().Sub(start)))
		}
	})
	v = made
	s.Start()
	if v.Step() {
		t.Error("a timer was set although there are no alarms")
	}
	putAlarm(t, s, threshold("second", nil))
	putAlarm(t, s, threshold("ten", func(in *sdk.PutMetricAlarmInput) { in.Period = aws.Int32(10) }))
	putAlarm(t, s, threshold("minutes", func(in *sdk.PutMetricAlarmInput) { in.Period = aws.Int32(120) }))
	v.RunUntil(start.Add(3100 * time.Millisecond))
	// It began before the third second ended, and is known 100 ms after that.
	s.RecordMetric("test", nil, "m", 1, start.Add(2900*time.Millisecond))
	v.RunUntil(start.Add(5 * time.Minute))
	s.Close()
	if v.Step() {
		t.Error("a timer is left after Close")
	}
	want := []string{
		"second ALARM at 3.2s", "second INSUFFICIENT_DATA at 6.2s",
		"ten ALARM at 10.2s", "ten INSUFFICIENT_DATA at 40.2s",
		"minutes ALARM at 2m0.2s",
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestTheLoopRunsOnTheWallClock(t *testing.T) {
	t.Parallel()
	changed := make(chan string, 1)
	s, err := cloudwatch.New(cloudwatch.Options{Clock: clock.Wall{}, OnChange: func(c cloudwatch.StateChange) {
		if c.State.Value == string(types.StateValueAlarm) {
			changed <- c.AlarmName
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	// One data point of the last minute is enough, however late the machine is.
	putAlarm(t, s, threshold("a", func(in *sdk.PutMetricAlarmInput) {
		in.EvaluationPeriods, in.DatapointsToAlarm = aws.Int32(60), aws.Int32(1)
	}))
	s.RecordMetric("test", nil, "m", 1, time.Now())
	select {
	case <-changed:
	case <-time.After(30 * time.Second):
		t.Error("the alarm never fired")
	}
	s.Close()
}

func TestDescribeAlarms(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	for i := range 60 {
		putAlarm(t, s, steady(fmt.Sprintf("m%02d", i)))
	}
	putRule(t, s, "c", "TRUE")
	setState(t, s, "m07", types.StateValueAlarm)
	for name, c := range map[string]struct {
		in   sdk.DescribeAlarmsInput
		want string
	}{
		"metric alarms alone":                 {sdk.DescribeAlarmsInput{}, "50+10 metric, 0 composite"},
		"both":                                {sdk.DescribeAlarmsInput{AlarmTypes: both, MaxRecords: aws.Int32(100)}, "60 metric, 1 composite"},
		"pages":                               {sdk.DescribeAlarmsInput{AlarmTypes: both, MaxRecords: aws.Int32(25)}, "24+25+11 metric, 1 composite"},
		"composite":                           {sdk.DescribeAlarmsInput{AlarmTypes: both[1:]}, "0 metric, 1 composite"},
		"names":                               {sdk.DescribeAlarmsInput{AlarmTypes: both, AlarmNames: []string{"c", "m01", "missing"}}, "1 metric, 1 composite"},
		"a composite's name without its type": {sdk.DescribeAlarmsInput{AlarmNames: []string{"c"}}, "0 metric, 0 composite"},
		"a prefix":                            {sdk.DescribeAlarmsInput{AlarmNamePrefix: aws.String("m1")}, "10 metric, 0 composite"},
		"a state":                             {sdk.DescribeAlarmsInput{StateValue: types.StateValueAlarm}, "1 metric, 0 composite"},
	} {
		var metrics []string
		composites := 0
		for {
			out, err := s.DescribeAlarms(t.Context(), &c.in)
			if err != nil {
				t.Fatal(err)
			}
			metrics = append(metrics, fmt.Sprint(len(out.MetricAlarms)))
			composites += len(out.CompositeAlarms)
			if c.in.NextToken = out.NextToken; out.NextToken == nil {
				break
			}
		}
		if got := fmt.Sprintf("%s metric, %d composite", strings.Join(metrics, "+"), composites); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	for name, in := range map[string]sdk.DescribeAlarmsInput{
		"101 names":         {AlarmNames: make([]string, 101)},
		"names and prefix":  {AlarmNames: []string{"a"}, AlarmNamePrefix: aws.String("a")},
		"101 records":       {MaxRecords: aws.Int32(101)},
		"children":          {ChildrenOfAlarmName: aws.String("c")},
		"a token of nobody": {NextToken: aws.String("99")},
	} {
		if _, err := s.DescribeAlarms(t.Context(), &in); code(err) != "ValidationError" && code(err) != "InvalidNextToken" {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestDeleteAlarms(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	putAlarm(t, s, steady("a"))
	putRule(t, s, "x", "ALARM(a)")
	putRule(t, s, "y", "ALARM(a)")
	for name, names := range map[string][]string{"two composite alarms": {"x", "y"}, "101 names": make([]string, 101)} {
		if _, err := s.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: names}); code(err) != "ValidationError" {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if got := len(states(t, s)); got != 3 {
		t.Errorf("%d alarms are left, want 3", got)
	}
	var missing *types.ResourceNotFound
	if _, err := s.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: []string{"missing", "a", "x"}}); !errors.As(err, &missing) {
		t.Errorf("an unknown name: error %v", err)
	}
	if diff := cmp.Diff(map[string]types.StateValue{"y": types.StateValueOk}, states(t, s)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestSetAlarmState(t *testing.T) {
	t.Parallel()
	s, v := open(t, nil)
	putAlarm(t, s, threshold("a", nil))
	v.RunUntil(start.Add(time.Second))
	set := func(in sdk.SetAlarmStateInput) error {
		_, err := s.SetAlarmState(t.Context(), &in)
		return err
	}
	if err := set(sdk.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: "ALARM", StateReason: aws.String("r"), StateReasonData: aws.String(`{"x":1}`)}); err != nil {
		t.Fatal(err)
	}
	v.RunUntil(start.Add(2 * time.Second))
	setState(t, s, "a", types.StateValueAlarm)
	out, err := s.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{})
	if err != nil {
		t.Fatal(err)
	}
	a := out.MetricAlarms[0]
	if a.StateValue != "ALARM" || !a.StateTransitionedTimestamp.Equal(start.Add(time.Second)) || !a.StateUpdatedTimestamp.Equal(start.Add(2*time.Second)) {
		t.Errorf("state %s, transitioned %v, updated %v", a.StateValue, a.StateTransitionedTimestamp, a.StateUpdatedTimestamp)
	}
	if want := "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a"; *a.AlarmArn != want {
		t.Errorf("ARN %s, want %s", *a.AlarmArn, want)
	}
	for name, c := range map[string]struct {
		in   sdk.SetAlarmStateInput
		want string
	}{
		"no such alarm": {sdk.SetAlarmStateInput{AlarmName: aws.String("b"), StateValue: "OK", StateReason: aws.String("r")}, "ResourceNotFound"},
		"no such state": {sdk.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: "FINE", StateReason: aws.String("r")}, "ValidationError"},
		"no reason":     {sdk.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: "OK"}, "ValidationError"},
		"bad data":      {sdk.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: "OK", StateReason: aws.String("r"), StateReasonData: aws.String("{")}, "InvalidFormatFault"},
	} {
		if got := code(set(c.in)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	s.Evaluate()
	if got := states(t, s)["a"]; got != types.StateValueInsufficientData {
		t.Errorf("after an evaluation: %s", got)
	}
}

func TestPutMetricAlarmRefuses(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	putRule(t, s, "composite", "TRUE")
	for name, change := range map[string]func(*sdk.PutMetricAlarmInput){
		"no name":                func(in *sdk.PutMetricAlarmInput) { in.AlarmName = nil },
		"a name beyond ASCII":    func(in *sdk.PutMetricAlarmInput) { in.AlarmName = aws.String("größe") },
		"a composite's name":     func(in *sdk.PutMetricAlarmInput) { in.AlarmName = aws.String("composite") },
		"no namespace":           func(in *sdk.PutMetricAlarmInput) { in.Namespace = nil },
		"no period":              func(in *sdk.PutMetricAlarmInput) { in.Period = nil },
		"a negative period":      func(in *sdk.PutMetricAlarmInput) { in.Period = aws.Int32(-1) },
		"no statistic":           func(in *sdk.PutMetricAlarmInput) { in.Statistic = "" },
		"two statistics":         func(in *sdk.PutMetricAlarmInput) { in.ExtendedStatistic = aws.String("p90") },
		"a statistic of nobody":  func(in *sdk.PutMetricAlarmInput) { in.Statistic = "Median" },
		"no evaluation periods":  func(in *sdk.PutMetricAlarmInput) { in.EvaluationPeriods = nil },
		"2 datapoints of 1":      func(in *sdk.PutMetricAlarmInput) { in.DatapointsToAlarm = aws.Int32(2) },
		"no threshold":           func(in *sdk.PutMetricAlarmInput) { in.Threshold = nil },
		"an anomaly":             func(in *sdk.PutMetricAlarmInput) { in.ComparisonOperator = "GreaterThanUpperThreshold" },
		"an anomaly's threshold": func(in *sdk.PutMetricAlarmInput) { in.ThresholdMetricId = aws.String("m1") },
		"a treatment of nobody":  func(in *sdk.PutMetricAlarmInput) { in.TreatMissingData = aws.String("good") },
		"few samples, of nobody": func(in *sdk.PutMetricAlarmInput) { in.EvaluateLowSampleCountPercentile = aws.String("x") },
		"more than a week":       func(in *sdk.PutMetricAlarmInput) { in.Period, in.EvaluationPeriods = aws.Int32(86400), aws.Int32(8) },
		"a metric and math":      func(in *sdk.PutMetricAlarmInput) { in.Metrics = []types.MetricDataQuery{stat("m", "m", "Sum", 1)} },
		"math without data":      func(in *sdk.PutMetricAlarmInput) { *in = overQueries(in, hidden(stat("m", "m", "Sum", 1))) },
		"math with two results": func(in *sdk.PutMetricAlarmInput) {
			*in = overQueries(in, stat("m", "m", "Sum", 1), calculation("x", "m*2"))
		},
		"math that can't be read": func(in *sdk.PutMetricAlarmInput) {
			*in = overQueries(in, hidden(stat("m", "m", "Sum", 1)), calculation("x", "m*"))
		},
	} {
		if _, err := s.PutMetricAlarm(t.Context(), threshold("a", change)); code(err) != "ValidationError" {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if got := len(states(t, s)); got != 1 {
		t.Errorf("%d alarms, want 1", got)
	}
}

// overQueries is the alarm over queries instead of a metric.
func overQueries(in *sdk.PutMetricAlarmInput, queries ...types.MetricDataQuery) sdk.PutMetricAlarmInput {
	return sdk.PutMetricAlarmInput{
		AlarmName: in.AlarmName, EvaluationPeriods: in.EvaluationPeriods, Threshold: in.Threshold,
		ComparisonOperator: in.ComparisonOperator, Metrics: queries,
	}
}

func TestAlarmsOutliveTheirService(t *testing.T) {
	t.Parallel()
	kept := store.Memory()
	reopen := func() *cloudwatch.Service {
		s, _ := open(t, func(o *cloudwatch.Options) { o.Store = kept })
		return s
	}
	s := reopen()
	putAlarm(t, s, steady("a"))
	putAlarm(t, s, threshold("m", func(in *sdk.PutMetricAlarmInput) {
		*in = overQueries(in, hidden(stat("m", "m", "Sum", 1)), calculation("x", "m*2"))
	}))
	putRule(t, s, "c", "ALARM(a)")
	putAlarm(t, s, steady("gone"))
	setState(t, s, "a", types.StateValueAlarm)
	if _, err := s.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: []string{"gone"}}); err != nil {
		t.Fatal(err)
	}
	s = reopen()
	want := map[string]types.StateValue{"a": "ALARM", "m": "INSUFFICIENT_DATA", "c": "ALARM"}
	if diff := cmp.Diff(want, states(t, s)); diff != "" {
		t.Errorf("after the second start (-want +got):\n%s", diff)
	}
	putAlarm(t, s, steady("a"))
	if got := states(t, s)["a"]; got != types.StateValueAlarm {
		t.Errorf("an update changed the state to %s", got)
	}
	for name, value := range map[string]string{
		"not JSON":  "{",
		"nothing":   "{}",
		"bad rule":  `{"composite":{"AlarmName":"x","AlarmRule":"("}}`,
		"bad query": `{"metric":{"AlarmName":"x"}}`,
	} {
		broken := store.Memory()
		if err := broken.Save(store.Change{Bucket: "cloudwatch/alarms", Key: "x", Value: []byte(value)}); err != nil {
			t.Fatal(err)
		}
		if _, err := cloudwatch.New(cloudwatch.Options{Clock: clock.Wall{}, Store: broken}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// forgetful is a store that cannot write.
type forgetful struct{ store.Store }

var errFull = errors.New("the disk is full")

func (forgetful) Save(...store.Change) error { return errFull }

func TestAPutThatIsNotStoredChangesNothing(t *testing.T) {
	t.Parallel()
	s, _ := open(t, func(o *cloudwatch.Options) { o.Store = forgetful{store.Memory()} })
	if _, err := s.PutMetricAlarm(t.Context(), steady("a")); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	if got := states(t, s); len(got) != 0 {
		t.Errorf("alarms %v", got)
	}
}
