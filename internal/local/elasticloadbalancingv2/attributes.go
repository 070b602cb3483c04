package elasticloadbalancingv2

import (
	"strconv"
	"time"
)

// The attributes of target groups that do something here.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
const (
	deregistrationDelay = "deregistration_delay.timeout_seconds"
	stickinessEnabled   = "stickiness.enabled"
	stickinessDuration  = "stickiness.lb_cookie.duration_seconds"
)

// attributes are all attributes of a group of instances or addresses behind an
// application load balancer, with AWS's defaults. One whose values are nil can
// have no other value here.
var attributes = map[string]struct {
	standard string
	valid    func(value string) bool
}{
	deregistrationDelay:                           {"300", seconds(0, 3600)},
	stickinessEnabled:                             {"false", func(value string) bool { return value == "true" || value == "false" }},
	stickinessDuration:                            {"86400", seconds(1, maxStickiness)},
	"stickiness.type":                             {"lb_cookie", nil},
	"slow_start.duration_seconds":                 {"0", nil},
	"load_balancing.algorithm.type":               {"round_robin", nil},
	"load_balancing.cross_zone.enabled":           {"use_load_balancer_configuration", nil},
	"load_balancing.algorithm.anomaly_mitigation": {"off", nil},
	"target_group_health.dns_failover.minimum_healthy_targets.count":                 {"1", nil},
	"target_group_health.dns_failover.minimum_healthy_targets.percentage":            {"off", nil},
	"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count":      {"1", nil},
	"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": {"off", nil},
}

func seconds(low, high int) func(string) bool {
	return func(value string) bool {
		number, err := strconv.Atoi(value)
		return err == nil && number >= low && number <= high
	}
}

func defaultAttributes() map[string]string {
	values := make(map[string]string, len(attributes))
	for key, attribute := range attributes {
		values[key] = attribute.standard
	}
	return values
}

func setAttribute(values map[string]string, key, value string) error {
	attribute, known := attributes[key]
	switch {
	case !known:
		return invalid("Target group attribute key '%s' is not recognized", key)
	case attribute.valid == nil && value != attribute.standard:
		return unsupported("target group attribute '%s' other than '%s', not '%s'", key, attribute.standard, value)
	case attribute.valid != nil && !attribute.valid(value):
		return invalid("Target group attribute '%s' cannot be '%s'", key, value)
	}
	values[key] = value
	return nil
}

// sticky reports whether a client keeps its target within the group.
func (g *targetGroup) sticky() bool { return g.Attributes[stickinessEnabled] == "true" }

// seconds reads a duration that setAttribute has let in.
func (g *targetGroup) seconds(key string) time.Duration {
	number, err := strconv.Atoi(g.Attributes[key])
	if err != nil {
		return 0
	}
	return time.Duration(number) * time.Second
}
