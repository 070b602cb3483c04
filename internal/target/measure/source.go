package measure

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Metric is one series of CloudWatch.
type Metric struct {
	Namespace string
	Name      string
	// Dimensions are all of the series', in the order in which they are sent: CloudWatch has no series for some of them.
	Dimensions []Dimension
}

// A Dimension is one by which a series is told from others.
type Dimension struct{ Name, Value string }

// By is the dimension of a name and a value.
func By(name, value string) Dimension { return Dimension{Name: name, Value: value} }

// A Source is where the counts of one version are. The zero Source is that of no version, and has none.
type Source struct {
	// Version is how errors name the version.
	Version string
	// Requests is the metric whose Sum is how many requests there were.
	Requests Metric
	// Unserved is the metric whose Sum is how many more there were, which nothing could be asked to serve and Requests leaves out; nil when
	// it leaves none out. They count for the judge's "errors" alone: nobody has measured them.
	Unserved *Metric
	// Bad are, by the judge's name of the metric (such as "errors"), the metrics whose Sums make up how many of the requests were
	// bad. One that has none counts none.
	Bad map[string][]Metric
	// Slow is the metric of how long requests took, for the judge's "latency"; nil when there is none.
	Slow *Metric
	// SlowAbove is the time above which a request is slow, in Slow's unit.
	SlowAbove float64
}

// asked is how to ask for one statistic of the metric.
func (m Metric) asked(statistic string) cloudwatchtypes.MetricStat {
	var dimensions []cloudwatchtypes.Dimension
	for _, dimension := range m.Dimensions {
		dimensions = append(dimensions, cloudwatchtypes.Dimension{Name: aws.String(dimension.Name), Value: aws.String(dimension.Value)})
	}
	return cloudwatchtypes.MetricStat{
		Metric: &cloudwatchtypes.Metric{Namespace: aws.String(m.Namespace), MetricName: aws.String(m.Name), Dimensions: dimensions},
		Stat:   aws.String(statistic),
	}
}

// Compared lists the metrics that a document compares, as the judge names them.
func Compared(document release.Document) []string {
	metrics := document.Analysis.Metrics
	if metrics == nil {
		return nil
	}
	var names []string
	if metrics.Errors != nil {
		names = append(names, judge.MetricErrors)
	}
	if metrics.Latency != nil {
		names = append(names, judge.MetricLatency)
	}
	if metrics.ServerErrors != nil {
		names = append(names, judge.MetricServerErrors)
	}
	return names
}
