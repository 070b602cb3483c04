package measure

import (
	"strconv"

	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
)

// What series count, beside the bad requests of each metric.
const (
	// Requests are what every metric is a share of. A [Signal] says it of a metric that counts requests, good and bad: an
	// alarm may divide by it.
	Requests = "requests"
	// unserved are those that Requests leaves out.
	unserved = "unserved requests"
	// slowPercent is which percentage of the requests was slow.
	slowPercent = "percentage of slow requests"
)

// A line is what one series says: something of one of the sources, by its number. Where a metric's bad
// requests are in several series, part tells those apart.
type line struct {
	source int
	what   string
	part   int
}

// A series is one line of CloudWatch's answer, and how to ask for it.
type series struct {
	line
	version string
	query   cloudwatchtypes.MetricStat
}

// series lists what has to be asked of the sources.
func (r Reader) series(sources ...Source) []series {
	var all []series
	if len(r.Compared) == 0 {
		return nil
	}
	for number, source := range sources {
		if source.Requests.Name == "" {
			continue
		}
		add := func(what string, part int, metric Metric, statistic string) {
			all = append(all, series{line{number, what, part}, source.Version, metric.asked(statistic)})
		}
		add(Requests, 0, source.Requests, "Sum")
		for _, metric := range r.Compared {
			if metric == judge.MetricErrors && source.Unserved != nil {
				add(unserved, 0, *source.Unserved, "Sum")
			}
			for part, bad := range source.Bad[metric] {
				add(metric, part, bad, "Sum")
			}
			if metric == judge.MetricLatency && source.Slow != nil {
				above := "(" + strconv.FormatFloat(source.SlowAbove, 'f', -1, 64) + ":)"
				add(metric, 0, *source.Slow, "TC"+above)
				add(slowPercent, 0, *source.Slow, "PR"+above)
			}
		}
	}
	return all
}
