package alb_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localelb "github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// noon is when every test begins.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// A cloud is a load balancer whose listener forwards to target group blue of the pair blue and green. Behind each target group there may be a
// version, an Auto Scaling group with one instance, which is a server of this process that answers with its version.
type cloud struct {
	t     testing.TB
	clock *clock.Virtual
	elb   *localelb.Service

	balancer, listener, tests string
	blue, green, other        string

	mu        sync.Mutex
	groups    []autoscalingtypes.AutoScalingGroup
	addresses map[string]string
	calls     []string
	before    map[string][]func() error
	counted   []localelb.Request
	// refreshes are the instance refreshes of every group, the newest first.
	refreshes []autoscalingtypes.InstanceRefresh
	// edited are attributes of target groups that the local load balancer lacks.
	edited map[string][]types.TargetGroupAttribute
}

func newCloud(t testing.TB) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: clock.NewVirtual(noon), addresses: map[string]string{}, before: map[string][]func() error{}, edited: map[string][]types.TargetGroupAttribute{}}
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	var err error
	c.elb, err = localelb.New(localelb.Options{
		Clock: c.clock, Store: store.Memory(), Intercept: c.intercept, Address: c.address, Meter: c, AccountID: "123456789012",
		Random: func() float64 { mu.Lock(); defer mu.Unlock(); return random.Float64() },
	})
	must(t, err)
	t.Cleanup(c.elb.Close)
	balancer, err := c.elb.CreateLoadBalancer(foreign(t), &elbv2.CreateLoadBalancerInput{Name: aws.String("web"), Subnets: []string{"subnet-1", "subnet-2"}})
	must(t, err)
	c.balancer = *balancer.LoadBalancers[0].LoadBalancerArn
	c.blue, c.green, c.other = c.targetGroup("blue"), c.targetGroup("green"), c.targetGroup("other")
	c.listener = c.newListener(80, forwardTo(c.blue))
	c.tests = c.newListener(8080, types.Action{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("404")}})
	c.tag("echo", c.listener, c.tests, c.blue, c.green)
	return c
}

// targetGroup makes a target group.
func (c *cloud) targetGroup(name string) string {
	c.t.Helper()
	output, err := c.elb.CreateTargetGroup(foreign(c.t), &elbv2.CreateTargetGroupInput{
		Name: aws.String(name), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String("vpc-1"), TargetType: types.TargetTypeEnumInstance,
		HealthCheckIntervalSeconds: aws.Int32(10),
	})
	must(c.t, err)
	return *output.TargetGroups[0].TargetGroupArn
}

// newListener makes a listener of the load balancer.
func (c *cloud) newListener(port int32, actions ...types.Action) string {
	c.t.Helper()
	output, err := c.elb.CreateListener(foreign(c.t), &elbv2.CreateListenerInput{
		LoadBalancerArn: aws.String(c.balancer), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(port), DefaultActions: actions,
	})
	must(c.t, err)
	return *output.Listeners[0].ListenerArn
}

// newRule makes a foreign rule on the users' listener.
func (c *cloud) newRule(priority int32, conditions []types.RuleCondition, actions ...types.Action) string {
	c.t.Helper()
	output, err := c.elb.CreateRule(foreign(c.t), &elbv2.CreateRuleInput{ListenerArn: aws.String(c.listener), Priority: aws.Int32(priority), Conditions: conditions, Actions: actions})
	must(c.t, err)
	return *output.Rules[0].RuleArn
}

// tag gives resources of the load balancer to a service.
func (c *cloud) tag(service string, arns ...string) {
	c.t.Helper()
	_, err := c.elb.AddTags(foreign(c.t), &elbv2.AddTagsInput{ResourceArns: arns, Tags: []types.Tag{{Key: aws.String(fleet.TagService), Value: aws.String(service)}}})
	must(c.t, err)
}

// attach puts a version behind a target group: an Auto Scaling group that is a minute younger than the one before, and an instance. What was behind it is detached.
func (c *cloud) attach(version, targetGroup string) {
	c.t.Helper()
	c.detach(targetGroup)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, version) }))
	c.t.Cleanup(server.Close)
	id := fmt.Sprintf("i-%08s", version)
	c.clock.RunUntil(c.clock.Now().Add(time.Minute))
	c.mu.Lock()
	c.addresses[id] = strings.TrimPrefix(server.URL, "http://")
	c.groups = append(c.groups, autoscalingtypes.AutoScalingGroup{
		AutoScalingGroupName: aws.String("echo-production-" + version), CreatedTime: aws.Time(c.clock.Now()), TargetGroupARNs: []string{targetGroup},
		DesiredCapacity: aws.Int32(1), MinSize: aws.Int32(1), MaxSize: aws.Int32(3),
		Instances: []autoscalingtypes.Instance{{
			InstanceId: aws.String(id), LifecycleState: autoscalingtypes.LifecycleStateInService, HealthStatus: aws.String("Healthy"),
			LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: aws.String("lt-1"), Version: aws.String(version)},
		}},
		LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: aws.String("lt-1"), Version: aws.String(version)},
		Tags: []autoscalingtypes.TagDescription{
			{Key: aws.String(fleet.TagService), Value: aws.String("echo")}, {Key: aws.String(fleet.TagEnvironment), Value: aws.String("production")},
		},
	})
	c.mu.Unlock()
	_, err := c.elb.RegisterTargets(foreign(c.t), &elbv2.RegisterTargetsInput{TargetGroupArn: aws.String(targetGroup), Targets: []types.TargetDescription{{Id: aws.String(id)}}})
	must(c.t, err)
	c.pass(time.Minute)
}

// detach takes away what is behind a target group.
func (c *cloud) detach(targetGroup string) {
	c.t.Helper()
	c.mu.Lock()
	c.groups = slices.DeleteFunc(c.groups, func(group autoscalingtypes.AutoScalingGroup) bool {
		return slices.Contains(group.TargetGroupARNs, targetGroup)
	})
	c.mu.Unlock()
	health, err := c.elb.DescribeTargetHealth(foreign(c.t), &elbv2.DescribeTargetHealthInput{TargetGroupArn: aws.String(targetGroup)})
	must(c.t, err)
	for _, described := range health.TargetHealthDescriptions {
		_, err := c.elb.DeregisterTargets(foreign(c.t), &elbv2.DeregisterTargetsInput{TargetGroupArn: aws.String(targetGroup), Targets: []types.TargetDescription{*described.Target}})
		must(c.t, err)
	}
}

// pass lets time pass.
func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// address finds an instance.
func (c *cloud) address(_ context.Context, id string, _ int32) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	address, ok := c.addresses[id]
	return address, ok
}

// Record counts a request that the load balancer answered.
func (c *cloud) Record(request localelb.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counted = append(c.counted, request)
}

// DescribeAutoScalingGroups answers as AWS does to the filter by which groups of a service are found.
func (c *cloud) DescribeAutoScalingGroups(context.Context, *autoscaling.DescribeAutoScalingGroupsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &autoscaling.DescribeAutoScalingGroupsOutput{AutoScalingGroups: slices.Clone(c.groups)}, nil
}

// scaling is Auto Scaling as far as routing and preflight need it.
type scaling struct {
	fleet.AutoScalingAPI
	*cloud
}

func (s scaling) DescribeAutoScalingGroups(ctx context.Context, input *autoscaling.DescribeAutoScalingGroupsInput, options ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	return s.cloud.DescribeAutoScalingGroups(ctx, input, options...)
}

// DescribePolicies knows none.
func (scaling) DescribePolicies(context.Context, *autoscaling.DescribePoliciesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribePoliciesOutput, error) {
	return &autoscaling.DescribePoliciesOutput{}, nil
}

// DescribeInstanceRefreshes knows those that tests name.
func (s scaling) DescribeInstanceRefreshes(context.Context, *autoscaling.DescribeInstanceRefreshesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeInstanceRefreshesOutput, error) {
	return &autoscaling.DescribeInstanceRefreshesOutput{InstanceRefreshes: s.refreshes}, nil
}

// machines is EC2 as far as preflight needs it: every version of a launch template exists, and so does every image.
type machines struct{ alb.EC2API }

func (machines) DescribeLaunchTemplateVersions(_ context.Context, input *ec2.DescribeLaunchTemplateVersionsInput, _ ...func(*ec2.Options)) (*ec2.DescribeLaunchTemplateVersionsOutput, error) {
	output := &ec2.DescribeLaunchTemplateVersionsOutput{}
	for _, version := range input.Versions {
		number, err := strconv.ParseInt(version, 10, 64)
		if err != nil {
			return nil, err
		}
		output.LaunchTemplateVersions = append(output.LaunchTemplateVersions, ec2types.LaunchTemplateVersion{
			VersionNumber: aws.Int64(number), LaunchTemplateData: &ec2types.ResponseLaunchTemplateData{ImageId: aws.String("ami-0000000" + version)},
		})
	}
	return output, nil
}

func (machines) DescribeLaunchTemplates(_ context.Context, input *ec2.DescribeLaunchTemplatesInput, _ ...func(*ec2.Options)) (*ec2.DescribeLaunchTemplatesOutput, error) {
	return &ec2.DescribeLaunchTemplatesOutput{LaunchTemplates: []ec2types.LaunchTemplate{{
		LaunchTemplateId: &input.LaunchTemplateIds[0], Tags: []ec2types.Tag{{Key: aws.String(fleet.TagService), Value: aws.String("echo")}},
	}}}, nil
}

func (machines) DescribeImages(_ context.Context, input *ec2.DescribeImagesInput, _ ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error) {
	if input.ImageIds[0] == noImage {
		return &ec2.DescribeImagesOutput{}, nil
	}
	return &ec2.DescribeImagesOutput{Images: []ec2types.Image{{ImageId: aws.String(input.ImageIds[0]), Name: aws.String("echo"), State: ec2types.ImageStateAvailable}}}, nil
}

// noImage is the only image that does not exist.
const noImage = "ami-00000000"

// alarms is CloudWatch without an alarm.
type alarms struct{ measure.API }

func (alarms) DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	return &cloudwatch.DescribeAlarmsOutput{}, nil
}

// foreignKey marks calls that are not the target's.
type foreignKey struct{}

// foreign is a context for calls that are somebody else's.
func foreign(t testing.TB) context.Context {
	return context.WithValue(context.Background(), foreignKey{}, t.Name())
}

// intercept records the target's calls, and does what tests want done before them.
func (c *cloud) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	if ctx.Value(foreignKey{}) != nil {
		return call(ctx)
	}
	c.mu.Lock()
	c.calls = append(c.calls, operation)
	var first func() error
	if waiting := c.before[operation]; len(waiting) > 0 {
		first, c.before[operation] = waiting[0], waiting[1:]
	}
	c.mu.Unlock()
	if first != nil {
		if err := first(); err != nil {
			return err
		}
	}
	return call(ctx)
}

// next has something done before the next call of an operation; an error is its answer.
func (c *cloud) next(operation string, f func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before[operation] = append(c.before[operation], f)
}

// writes lists the target's calls that change anything.
func (c *cloud) writes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.calls), func(operation string) bool {
		_, name, _ := strings.Cut(operation, ":")
		return strings.HasPrefix(name, "Describe")
	})
}

// document is one with its defaults.
func (c *cloud) document(changes ...func(*release.Document)) release.Document {
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{AMI: "ami-00000002"},
		Target:   release.Target{ALB: &release.ALBTarget{Listener: c.listener, TargetGroups: []string{c.blue, c.green}}},
	}
	for _, change := range changes {
		change(&document)
	}
	return release.Default(document)
}

// target returns the target that releases a document.
func (c *cloud) target(changes ...func(*release.Document)) *alb.Target {
	return c.targetOf(editedAttributes{c.elb, c}, changes...)
}

// targetOf is target with another load balancing.
func (c *cloud) targetOf(elb alb.LoadBalancingAPI, changes ...func(*release.Document)) *alb.Target {
	return alb.New(alb.Options{Release: "r-1", Document: c.document(changes...), LoadBalancing: elb, AutoScaling: scaling{cloud: c}, EC2: machines{}, CloudWatch: alarms{}, Region: "us-east-1", Now: c.clock.Now})
}

// byRule makes a document's target a rule.
func byRule(arn string) func(*release.Document) {
	return func(document *release.Document) { document.Target.ALB.Rule = arn }
}

// forwardTo is an action with target groups of equal weights.
func forwardTo(arns ...string) types.Action {
	action := types.Action{Type: types.ActionTypeEnumForward, ForwardConfig: &types.ForwardActionConfig{}}
	for _, arn := range arns {
		action.ForwardConfig.TargetGroups = append(action.ForwardConfig.TargetGroups, types.TargetGroupTuple{TargetGroupArn: aws.String(arn), Weight: aws.Int32(1)})
	}
	return action
}

// weighted is an action with weights.
func weighted(stable string, forStable int32, canary string, forCanary int32) types.Action {
	action := forwardTo(stable, canary)
	action.ForwardConfig.TargetGroups[0].Weight, action.ForwardConfig.TargetGroups[1].Weight = aws.Int32(forStable), aws.Int32(forCanary)
	return action
}

// sticky makes an action keep clients.
func sticky(action types.Action) types.Action {
	action.ForwardConfig.TargetGroupStickinessConfig = &types.TargetGroupStickinessConfig{Enabled: aws.Bool(true), DurationSeconds: aws.Int32(3600)}
	return action
}

// move changes the default action, as a foreigner does.
func (c *cloud) move(actions ...types.Action) {
	c.t.Helper()
	_, err := c.elb.ModifyListener(foreign(c.t), &elbv2.ModifyListenerInput{ListenerArn: aws.String(c.listener), DefaultActions: actions})
	must(c.t, err)
}

// rules are those of the users' listener, the default one last.
func (c *cloud) rules() []types.Rule {
	c.t.Helper()
	output, err := c.elb.DescribeRules(foreign(c.t), &elbv2.DescribeRulesInput{ListenerArn: aws.String(c.listener)})
	must(c.t, err)
	return output.Rules
}

// actions are those of a rule, or of the default one.
func (c *cloud) actions(arn string) []types.Action {
	c.t.Helper()
	for _, rule := range c.rules() {
		if aws.ToString(rule.RuleArn) == arn || arn == "" && aws.ToBool(rule.IsDefault) {
			return rule.Actions
		}
	}
	c.t.Fatalf("there is no rule %s", arn)
	return nil
}

// weightsOf are the weights of actions by the target groups' names, such as "blue 90, green 10".
func weightsOf(actions []types.Action) string {
	var parts []string
	for _, action := range actions {
		if action.ForwardConfig == nil {
			continue
		}
		for _, tuple := range action.ForwardConfig.TargetGroups {
			parts = append(parts, fmt.Sprintf("%s %d", strings.Split(*tuple.TargetGroupArn, "/")[1], *tuple.Weight))
		}
	}
	return strings.Join(parts, ", ")
}

// mine is a guard that lets splits through.
func mine(splits ...release.Split) target.Guard {
	return target.Guard{Mine: func(split release.Split) bool { return slices.ContainsFunc(splits, split.Same) }, Check: func(context.Context) error { return nil }}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expectKind wants a failure of a kind that says all of texts.
func expectKind(t *testing.T, err error, want release.Kind, texts ...string) {
	t.Helper()
	if kind, _ := release.KindOf(err); kind != want {
		t.Fatalf("got kind %q, want %q: %v", kind, want, err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}
