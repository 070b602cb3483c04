package asg_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

func TestPreflightOfAFitAccount(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	found, err := c.target().Preflight(t.Context())
	must(t, err)
	if !found.Split.Same(at(0)) || found.First || len(c.Writes()) > 0 {
		t.Errorf("found %+v, wrote %v", found, c.Writes())
	}
}

func TestPreflightRefuses(t *testing.T) {
	t.Parallel()
	foreign := fleettest.Foreign()
	tests := map[string]struct {
		spoil  func(*cloud)
		change func(*release.Document)
		want   []string
	}{
		"a target group that is not there": {change: func(d *release.Document) { d.Target.ASG.TargetGroup += "0" }, want: []string{"does not exist", "target.asg.targetGroup"}},
		"a target group of nobody": {spoil: func(c *cloud) {
			_, err := c.LoadBalancing.RemoveTags(foreign, &elbv2.RemoveTagsInput{ResourceArns: []string{c.TargetGroup}, TagKeys: []string{"goldfinch:service"}})
			must(c.TB, err)
		}, want: []string{"has no tag goldfinch:service", "aws elbv2 add-tags"}},
		"a target group of another service": {spoil: func(c *cloud) {
			_, err := c.LoadBalancing.AddTags(foreign, &elbv2.AddTagsInput{ResourceArns: []string{c.TargetGroup}, Tags: tagged("goldfinch:service", "other")})
			must(c.TB, err)
		}, want: []string{"does not belong to service echo"}},
		"a target group of no load balancer": {spoil: func(c *cloud) { c.TargetGroup = c.NewTargetGroup("unused", true) }, want: []string{"is used by no load balancer", "forward a listener's requests to it"}},
		"a target group of addresses": {spoil: func(c *cloud) {
			output, err := c.LoadBalancing.CreateTargetGroup(foreign, &elbv2.CreateTargetGroupInput{
				Name: aws.String("addresses"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(8080), VpcId: aws.String("vpc-1"), TargetType: elbtypes.TargetTypeEnumIp,
			})
			must(c.TB, err)
			c.TargetGroup = *output.TargetGroups[0].TargetGroupArn
		}, want: []string{"has targets of type ip", "name one whose targets are instances"}},
		"no group attached": {spoil: func(c *cloud) { c.Detach(stableGroup) }, want: []string{"no Auto Scaling group of service echo is attached", "attach-traffic-sources"}},
		"two groups attached": {spoil: func(c *cloud) {
			c.Group("echo-production-4", "4", 1, fleettest.Made("r-9"), nil)
			c.Attach("echo-production-4")
		}, want: []string{"no release of Goldfinch is doing", "version 4"}},
		"a group without a tag": {spoil: func(c *cloud) {
			_, err := c.AutoScaling.DeleteTags(foreign, &autoscaling.DeleteTagsInput{Tags: []types.Tag{{Key: aws.String("goldfinch:service"), ResourceId: aws.String(stableGroup), ResourceType: aws.String("auto-scaling-group")}}})
			must(c.TB, err)
		}, want: []string{"instances that no Auto Scaling group of service echo has put there", "has no tag goldfinch:service"}},
		"a group on another target group, too": {spoil: func(c *cloud) {
			other := c.NewTargetGroup("other", true)
			_, err := c.AutoScaling.AttachTrafficSources(foreign, &autoscaling.AttachTrafficSourcesInput{AutoScalingGroupName: aws.String(stableGroup), TrafficSources: []types.TrafficSourceIdentifier{{Identifier: aws.String(other), Type: aws.String("elbv2")}}})
			must(c.TB, err)
		}, want: []string{"is attached to target group", "whose traffic Goldfinch would not move"}},
		"an instance refresh": {spoil: func(c *cloud) {
			_, err := c.AutoScaling.StartInstanceRefresh(foreign, &autoscaling.StartInstanceRefreshInput{AutoScalingGroupName: aws.String(stableGroup)})
			must(c.TB, err)
		}, want: []string{"instance refresh", "cancel-instance-refresh"}},
		"$Latest": {spoil: func(c *cloud) {
			_, err := c.AutoScaling.UpdateAutoScalingGroup(foreign, &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String(stableGroup), LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.Template), Version: aws.String("$Latest")}})
			must(c.TB, err)
		}, want: []string{`"$Latest"`}},
		"the image that users have":    {change: func(d *release.Document) { d.Artifact.AMI = "ami-00000000000000002" }, want: []string{"nothing to release"}},
		"an image that is not there":   {change: func(d *release.Document) { d.Artifact.AMI = "ami-00000000000000bad" }, want: []string{"ami-00000000000000bad", "does not exist"}},
		"alarms that are not there":    {change: func(d *release.Document) { d.Analysis.Alarms = []string{"nobody-made-this"} }, want: []string{"nobody-made-this"}},
		"a version that is not there":  {change: func(d *release.Document) { d.Request.Version = "99" }, want: []string{"version 99", "does not exist"}},
		"a return to the same version": {change: func(d *release.Document) { d.Request.Version = "2" }, want: []string{"nothing to release"}},
		"many reasons":                 {spoil: func(c *cloud) { c.Detach(stableGroup) }, change: func(d *release.Document) { d.Analysis.Alarms = []string{"nobody-made-this"} }, want: []string{"2 things stand in the way", "(1)", "(2)"}},
		"a group that is not there":    {spoil: func(c *cloud) { c.Detach(stableGroup) }, change: func(d *release.Document) { d.Target.ASG.Group = "nothing" }, want: []string{"group nothing does not exist"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			if test.spoil != nil {
				test.spoil(c)
			}
			change := test.change
			if change == nil {
				change = func(*release.Document) {}
			}
			_, err := c.target(change).Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.want...)
			if len(c.Writes()) > 0 {
				t.Errorf("it wrote %v", c.Writes())
			}
		})
	}
}

func TestPreflightNotesAndReturns(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, err := c.LoadBalancing.ModifyTargetGroupAttributes(fleettest.Foreign(), &elbv2.ModifyTargetGroupAttributesInput{
		TargetGroupArn: aws.String(c.TargetGroup), Attributes: []elbtypes.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("0")}},
	})
	must(t, err)
	found, err := c.target(func(d *release.Document) { d.Request.Version = "3"; d.Analysis.Alarms = []string{"nobody-made-this"} }).Preflight(t.Context())
	must(t, err)
	if text := strings.Join(found.Notes, "; "); !strings.Contains(text, "deregistration delay of 0") || !strings.Contains(text, "vpcSubnets") || !strings.Contains(text, "does without them") {
		t.Errorf("the notes are %q", text)
	}
}

func TestPreflightSaysWhatItMayNotRead(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Next("elasticloadbalancing:DescribeTargetGroups", func() error { return denied("elasticloadbalancing:DescribeTargetGroups") })
	_, err := c.target().Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "elasticloadbalancing:DescribeTargetGroups", "policy of Goldfinch's role")
}

func TestVerifyChecksEveryInstance(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	version := c.deployed()
	must(t, c.target().Verify(t.Context(), version))
	expected := func(body string) func(*release.Document) {
		return func(d *release.Document) {
			d.Target.ASG.TestPort = 9000
			d.Verify = []release.Check{{Name: "says what it is", Payload: map[string]any{"path": "/"}, Expect: map[string]any{"status": 200, "body": body}}}
		}
	}
	must(t, c.target(expected(c.images["5"])).Verify(t.Context(), version))
	err := c.target(expected("something else")).Verify(t.Context(), version)
	expectKind(t, err, release.KindUnhealthy, "4 of 4 instances of version 5 failed", "says what it is")
	c.Sicken(c.images["5"])
	expectKind(t, c.target().Verify(t.Context(), version), release.KindUnhealthy, "500")
	if split, err := c.target().Split(t.Context()); err != nil || !split.Same(at(0)) || c.Healthy(canaryGroup) > 0 {
		t.Errorf("verifying moved traffic to %v, %v", split, err)
	}
}

func TestDeployOfAVersionToReturnTo(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if version := c.deployed(func(d *release.Document) { d.Request.Version = "3" }); version != "3" || c.Described("echo-production-3") == nil {
		t.Errorf("deployed %s; the groups are %v", version, c.Groups())
	}
	_, _, err := c.target().Deploy(context.Background(), "77")
	expectKind(t, err, release.KindConflict, "version 77")
}

func TestDeployGivesUpAVersionThatDoesNotComeUp(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Abort(c.images["5"])
	for range 100 {
		_, done, err := c.target().Deploy(t.Context(), "2")
		if err != nil {
			expectKind(t, err, release.KindUnhealthy, canaryGroup)
			return
		}
		if done {
			t.Fatal("it is deployed")
		}
		c.Pass(time.Minute)
	}
	t.Fatal("it is waited for without end")
}
