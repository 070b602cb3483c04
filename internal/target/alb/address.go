package alb

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// readListener reads a listener.
func (t *Target) readListener(ctx context.Context, arn string) (types.Listener, error) {
	what := "elbv2: read " + listenerName(arn)
	output, err := call.Do(ctx, what, t.elb.DescribeListeners, &elbv2.DescribeListenersInput{ListenerArns: []string{arn}})
	if call.Is[*types.ListenerNotFoundException](err) {
		return types.Listener{}, conflictWithout(listenerName(arn), err)
	}
	if err != nil {
		return types.Listener{}, err
	}
	if len(output.Listeners) != 1 {
		return types.Listener{}, fmt.Errorf("%s: %d came back", what, len(output.Listeners))
	}
	return output.Listeners[0], nil
}

// dnsName is the load balancer's name in the DNS.
func (t *Target) dnsName(ctx context.Context) (string, error) {
	arn := loadBalancerOf(t.alb.Listener)
	what := "elbv2: read load balancer " + arn
	output, err := call.Do(ctx, what, t.elb.DescribeLoadBalancers, &elbv2.DescribeLoadBalancersInput{LoadBalancerArns: []string{arn}})
	if err != nil {
		return "", err
	}
	if len(output.LoadBalancers) != 1 {
		return "", fmt.Errorf("%s: %d came back", what, len(output.LoadBalancers))
	}
	return aws.ToString(output.LoadBalancers[0].DNSName), nil
}

// addressOf is the URL of a listener.
func addressOf(name string, listener types.Listener) string {
	return fmt.Sprintf("%s://%s:%d", strings.ToLower(string(listener.Protocol)), name, aws.ToInt32(listener.Port))
}
