package release

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of an analysis.
const (
	// mostDelay is how many periods late CloudWatch's metrics may come.
	mostDelay = 15
	// mostSamples bounds minimumSamples.
	mostSamples = 1_000_000_000
	// mostAlarms is how many one DescribeAlarms call can name
	// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html).
	mostAlarms = 100
	// longestAlarm is CloudWatch's limit on an alarm's name, and on a metric's
	// name and namespace, in characters.
	longestAlarm = 255
	// longestRequest is the longest timeout that a Lambda function can have
	// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
	longestRequest = Duration(15 * time.Minute)
)

func (v *validation) analysis() {
	analysis := v.given.Analysis
	v.period(analysis.Period)
	v.whole("analysis.delay", analysis.Delay, 0, mostDelay)
	v.falseRollbackRate(analysis.FalseRollbackRate)
	v.alarms(analysis.Alarms)
	v.metrics()
	v.whole("analysis.minimumSamples", analysis.MinimumSamples, 1, mostSamples)
	v.noData(analysis.NoData)
	v.outlasts(analysis.NoData.Limit)
}

// outlasts checks that a hold lasts until metrics can have come: a shorter one would end good releases as
// inconclusive. A return to an earlier version has no canary that is held.
func (v *validation) outlasts(limit Duration) {
	const path = "analysis.noData.limit"
	analysis := v.complete.Analysis
	least := inPeriods(heardAfter(analysis), analysis.Period)
	if limit < Duration(time.Second) || limit >= least || v.given.Request.Version != "" || v.source.spoiled("analysis.period") || v.source.spoiled("analysis.delay") {
		return
	}
	v.reject(path, limit, fmt.Sprintf("write %s or more, or leave it out", least),
		"is shorter than the %d periods of %s that it may take until a period is counted: one to begin, one to pass, and analysis.delay",
		heardAfter(analysis), analysis.Period)
}

func (v *validation) noData(given NoData) {
	const path = "analysis.noData"
	v.word(path+".policy", given.Policy, NoDataHold, NoDataPass, NoDataRollback)
	v.duration(path+".limit", given.Limit, Duration(time.Second))
	v.word(path+".then", given.Then, NoDataRollback, NoDataPromote)
}

// period checks the length of a tick. CloudWatch keeps Lambda's metrics per minute
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html).
func (v *validation) period(period Duration) {
	const path = "analysis.period"
	v.duration(path, period, Duration(time.Second))
	switch minute := Duration(time.Minute); {
	case period > minute && period%minute != 0 && period%Duration(time.Second) == 0:
		v.reject(path, period, "CloudWatch has no other periods above a minute", "must be whole minutes")
	case period >= Duration(time.Second) && period < minute:
		v.warn(path, "write 1m for a release on AWS", "CloudWatch has %s metrics by the minute; a period of %s works locally only", v.metricsOwner(), period)
	}
}

// metricsOwner says whose metrics tell the target's versions apart.
func (v *validation) metricsOwner() string {
	switch v.given.Target.Kind() {
	case kindALB, kindRoute53:
		return "a load balancer's"
	case kindASG:
		return "instances'"
	default:
		return "Lambda's"
	}
}

// Bounds of a threshold and of the false rollback rate.
const (
	leastRatio, belowRatio = 1, 1.45
	leastBurst, mostBurst  = 1, 100
	leastRate, mostRate    = 0.0001, 0.1
	// generousTolerance is one request in twenty.
	generousTolerance = 0.05
)

func (v *validation) falseRollbackRate(rate *float64) {
	if rate != nil && !(*rate >= leastRate && *rate <= mostRate) {
		v.reject("analysis.falseRollbackRate", *rate, "it is a share: write 0.01 for one good release in a hundred",
			"must be between %v and %v", leastRate, mostRate)
	}
}

// threshold checks how much worse a canary may be. The judge bets on true ratios from 1.5 up, so
// what is tolerated has to stay clearly below.
func (v *validation) threshold(path string, threshold Threshold) {
	v.share(path+".tolerance", threshold.Tolerance)
	if tolerance := threshold.Tolerance; tolerance != nil && *tolerance > generousTolerance && *tolerance <= 1 {
		v.warn(path+".tolerance", "it is a share: write 0.001 for one request in a thousand",
			"lets a canary fail more than one request in %v for ever", 1/generousTolerance)
	}
	if ratio := threshold.Ratio; ratio != nil && !(*ratio >= leastRatio && *ratio < belowRatio) {
		v.reject(path+".ratio", *ratio, "write 1.1 for a share that may be a tenth above stable's", "must be at least %v and below %v", leastRatio, belowRatio)
	}
	if burst := threshold.Burst; burst != nil && !(*burst >= leastBurst && *burst <= mostBurst) {
		v.reject(path+".burst", *burst, "leave it out to have it estimated", "must be between %v and %v", leastBurst, mostBurst)
	}
}

func (v *validation) alarms(alarms []string) {
	const list = "analysis.alarms"
	if len(alarms) > mostAlarms {
		v.reject(list, amount(len(alarms), "alarms"), "join some in a composite alarm", "must have at most %d alarms", mostAlarms)
	}
	seen := map[string]bool{}
	for i, name := range alarms {
		path := fmt.Sprintf("%s[%d]", list, i)
		_, inARN, isARN := strings.Cut(name, ":alarm:")
		switch length := utf8.RuneCountInString(name); {
		case length == 0 || length > longestAlarm:
			v.reject(path, name, "", "the name of an alarm has 1 to %d characters", longestAlarm)
		case isARN && strings.HasPrefix(name, "arn:"):
			v.reject(path, name, "write "+quote(inARN), "must be the alarm's name, not its ARN")
		case seen[name]:
			v.reject(path, name, "leave it out here", "the alarm is named twice")
		}
		seen[name] = true
	}
}

func (v *validation) metrics() {
	const path = "analysis.metrics"
	metrics := v.given.Analysis.Metrics
	if metrics == nil {
		metrics = v.complete.Analysis.Metrics
	}
	if metrics.Errors != nil {
		v.threshold(path+".errors", metrics.Errors.Threshold)
	}
	if metrics.Latency != nil {
		v.latency(path+".latency", *metrics.Latency)
	}
	if metrics.ServerErrors != nil {
		v.serverErrors(path+".serverErrors", *metrics.ServerErrors)
		return
	}
	if *metrics == (Metrics{}) && len(v.given.Analysis.Alarms) == 0 {
		v.warn(path, "name metrics or alarms", "nothing watches the canary")
	}
	switch v.given.Target.Kind() {
	case kindLambda, kindAPIGateway: // what counts for errors elsewhere is HTTP 5xx, or what instances count themselves
		v.warn(path, "count them in a metric with the dimension ExecutedVersion and name it under serverErrors",
			"nothing watches HTTP 5xx: for Lambda, a returned statusCode of 500 is a successful invocation")
	}
}

func (v *validation) latency(path string, latency LatencyMetric) {
	const key = ".slowerThan"
	switch limit := latency.SlowerThan; {
	case limit < 0 || limit == 0 && v.source.Has(path+key):
		v.reject(path+key, limit, "", "must be above 0")
	case limit > longestRequest:
		v.reject(path+key, limit, fmt.Sprintf("write %s or less", longestRequest), "is longer than a function can run")
	}
	v.threshold(path, latency.Threshold)
}

func (v *validation) serverErrors(path string, metric ServiceMetric) {
	const hint = "name the metric that the service emits"
	v.metricName(path+".namespace", metric.Namespace, true, hint)
	v.metricName(path+".name", metric.Name, false, hint)
	v.threshold(path, metric.Threshold)
}

// metricName checks the name of a metric, or of a namespace of them.
func (v *validation) metricName(path, name string, isNamespace bool, hint string) {
	switch {
	case name == "":
		v.missing(path, name, hint)
	case utf8.RuneCountInString(name) > longestAlarm:
		v.reject(path, name, "", "has more than %d characters", longestAlarm)
	case isNamespace && strings.HasPrefix(name, ":"):
		v.reject(path, name, "", "a namespace must not begin with a colon")
	}
}
