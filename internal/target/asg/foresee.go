package asg

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Meets says which shares of whole instances weights become, with as many instances as there are now.
func (t *Target) Meets(ctx context.Context) (func(weight float64) float64, error) {
	return t.mode.meets(ctx)
}

// Foresee says what shifts take, and what a release adds to the bill.
func (t *Target) Foresee(ctx context.Context) (target.Foresight, error) { return t.mode.foresee(ctx) }

// meets counts on a new version that has as many instances as the stable one, as deploy makes it.
func (g *groups) meets(ctx context.Context) (func(weight float64) float64, error) {
	present, err := g.read(ctx)
	if err != nil {
		return nil, err
	}
	instances := len(serving(present.group(present.split().Stable)))
	return func(weight float64) float64 {
		switch {
		case instances == 0:
			return weight
		case weight > 50:
			few := Share(instances, instances, 100-weight)
			return percentOf(instances, instances+few)
		default:
			few := Share(instances, instances, weight)
			return percentOf(few, instances+few)
		}
	}, nil
}

// foresee tells, as far as it can be read, how long a load balancer takes to find an instance healthy that is new in the target group: one check that it passes, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (g *groups) foresee(ctx context.Context) (target.Foresight, error) {
	output, err := call.Do(ctx, "elasticloadbalancing: read "+g.asg.TargetGroup, g.elb.DescribeTargetGroups, &elbv2.DescribeTargetGroupsInput{TargetGroupArns: []string{g.asg.TargetGroup}})
	var interval release.Duration
	check := "a health check"
	if err == nil && len(output.TargetGroups) > 0 {
		interval = release.Duration(aws.ToInt32(output.TargetGroups[0].HealthCheckIntervalSeconds)) * release.Duration(time.Second)
		check = fmt.Sprintf("a health check, one every %s,", interval)
	}
	return target.Foresight{
		There:  target.Passage{Takes: interval, Why: "until the instances that come have passed " + strings.TrimSuffix(check, ",")},
		Back:   target.Passage{Takes: interval, Why: "above half of the traffic, until the old instances are attached again and have passed " + check + " and then the new ones are taken out; below, at once"},
		Beside: "a second full set of instances",
	}, nil
}

// meets counts on a group of the size that it has: an instance more that a refresh launches first makes the share smaller for a moment.
func (r *refresh) meets(ctx context.Context) (func(weight float64) float64, error) {
	present, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	total := len(present.group.Instances)
	return func(weight float64) float64 {
		if total == 0 {
			return weight
		}
		return percentOf(max(int(math.Ceil(float64(total)*weight/100-1e-9)), 1), total)
	}, nil
}

// foresee can't say how long an instance takes to boot.
func (r *refresh) foresee(context.Context) (target.Foresight, error) {
	const boots = "one batch after another, each for as long as an instance takes to boot, to pass its health checks and to warm up, which nobody knows before"
	return target.Foresight{
		There:    target.Passage{Why: "instances are replaced, " + boots},
		Back:     target.Passage{Why: "as long as the way there: every new instance is replaced by an old one, " + boots},
		Prepared: "a version of the launch template is made of the artifact; nothing of it runs, and nothing is tested, before users meet it",
		Beside:   "up to 10% more instances while some are replaced",
	}, nil
}
