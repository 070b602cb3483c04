package cloudwatch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// What TreatMissingData may say.
const (
	treatBreaching    = "breaching"
	treatNotBreaching = "notBreaching"
	treatIgnore       = "ignore"
	treatMissing      = "missing"
)

// The longest that an alarm may look back, and the most characters of a name.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const (
	maxLookBack    = 7 * 24 * time.Hour
	maxAlarmName   = 255
	ignoreFew      = "ignore"
	evaluateFew    = "evaluate"
	singleMetricID = "m1"
)

// A metricAlarm is a metric alarm made ready for evaluation.
type metricAlarm struct {
	plan    *plan
	queries []types.MetricDataQuery
	// watched is the id of the query that is compared with the threshold.
	watched    string
	period     int64 // seconds
	periods    int   // EvaluationPeriods, "N"
	datapoints int   // DatapointsToAlarm, "M"
	threshold  float64
	breaches   func(value, threshold float64) bool
	comparison string
	treat      string
	ignoreFew  bool
}

// comparisons are the operators of a fixed threshold, and how the reason of a state says them.
var comparisons = map[types.ComparisonOperator]struct {
	breaches func(value, threshold float64) bool
	words    string
}{
	types.ComparisonOperatorGreaterThanThreshold:          {func(v, t float64) bool { return v > t }, "greater than"},
	types.ComparisonOperatorGreaterThanOrEqualToThreshold: {func(v, t float64) bool { return v >= t }, "greater than or equal to"},
	types.ComparisonOperatorLessThanThreshold:             {func(v, t float64) bool { return v < t }, "less than"},
	types.ComparisonOperatorLessThanOrEqualToThreshold:    {func(v, t float64) bool { return v <= t }, "less than or equal to"},
}

// A fieldProblem is a mistake in one field of an alarm's definition.
type fieldProblem struct{ field, message string }

// checkMetricAlarm finds every mistake in a metric alarm's definition.
func checkMetricAlarm(in *sdk.PutMetricAlarmInput, resolution time.Duration) []fieldProblem {
	var problems []fieldProblem
	report := func(field, format string, arguments ...any) {
		problems = append(problems, fieldProblem{field, fmt.Sprintf(format, arguments...)})
	}
	checkAlarmName(in.AlarmName, report)
	if in.ComparisonOperator == "" {
		report("ComparisonOperator", "it is required")
	} else if _, ok := comparisons[in.ComparisonOperator]; !ok {
		report("ComparisonOperator", "the local CloudWatch has GreaterThanThreshold, GreaterThanOrEqualToThreshold, LessThanThreshold and LessThanOrEqualToThreshold, not %q", in.ComparisonOperator)
	}
	if in.Threshold == nil {
		report("Threshold", "it is required")
	}
	periods := aws.ToInt32(in.EvaluationPeriods)
	if periods < 1 {
		report("EvaluationPeriods", "it is required, and at least 1")
	}
	if m := in.DatapointsToAlarm; m != nil && (*m < 1 || *m > periods) {
		report("DatapointsToAlarm", "it is 1 to EvaluationPeriods (%d), not %d", periods, *m)
	}
	treatments := []string{treatBreaching, treatNotBreaching, treatIgnore, treatMissing}
	if treat := in.TreatMissingData; treat != nil && !slices.Contains(treatments, *treat) {
		report("TreatMissingData", "it is one of %s, not %q", strings.Join(treatments, ", "), *treat)
	}
	if few := in.EvaluateLowSampleCountPercentile; few != nil && *few != ignoreFew && *few != evaluateFew {
		report("EvaluateLowSampleCountPercentile", "it is %s or %s, not %q", evaluateFew, ignoreFew, *few)
	}
	if in.EvaluationCriteria != nil || in.EvaluationWindow != nil || in.ThresholdMetricId != nil {
		report("AlarmName", "the local CloudWatch has no anomaly detection, evaluation criteria or evaluation windows")
	}
	checkWatched(in, resolution, report)
	return problems
}

func checkAlarmName(name *string, report func(field, format string, arguments ...any)) {
	switch text := aws.ToString(name); {
	case text == "":
		report("AlarmName", "it is required")
	case len(text) > maxAlarmName || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }):
		report("AlarmName", "it has at most %d printable ASCII characters", maxAlarmName)
	}
}

// checkWatched checks what the alarm looks at: one metric, or queries.
func checkWatched(in *sdk.PutMetricAlarmInput, resolution time.Duration, report func(field, format string, arguments ...any)) {
	if len(in.Metrics) > 0 {
		if in.MetricName != nil || in.Namespace != nil || in.Statistic != "" || in.ExtendedStatistic != nil || in.Period != nil || len(in.Dimensions) > 0 {
			report("Metrics", "an alarm has either Metrics or Namespace, MetricName, Dimensions, Statistic and Period, not both")
			return
		}
	} else {
		complete := true
		for _, field := range []struct {
			name string
			set  bool
		}{
			{"Namespace", aws.ToString(in.Namespace) != ""},
			{"MetricName", aws.ToString(in.MetricName) != ""},
			{"Period", aws.ToInt32(in.Period) != 0},
		} {
			if !field.set {
				complete = false
				report(field.name, "it is required, unless there are Metrics")
			}
		}
		if (in.Statistic == "") == (in.ExtendedStatistic == nil) {
			complete = false
			report("Statistic", "either Statistic or ExtendedStatistic is required")
		}
		if !complete {
			return
		}
	}
	p, watched, err := watchedBy(alarmQueries(in), resolution)
	if err != nil {
		field := "MetricName"
		if len(in.Metrics) > 0 {
			field = "Metrics"
		}
		report(field, "%v", err)
		return
	}
	if look := time.Duration(p.queries[watched].period) * time.Second * time.Duration(aws.ToInt32(in.EvaluationPeriods)); look > maxLookBack {
		report("EvaluationPeriods", "EvaluationPeriods times the period is at most %v, not %v", maxLookBack, look)
	}
}

// alarmQueries are the queries behind an alarm: its own, or one for its metric.
func alarmQueries(in *sdk.PutMetricAlarmInput) []types.MetricDataQuery {
	if len(in.Metrics) > 0 {
		return in.Metrics
	}
	statistic := string(in.Statistic)
	if in.ExtendedStatistic != nil {
		statistic = *in.ExtendedStatistic
	}
	return []types.MetricDataQuery{{
		Id:         aws.String(singleMetricID),
		ReturnData: aws.Bool(true),
		MetricStat: &types.MetricStat{
			Metric: &types.Metric{Namespace: in.Namespace, MetricName: in.MetricName, Dimensions: in.Dimensions},
			Period: in.Period,
			Stat:   aws.String(statistic),
		},
	}}
}

// watchedBy is the plan of an alarm's queries, and the one whose data it compares.
func watchedBy(queries []types.MetricDataQuery, resolution time.Duration) (p *plan, watched string, err error) {
	p, err = newPlan(queries, resolution)
	if err != nil {
		return nil, "", err
	}
	for _, id := range p.ids {
		if !p.queries[id].returnData {
			continue
		}
		if watched != "" {
			return nil, "", fmt.Errorf("exactly one query may have ReturnData true, not both %q and %q", watched, id)
		}
		watched = id
	}
	if watched == "" {
		return nil, "", fmt.Errorf("one query must have ReturnData true")
	}
	return p, watched, nil
}

// newMetricAlarm prepares a checked definition.
func newMetricAlarm(in *types.MetricAlarm, resolution time.Duration) (*metricAlarm, error) {
	queries := alarmQueries(&sdk.PutMetricAlarmInput{
		Metrics: in.Metrics, Namespace: in.Namespace, MetricName: in.MetricName, Dimensions: in.Dimensions,
		Period: in.Period, Statistic: in.Statistic, ExtendedStatistic: in.ExtendedStatistic,
	})
	p, watched, err := watchedBy(queries, resolution)
	if err != nil {
		return nil, err
	}
	comparison := comparisons[in.ComparisonOperator]
	m := &metricAlarm{
		plan:       p,
		queries:    queries,
		watched:    watched,
		period:     p.queries[watched].period,
		periods:    int(aws.ToInt32(in.EvaluationPeriods)),
		datapoints: int(aws.ToInt32(in.EvaluationPeriods)),
		threshold:  aws.ToFloat64(in.Threshold),
		breaches:   comparison.breaches,
		comparison: comparison.words,
		treat:      treatMissing,
		ignoreFew:  aws.ToString(in.EvaluateLowSampleCountPercentile) == ignoreFew,
	}
	if in.DatapointsToAlarm != nil {
		m.datapoints = int(*in.DatapointsToAlarm)
	}
	if in.TreatMissingData != nil {
		m.treat = *in.TreatMissingData
	}
	return m, nil
}

// describedMetricAlarm is a definition as DescribeAlarms returns it.
func describedMetricAlarm(in *sdk.PutMetricAlarmInput, arn string, now time.Time) *types.MetricAlarm {
	return &types.MetricAlarm{
		AlarmName:                          in.AlarmName,
		AlarmArn:                           aws.String(arn),
		AlarmConfigurationUpdatedTimestamp: aws.Time(now),
		AlarmDescription:                   in.AlarmDescription,
		ActionsEnabled:                     aws.Bool(in.ActionsEnabled == nil || *in.ActionsEnabled),
		AlarmActions:                       in.AlarmActions,
		OKActions:                          in.OKActions,
		InsufficientDataActions:            in.InsufficientDataActions,
		ComparisonOperator:                 in.ComparisonOperator,
		DatapointsToAlarm:                  in.DatapointsToAlarm,
		Dimensions:                         in.Dimensions,
		EvaluateLowSampleCountPercentile:   in.EvaluateLowSampleCountPercentile,
		EvaluationPeriods:                  in.EvaluationPeriods,
		ExtendedStatistic:                  in.ExtendedStatistic,
		MetricName:                         in.MetricName,
		Metrics:                            in.Metrics,
		Namespace:                          in.Namespace,
		Period:                             in.Period,
		Statistic:                          in.Statistic,
		Threshold:                          in.Threshold,
		TreatMissingData:                   in.TreatMissingData,
		Unit:                               in.Unit,
	}
}
