package cloudwatch_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

func TestStatistics(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	for _, value := range []float64{100, 200, 300, 400, 500, 600, 700, 800, 900, 1000} {
		s.RecordMetric("test", nil, "m", value, start.Add(time.Second))
	}
	for statistic, want := range map[string]string{
		"SampleCount":     "0=10",
		"Sum":             "0=5500",
		"Average":         "0=550",
		"Minimum":         "0=100",
		"Maximum":         "0=1000",
		"p50":             "0=500",
		"p90":             "0=900",
		"p99.9":           "0=1000",
		"p100":            "0=1000",
		"p0":              "0=100",
		"TC(500:)":        "0=5",
		"TC(:500)":        "0=5",
		"TC(200:500)":     "0=3",
		"TC(2000:)":       "0=0",
		"TC(:25%)":        "0=2.5",
		"tc90":            "0=9",
		"TS(800:)":        "0=1900",
		"ts50":            "0=1500",
		"TM(200:500)":     "0=400",
		"TM(20%:80%)":     "0=550",
		"tm90":            "0=500",
		"TM(2000:)":       "",
		"IQM":             "0=550",
		"PR(:300)":        "0=30",
		"PR(300:900)":     "0=60",
		"TC(0.5:)":        "0=10",
		"TM(99.5%:100%)":  "0=1000",
		"TC(-5:150.5)":    "0=1",
		"TC(999.9999:)":   "0=1",
		"PR(1000:)":       "0=0",
		"TS(10%:)":        "0=5400",
		"p10.0000000001":  "0=200",
		"TM(:12.5%)":      "0=120",
		"TC(12.5%:37.5%)": "0=2.5",
	} {
		if got := points(get(t, s, start, start.Add(time.Minute), stat("m", "m", statistic, 60))[0]); got != want {
			t.Errorf("%s: got %q, want %q", statistic, got, want)
		}
	}
}

func TestUnknownStatisticsAreRefused(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	for _, statistic := range []string{"", "sum", "p101", "p", "TC()", "TC(:)", "TC(5:1)", "TC(10%:20)", "TM(-1%:)", "TC(1.2.3:)", "PR(1%:)", "WM(1%:2%)", "tc(1:2)"} {
		_, err := s.GetMetricData(t.Context(), &sdk.GetMetricDataInput{
			StartTime: aws.Time(start), EndTime: aws.Time(start.Add(time.Minute)),
			MetricDataQueries: []types.MetricDataQuery{stat("m", "m", statistic, 60)},
		})
		if code(err) != "ValidationError" {
			t.Errorf("%q: error %v", statistic, err)
		}
	}
}

func TestPeriodsAreAlignedAndHalfOpen(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	for _, second := range []int{-1, 0, 59, 60, 61, 180} {
		s.RecordMetric("test", nil, "m", 1, start.Add(time.Duration(second)*time.Second))
	}
	for name, c := range map[string]struct {
		from, to time.Duration
		period   int32
		want     string
	}{
		"a start within a period takes all of it": {30 * time.Second, 2 * time.Minute, 60, "0=2 60=2"},
		"the end is exclusive":                    {0, 3 * time.Minute, 60, "0=2 60=2"},
		"an end within a period takes all of it":  {0, 3*time.Minute + time.Millisecond, 60, "0=2 60=2 180=1"},
		"seconds":                                 {59 * time.Second, 61 * time.Second, 1, "59=1 60=1"},
		// 01:30:00 is 6 s after a multiple of 7 s since 1970.
		"periods align with the epoch": {0, time.Minute, 7, "-6=2 57=3"},
	} {
		if got := points(get(t, s, start.Add(c.from), start.Add(c.to), stat("m", "m", "Sum", c.period))[0]); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestInvocationsAreCountedUnderEachDimensionSet(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	for _, i := range []cloudwatch.Invocation{
		{Function: "echo", Alias: "live", Version: "1", Duration: 10 * time.Millisecond},
		{Function: "echo", Alias: "live", Version: "2", Duration: 1500 * time.Millisecond, Error: true},
		{Function: "echo", Alias: "live", Version: "2", Throttled: true, Error: true},
		{Function: "echo", Version: "2", Duration: 20 * time.Millisecond},
		{Function: "echo", Version: "$LATEST", Duration: 20 * time.Millisecond},
		{Function: "other", Alias: "live", Version: "1", Duration: 30 * time.Millisecond},
	} {
		i.Start = start
		s.RecordInvocation(i)
	}
	for dimensions, want := range map[string]string{
		"":                                     "Invocations 5, Errors 1, Throttles 1, Duration 1580, slow 1",
		"FunctionName=echo":                    "Invocations 4, Errors 1, Throttles 1, Duration 1550, slow 1",
		"FunctionName=echo,Resource=echo:live": "Invocations 2, Errors 1, Throttles 1, Duration 1510, slow 1",
		"FunctionName=echo,Resource=echo:live,ExecutedVersion=1":     "Invocations 1, Errors 0, Throttles 0, Duration 10, slow 0",
		"FunctionName=echo,Resource=echo:live,ExecutedVersion=2":     "Invocations 1, Errors 1, Throttles 1, Duration 1500, slow 1",
		"FunctionName=echo,Resource=echo:2":                          "Invocations 1, Errors 0, Throttles 0, Duration 20, slow 0",
		"FunctionName=echo,Resource=echo":                            "Invocations 1, Errors 0, Throttles 0, Duration 20, slow 0",
		"ExecutedVersion=1,Resource=other:live,FunctionName=other":   "Invocations 1, Errors 0, Throttles 0, Duration 30, slow 0",
		"FunctionName=nobody":                                        "",
		"FunctionName=other,Resource=other:live,ExecutedVersion=all": "",
	} {
		query := func(id, name, statistic string) types.MetricDataQuery {
			q := stat(id, name, statistic, 60)
			q.MetricStat.Metric.Namespace = aws.String("AWS/Lambda")
			for _, pair := range strings.Split(dimensions, ",") {
				if name, value, ok := strings.Cut(pair, "="); ok {
					q.MetricStat.Metric.Dimensions = append(q.MetricStat.Metric.Dimensions, types.Dimension{Name: aws.String(name), Value: aws.String(value)})
				}
			}
			return q
		}
		var parts []string
		for _, r := range get(t, s, start, start.Add(time.Minute),
			query("a", "Invocations", "Sum"), query("b", "Errors", "Sum"), query("c", "Throttles", "Sum"), query("d", "Duration", "Sum"), query("e", "Duration", "TC(1000:)"),
		) {
			if len(r.Values) == 0 {
				continue
			}
			label := *r.Label
			if *r.Id == "e" {
				label = "slow"
			}
			parts = append(parts, fmt.Sprintf("%s %g", label, r.Values[0]))
		}
		if got := strings.Join(parts, ", "); got != want {
			t.Errorf("{%s}: got %q, want %q", dimensions, got, want)
		}
	}
}

func TestCountsAreAsManyInvocations(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one, _ := open(t, nil)
		many, _ := open(t, nil)
		counts := cloudwatch.Counts{Function: "f", Alias: "a", Version: "1", At: start, Throttles: rapid.IntRange(0, 3).Draw(t, "throttles")}
		for _, count := range rapid.SliceOfN(rapid.IntRange(1, 9), 0, 4).Draw(t, "counts") {
			d := time.Duration(rapid.IntRange(1, 3000).Draw(t, "duration")) * time.Millisecond
			counts.Durations = append(counts.Durations, cloudwatch.DurationCount{Duration: d, Count: count})
			counts.Invocations += count
		}
		counts.Errors = rapid.IntRange(0, counts.Invocations).Draw(t, "errors")
		one.RecordCounts(counts)
		recordSingly(many, counts)
		var queries []types.MetricDataQuery
		for _, name := range []string{"Invocations", "Errors", "Throttles", "Duration"} {
			for i, statistic := range []string{"Sum", "SampleCount", "Maximum", "p50", "TC(1000:)"} {
				q := stat(fmt.Sprintf("%s%d", strings.ToLower(name), i), name, statistic, 1)
				q.MetricStat.Metric.Namespace = aws.String("AWS/Lambda")
				queries = append(queries, q)
			}
		}
		want, got := get(t, many, start, start.Add(time.Second), queries...), get(t, one, start, start.Add(time.Second), queries...)
		for i := range want {
			if points(want[i]) != points(got[i]) {
				t.Fatalf("%s: got %q, want %q", *want[i].Id, points(got[i]), points(want[i]))
			}
		}
	})
}

// However many values come, counts and sums are exact, and what depends on
// the values' order is as exact as the package says.
func TestManyValuesStayAccurate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, _ := open(t, nil)
		n := rapid.IntRange(1, 3000).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		values := make([]float64, n)
		sum := 0.0
		for i := range values {
			seed = seed*6364136223846793005 + 1442695040888963407
			values[i] = math.Exp(float64(seed>>40)/float64(1<<24)*8) - 0.5
			sum += values[i]
			s.RecordMetric("test", nil, "m", values[i], start.Add(time.Duration(i%3)*time.Second))
		}
		slices.SortFunc(values, cmp.Compare)
		results := get(t, s, start, start.Add(time.Minute),
			stat("n", "m", "SampleCount", 60), stat("sum", "m", "Sum", 60), stat("p90", "m", "p90", 60), stat("slow", "m", "TC(100:)", 60))
		near := func(name string, got, want, tolerance float64) {
			if math.Abs(got-want) > tolerance {
				t.Fatalf("%s of %d values: got %v, want %v", name, n, got, want)
			}
		}
		near("count", results[0].Values[0], float64(n), 0)
		near("sum", results[1].Values[0], sum, 1e-9*sum)
		exact := values[int(math.Ceil(0.9*float64(n)))-1]
		near("p90", results[2].Values[0], exact, math.Abs(exact)*0.0003)
		low, high := 0.0, 0.0
		for _, value := range values {
			if value > 100*1.0003 {
				low++
			}
			if value > 100*0.9997 {
				high++
			}
		}
		if slow := results[3].Values[0]; slow < low || slow > high {
			t.Fatalf("TC(100:) of %d values: got %v, want %v to %v", n, slow, low, high)
		}
	})
}

func TestMetricMath(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	put := func(name string, values ...float64) {
		for i, value := range values {
			if !math.IsNaN(value) {
				s.RecordMetric("test", nil, name, value, start.Add(time.Duration(i)*time.Second))
			}
		}
	}
	none := math.NaN()
	put("errors", none, 1, none, 4)
	put("requests", 10, 10, 0, 8)
	for expression, want := range map[string]string{
		"e":                                   "1=1 3=4",
		"e/r":                                 "1=0.1 3=0.5",
		"FILL(e, 0) / r * 100":                "0=0 1=10 3=50",
		"100*(FILL(e,0))/MAX([FILL(e,0), r])": "0=0 1=10 3=50",
		"FILL(e, REPEAT)":                     "1=1 2=1 3=4",
		"FILL(e, r)":                          "0=10 1=1 2=0 3=4",
		"-e + 2":                              "1=1 3=-2",
		"2^3 - r":                             "0=-2 1=-2 2=8 3=0",
		"r - 2 - 3":                           "0=5 1=5 2=-5 3=3",
		"IF(r > 5, r, 0)":                     "0=10 1=10 2=0 3=8",
		"IF(r >= 8 AND FILL(e,0) < 4, 1, 0)":  "0=1 1=1 2=0 3=0",
		"IF(r == 0 || r != 10, e)":            "error",
		"IF(1, e, r)":                         "1=1 3=4",
		"IF(1 < 0, e, r)":                     "0=10 1=10 2=0 3=8",
		"IF(e > 2, FILL(e, 0), r)":            "1=10 3=4",
		"SUM([e, r])":                         "0=10 1=11 2=0 3=12",
		"AVG([e, r, 1])":                      "0=5.5 1=4 2=0.5 3=4.33333",
		"MIN([e, r])":                         "0=10 1=1 2=0 3=4",
		"MAX(r)":                              "0=10 1=10 2=10 3=10",
		"SUM(e) + 1":                          "0=6 1=6 2=6 3=6",
		"ABS(e - 3) + CEIL(e/3) + FLOOR(e/3)": "1=3 3=4",
		"(e <= 1) + (e == 4)":                 "1=1 3=1",
		"r || e":                              "1=1 3=1",
		"AVG([e])":                            "1=1 3=4",
		"SUM(missing)":                        "",
		"missing + 1":                         "",
		"[e, r]":                              "error",
		"[e] + 1":                             "error",
		"SUM([[e], r])":                       "error",
		"IF([e], 1, 2)":                       "error",
		"FILL(1, e)":                          "error",
		"FILL(e, [r])":                        "error",
		"e + 1/0":                             "error",
		"1 + 2":                               "error",
		"e +":                                 "error",
		"e r":                                 "error",
		"(e":                                  "error",
		"e $ r":                               "error",
		"unknown + 1":                         "error",
		"Errors":                              "error",
		"RATE(e)":                             "error",
		"ABS(e, r)":                           "error",
		"FILL(e)":                             "error",
		"x + 1":                               "error",
		"other + e":                           "error",
		"e + " + strings.Repeat("1+", 1100):   "error",
		"FILL(e, 0":                           "error",
		"[e, r":                               "error",
	} {
		out, err := s.GetMetricData(t.Context(), &sdk.GetMetricDataInput{
			StartTime: aws.Time(start), EndTime: aws.Time(start.Add(4 * time.Second)), ScanBy: types.ScanByTimestampAscending,
			MetricDataQueries: []types.MetricDataQuery{
				hidden(stat("e", "errors", "Sum", 1)), hidden(stat("r", "requests", "Sum", 1)), hidden(stat("missing", "nothing", "Sum", 1)),
				hidden(stat("other", "requests", "Sum", 2)), calculation("x", expression),
			},
		})
		got := "error"
		if err == nil {
			got = points(out.MetricDataResults[0])
		} else if code(err) != "ValidationError" {
			t.Errorf("%s: error %v", expression, err)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q (%v)", expression, got, want, err)
		}
	}
}

// Each query is computed once, or this would take for ever.
func TestExpressionsMayBuildOnEachOther(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	s.RecordMetric("test", nil, "m", 1, start)
	queries := []types.MetricDataQuery{hidden(stat("q0", "m", "Sum", 1))}
	for i := 1; i < 200; i++ {
		queries = append(queries, hidden(calculation(fmt.Sprintf("q%d", i), fmt.Sprintf("q%d/2 + q%d/2", i-1, i-1))))
	}
	queries[len(queries)-1].ReturnData = nil
	if got := points(get(t, s, start, start.Add(time.Second), queries...)[0]); got != "0=1" {
		t.Errorf("got %q", got)
	}
}

func TestGetMetricDataRefuses(t *testing.T) {
	t.Parallel()
	s, _ := open(t, func(o *cloudwatch.Options) { o.Resolution = 10 * time.Second })
	ok := stat("m", "m", "Sum", 60)
	for name, change := range map[string]func(*sdk.GetMetricDataInput){
		"no start":             func(in *sdk.GetMetricDataInput) { in.StartTime = nil },
		"an end at the start":  func(in *sdk.GetMetricDataInput) { in.EndTime = in.StartTime },
		"no queries":           func(in *sdk.GetMetricDataInput) { in.MetricDataQueries = nil },
		"501 queries":          func(in *sdk.GetMetricDataInput) { in.MetricDataQueries = make([]types.MetricDataQuery, 501) },
		"no data":              func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0] = hidden(ok) },
		"an id twice":          func(in *sdk.GetMetricDataInput) { in.MetricDataQueries = append(in.MetricDataQueries, ok) },
		"a bad id":             func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0].Id = aws.String("M1") },
		"nothing to compute":   func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat = nil },
		"a period in between":  func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0] = stat("m", "m", "Sum", 15) },
		"no period":            func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0] = stat("m", "m", "Sum", 0) },
		"no metric":            func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0] = stat("m", "", "Sum", 60) },
		"a bad token":          func(in *sdk.GetMetricDataInput) { in.NextToken = aws.String("x") },
		"a page of 0":          func(in *sdk.GetMetricDataInput) { in.MaxDatapoints = aws.Int32(0) },
		"a page beyond bounds": func(in *sdk.GetMetricDataInput) { in.MaxDatapoints = aws.Int32(100_801) },
	} {
		in := &sdk.GetMetricDataInput{StartTime: aws.Time(start), EndTime: aws.Time(start.Add(time.Hour)), MetricDataQueries: []types.MetricDataQuery{ok}}
		change(in)
		_, err := s.GetMetricData(t.Context(), in)
		if got := code(err); got != "ValidationError" && got != "InvalidNextToken" {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestDataPointsComeInPages(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	for i := range 5 {
		s.RecordMetric("test", nil, "a", float64(i), start.Add(time.Duration(i)*time.Second))
		s.RecordMetric("test", nil, "b", float64(10+i), start.Add(time.Duration(i)*time.Second))
	}
	in := &sdk.GetMetricDataInput{
		StartTime: aws.Time(start), EndTime: aws.Time(start.Add(time.Minute)), MaxDatapoints: aws.Int32(3),
		MetricDataQueries: []types.MetricDataQuery{stat("a", "a", "Sum", 1), stat("b", "b", "Sum", 1), stat("c", "c", "Sum", 1)},
	}
	var pages []string
	for {
		out, err := s.GetMetricData(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, r := range out.MetricDataResults {
			text += fmt.Sprintf("%s %s [%s] ", *r.Id, r.StatusCode, points(r))
		}
		pages = append(pages, strings.TrimSpace(text))
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	want := []string{
		"a PartialData [4=4 3=3 2=2] b PartialData [] c Complete []",
		"a Complete [1=1 0=0] b PartialData [4=14]",
		"b PartialData [3=13 2=12 1=11]",
		"b Complete [0=10]",
	}
	if diff := gocmp.Diff(want, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestPutMetricData(t *testing.T) {
	t.Parallel()
	s, v := open(t, nil)
	_, err := s.PutMetricData(t.Context(), &sdk.PutMetricDataInput{Namespace: aws.String("test"), MetricData: []types.MetricDatum{
		{MetricName: aws.String("m"), Value: aws.Float64(5)},
		{MetricName: aws.String("m"), Values: []float64{1, 2}, Counts: []float64{3, 1}, Timestamp: aws.Time(start.Add(time.Second))},
		{MetricName: aws.String("m"), Values: []float64{7}, Timestamp: aws.Time(start.Add(-time.Second))},
		{MetricName: aws.String("same"), StatisticValues: &types.StatisticSet{SampleCount: aws.Float64(4), Sum: aws.Float64(8), Minimum: aws.Float64(2), Maximum: aws.Float64(2)}},
		{MetricName: aws.String("summary"), StatisticValues: &types.StatisticSet{SampleCount: aws.Float64(4), Sum: aws.Float64(8), Minimum: aws.Float64(1), Maximum: aws.Float64(3)}},
		{MetricName: aws.String("nothing"), StatisticValues: &types.StatisticSet{SampleCount: aws.Float64(0), Sum: aws.Float64(0), Minimum: aws.Float64(0), Maximum: aws.Float64(0)}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for q, want := range map[[2]string]string{
		{"m", "Sum"}:               "-1=7 0=5 1=5",
		{"m", "SampleCount"}:       "-1=1 0=1 1=4",
		{"m", "p75"}:               "-1=7 0=5 1=1",
		{"same", "p50"}:            "0=2",
		{"summary", "Average"}:     "0=2",
		{"summary", "Minimum"}:     "0=1",
		{"summary", "p50"}:         "",
		{"summary", "TC(1:)"}:      "",
		{"nothing", "SampleCount"}: "",
	} {
		if got := points(get(t, s, start.Add(-time.Minute), start.Add(time.Minute), stat("q", q[0], q[1], 1))[0]); got != want {
			t.Errorf("%s %s: got %q, want %q", q[0], q[1], got, want)
		}
	}

	datum := func(change func(*types.MetricDatum)) []types.MetricDatum {
		d := types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(1)}
		change(&d)
		return []types.MetricDatum{d}
	}
	in := func(data []types.MetricDatum) *sdk.PutMetricDataInput {
		return &sdk.PutMetricDataInput{Namespace: aws.String("n"), MetricData: data}
	}
	for name, c := range map[string]struct {
		in   *sdk.PutMetricDataInput
		want string
	}{
		"no namespace":    {&sdk.PutMetricDataInput{MetricData: datum(func(*types.MetricDatum) {})}, "InvalidParameterValue"},
		"AWS's namespace": {&sdk.PutMetricDataInput{Namespace: aws.String("AWS/Lambda"), MetricData: datum(func(*types.MetricDatum) {})}, "InvalidParameterValue"},
		"too many":        {in(make([]types.MetricDatum, 1001)), "ValidationError"},
		"no name":         {in(datum(func(d *types.MetricDatum) { d.MetricName = nil })), "MissingParameter"},
		"31 dimensions":   {in(datum(func(d *types.MetricDatum) { d.Dimensions = make([]types.Dimension, 31) })), "ValidationError"},
		"an empty dimension": {in(datum(func(d *types.MetricDatum) {
			d.Dimensions = []types.Dimension{{Name: aws.String("x")}}
		})), "InvalidParameterValue"},
		"too old":        {in(datum(func(d *types.MetricDatum) { d.Timestamp = aws.Time(v.Now().Add(-15 * 24 * time.Hour)) })), "InvalidParameterValue"},
		"in the future":  {in(datum(func(d *types.MetricDatum) { d.Timestamp = aws.Time(v.Now().Add(3 * time.Hour)) })), "InvalidParameterValue"},
		"two forms":      {in(datum(func(d *types.MetricDatum) { d.Values = []float64{1} })), "InvalidParameterCombination"},
		"no form":        {in(datum(func(d *types.MetricDatum) { d.Value = nil })), "MissingParameter"},
		"half a summary": {in(datum(func(d *types.MetricDatum) { d.Value, d.StatisticValues = nil, &types.StatisticSet{Sum: aws.Float64(1)} })), "MissingParameter"},
		"counts of nothing": {in(datum(func(d *types.MetricDatum) {
			d.Value, d.Values, d.Counts = nil, []float64{1, 2}, []float64{1}
		})), "InvalidParameterValue"},
		"no number":  {in(datum(func(d *types.MetricDatum) { d.Value = aws.Float64(math.NaN()) })), "InvalidParameterValue"},
		"no samples": {in(datum(func(d *types.MetricDatum) { d.Value, d.Values, d.Counts = nil, []float64{1}, []float64{0} })), "InvalidParameterValue"},
	} {
		if _, err := s.PutMetricData(t.Context(), c.in); code(err) != c.want {
			t.Errorf("%s: error %v, want %s", name, err, c.want)
		}
	}
	s.RecordMetric("n", nil, "m", math.Inf(1), start)
	if out, err := s.ListMetrics(t.Context(), &sdk.ListMetricsInput{Namespace: aws.String("n")}); err != nil || len(out.Metrics) != 0 {
		t.Errorf("a refused datum was counted: %v %v", out.Metrics, err)
	}
}

func TestListMetrics(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	s.RecordInvocation(cloudwatch.Invocation{Function: "echo", Alias: "live", Version: "1", Start: start})
	for i := range 600 {
		s.RecordMetric("many", map[string]string{"n": fmt.Sprintf("%03d", i), "all": "yes"}, "m", 1, start)
	}
	for name, c := range map[string]struct {
		in   sdk.ListMetricsInput
		want int
	}{
		"all":                     {sdk.ListMetricsInput{}, 616},
		"a namespace":             {sdk.ListMetricsInput{Namespace: aws.String("many")}, 600},
		"a name":                  {sdk.ListMetricsInput{MetricName: aws.String("Duration")}, 4},
		"a dimension":             {sdk.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: aws.String("Resource")}}}, 8},
		"a dimension and a value": {sdk.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: aws.String("n"), Value: aws.String("007")}}}, 1},
		"a dimension of nobody":   {sdk.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: aws.String("x")}}}, 0},
	} {
		seen := 0
		for {
			out, err := s.ListMetrics(t.Context(), &c.in)
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Metrics) > 500 {
				t.Errorf("%s: %d metrics on one page", name, len(out.Metrics))
			}
			seen += len(out.Metrics)
			if c.in.NextToken = out.NextToken; out.NextToken == nil {
				break
			}
		}
		if seen != c.want {
			t.Errorf("%s: got %d metrics, want %d", name, seen, c.want)
		}
	}
	if _, err := s.ListMetrics(t.Context(), &sdk.ListMetricsInput{NextToken: aws.String("-1")}); code(err) != "InvalidNextToken" {
		t.Errorf("a bad token: error %v", err)
	}
}

func TestMetricsAreForgotten(t *testing.T) {
	t.Parallel()
	s, v := open(t, func(o *cloudwatch.Options) { o.Retention = time.Minute })
	record := func(after time.Duration) { s.RecordMetric("test", nil, "m", 1, start.Add(after)) }
	record(0)
	record(50 * time.Second)
	record(70 * time.Second)
	record(5 * time.Second) // too late: more than the retention before the newest
	record(20 * time.Second)
	if got := points(get(t, s, start, start.Add(time.Hour), stat("m", "m", "Sum", 1))[0]); got != "20=1 50=1 70=1" {
		t.Errorf("got %q", got)
	}
	s.RecordInvocation(cloudwatch.Invocation{Function: "old", Alias: "live", Version: "1", Start: start})
	v.RunUntil(start.Add(time.Hour))
	for range 2 { // the second finds the series that the first made
		s.RecordInvocation(cloudwatch.Invocation{Function: "new", Alias: "live", Version: "1", Start: v.Now()})
	}
	out, err := s.ListMetrics(t.Context(), &sdk.ListMetricsInput{MetricName: aws.String("Duration")})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range out.Metrics {
		for _, d := range m.Dimensions {
			if strings.HasPrefix(*d.Value, "old") {
				t.Errorf("%s=%s is still listed", *d.Name, *d.Value)
			}
		}
	}
	if len(out.Metrics) != 4 {
		t.Errorf("got %d metrics, want 4", len(out.Metrics))
	}
}

func BenchmarkRecordInvocation(b *testing.B) {
	s, _ := open(b, nil)
	durations := make([]time.Duration, 4096)
	seed := uint64(1)
	for i := range durations {
		seed = seed*6364136223846793005 + 1442695040888963407
		durations[i] = time.Duration(1e6 + seed>>40)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.RecordInvocation(cloudwatch.Invocation{
			Function: "echo", Alias: "live", Version: "1", Duration: durations[i%len(durations)],
			// 200,000 in each second.
			Start: start.Add(time.Duration(i/200_000) * time.Second),
		})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
