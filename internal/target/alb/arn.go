package alb

import "strings"

// An ARN of a load balancer and of what belongs to it ends in its full name, by which CloudWatch knows it, too:
//
//	arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/NAME/ID
//	arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/LISTENER
//	arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener-rule/app/NAME/ID/LISTENER/RULE
//	arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID
//
// See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html .

// What an Application Load Balancer's names, and those of its listeners and rules, begin with.
const (
	listenerOfApplication = "listener/app/"
	ruleOfApplication     = "listener-rule/app/"
)

// fullName is the part of an ARN behind the account.
func fullName(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	return parts[len(parts)-1]
}

// loadBalancerName is the full name of a listener's load balancer, app/NAME/ID.
func loadBalancerName(listener string) string {
	parts := strings.Split(strings.TrimPrefix(fullName(listener), "listener/"), "/")
	return strings.Join(parts[:min(3, len(parts))], "/")
}

// loadBalancerOf is the ARN of a listener's load balancer.
func loadBalancerOf(listener string) string {
	return strings.TrimSuffix(listener, fullName(listener)) + "loadbalancer/" + loadBalancerName(listener)
}

// belongsTo reports whether a rule is one of a listener.
func belongsTo(rule, listener string) bool {
	return strings.HasPrefix(fullName(rule), strings.Replace(fullName(listener), "listener/", "listener-rule/", 1)+"/")
}

// targetGroupName is the name that a person gave a target group.
func targetGroupName(arn string) string {
	parts := strings.Split(fullName(arn), "/")
	return parts[min(1, len(parts)-1)]
}
