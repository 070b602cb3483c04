package elasticloadbalancingv2

import (
	"maps"
	"net/http"
	"strconv"
	"time"
)

// A Meter counts requests. Record must return quickly; it may be called from
// several goroutines at once.
type Meter interface {
	Record(request Request)
}

// A HostMeter counts targets. RecordHosts is called after each health check.
type HostMeter interface {
	RecordHosts(hosts Hosts)
}

// A Request is what there is to count of one.
type Request struct {
	// LoadBalancer and TargetGroup are CloudWatch's dimensions: app/NAME/ID and
	// targetgroup/NAME/ID. TargetGroup is empty when the rule forwards nothing.
	LoadBalancer string
	TargetGroup  string
	// Target is the id of the one that was chosen; empty when there was none.
	Target string
	// TargetStatus is the status that the target answered with; 0 when it didn't.
	TargetStatus int
	// BalancerStatus is the status that the load balancer made up; 0 when the
	// answer is the target's.
	BalancerStatus int
	// ConnectionFailed: no connection to the target could be made.
	ConnectionFailed bool
	// Start is when the request came, Duration how long the target took to answer it.
	Start    time.Time
	Duration time.Duration
}

// Hosts are the registered targets of a group, which a load balancer uses.
type Hosts struct {
	LoadBalancer, TargetGroup string
	Healthy, Unhealthy        int
	At                        time.Time
}

// Namespace is that of the metrics of application load balancers:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
const Namespace = "AWS/ApplicationELB"

// A Metric is one value for CloudWatch. Times are in Seconds, all else is a Count.
type Metric struct {
	Name       string
	Dimensions map[string]string
	Value      float64
	Unit       string
	At         time.Time
}

// Metrics are what AWS publishes of a request: a count only where there is
// something to count, so no failure is no value, not 0.
func (r Request) Metrics() []Metric {
	balancer := map[string]string{"LoadBalancer": r.LoadBalancer}
	var metrics []Metric
	add := func(name string, value float64, unit string, dimensions map[string]string) {
		metrics = append(metrics, Metric{Name: name, Dimensions: dimensions, Value: value, Unit: unit, At: r.Start})
	}
	if r.BalancerStatus >= 300 {
		add("HTTPCode_ELB_"+class(r.BalancerStatus)+"_Count", 1, "Count", balancer)
	}
	switch r.BalancerStatus {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		add("HTTPCode_ELB_"+strconv.Itoa(r.BalancerStatus)+"_Count", 1, "Count", balancer)
	}
	if r.Target == "" { // AWS counts requests only once a target is chosen
		return metrics
	}
	both := maps.Clone(balancer)
	both["TargetGroup"] = r.TargetGroup
	for _, dimensions := range []map[string]string{balancer, both} {
		add("RequestCount", 1, "Count", dimensions)
		if r.ConnectionFailed {
			add("TargetConnectionErrorCount", 1, "Count", dimensions)
		}
		if r.TargetStatus != 0 {
			add("HTTPCode_Target_"+class(r.TargetStatus)+"_Count", 1, "Count", dimensions)
			add("TargetResponseTime", r.Duration.Seconds(), "Seconds", dimensions)
		}
	}
	return metrics
}

// class is 2XX to 5XX.
func class(status int) string { return strconv.Itoa(status/100) + "XX" }

// Metrics are what AWS publishes of a group's targets.
func (h Hosts) Metrics() []Metric {
	dimensions := map[string]string{"LoadBalancer": h.LoadBalancer, "TargetGroup": h.TargetGroup}
	return []Metric{
		{Name: "HealthyHostCount", Dimensions: dimensions, Value: float64(h.Healthy), Unit: "Count", At: h.At},
		{Name: "UnHealthyHostCount", Dimensions: dimensions, Value: float64(h.Unhealthy), Unit: "Count", At: h.At},
	}
}
