package cloudformation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudformation"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// A world is a CloudFormation with the services that its stacks are made of.
type world struct {
	*cloudformation.Service
	t         *testing.T
	clock     *clock.Virtual
	store     store.Store
	fleet     *fleet
	balancing *elasticloadbalancingv2.Service
}

func newWorld(t *testing.T, change ...func(*cloudformation.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)), store: store.Memory()}
	w.fleet = &fleet{clock: w.clock, templates: map[string]*ec2.CreateLaunchTemplateInput{}, groups: map[string]*autoscalingtypes.AutoScalingGroup{}, boot: 20 * time.Second}
	var err error
	w.balancing, err = elasticloadbalancingv2.New(elasticloadbalancingv2.Options{
		Clock: w.clock, Store: w.store, AccountID: "123456789012", ProvisionDuration: 10 * time.Second,
		Probe: func(context.Context, string, elasticloadbalancingv2.Check) error { return nil },
	})
	w.must(err)
	t.Cleanup(w.balancing.Close)
	w.start(change...)
	return w
}

// start makes a service of what the store has.
func (w *world) start(change ...func(*cloudformation.Options)) {
	w.t.Helper()
	options := cloudformation.Options{
		Clock: w.clock, Store: w.store, EC2: w.fleet, AutoScaling: w.fleet, LoadBalancing: w.balancing, AccountID: "123456789012", Stabilize: 5 * time.Minute,
		Template: func(_ context.Context, url string) ([]byte, error) {
			if url != "https://templates.example/web.yaml" {
				return nil, errors.New("not found")
			}
			return []byte(web), nil
		},
	}
	for _, c := range change {
		c(&options)
	}
	service, err := cloudformation.New(options)
	w.must(err)
	w.t.Cleanup(service.Close)
	w.Service = service
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// create begins a stack of a template with parameters: names and values in turn.
func (w *world) create(name, template string, parameters ...string) error {
	_, err := w.CreateStack(w.t.Context(), createInput(name, template, parameters...))
	return err
}

func createInput(name, template string, parameters ...string) *sdk.CreateStackInput {
	input := &sdk.CreateStackInput{StackName: &name, TemplateBody: &template, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}}}
	for i := 0; i < len(parameters); i += 2 {
		input.Parameters = append(input.Parameters, types.Parameter{ParameterKey: &parameters[i], ParameterValue: &parameters[i+1]})
	}
	return input
}

// settle lets time pass until nothing is being done to a stack, and returns it.
func (w *world) settle(name string) types.Stack {
	w.t.Helper()
	for range 10_000 {
		st := w.stack(name)
		if !strings.HasSuffix(string(st.StackStatus), "_IN_PROGRESS") {
			return st
		}
		w.clock.RunUntil(w.clock.Now().Add(time.Second))
	}
	w.t.Fatalf("stack %s never settles", name)
	return types.Stack{}
}

func (w *world) stack(name string) types.Stack {
	w.t.Helper()
	out, err := w.DescribeStacks(w.t.Context(), &sdk.DescribeStacksInput{StackName: &name})
	w.must(err)
	return out.Stacks[0]
}

// events are what happened, the oldest first: RESOURCE STATUS reason.
func (w *world) events(name string) []string {
	w.t.Helper()
	out, err := w.DescribeStackEvents(w.t.Context(), &sdk.DescribeStackEventsInput{StackName: &name})
	w.must(err)
	var lines []string
	for i := len(out.StackEvents) - 1; i >= 0; i-- {
		e := out.StackEvents[i]
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", *e.LogicalResourceId, e.ResourceStatus, aws.ToString(e.ResourceStatusReason))))
	}
	return lines
}

// resources are the physical ids of a stack's resources.
func (w *world) resources(name string) map[string]string {
	w.t.Helper()
	out, err := w.DescribeStackResources(w.t.Context(), &sdk.DescribeStackResourcesInput{StackName: &name})
	w.must(err)
	ids := map[string]string{}
	for _, r := range out.StackResources {
		ids[*r.LogicalResourceId] = aws.ToString(r.PhysicalResourceId)
	}
	return ids
}

func (w *world) delete(name string) {
	w.t.Helper()
	_, err := w.DeleteStack(w.t.Context(), &sdk.DeleteStackInput{StackName: &name})
	w.must(err)
}

// refused checks the code of an error and a part of its message.
func refused(t *testing.T, err error, code, part string) {
	t.Helper()
	failure, ok := errors.AsType[smithy.APIError](err)
	if !ok || failure.ErrorCode() != code || !strings.Contains(failure.ErrorMessage(), part) {
		t.Errorf("the call ended with %v, want %s with %q", err, code, part)
	}
}

// A fleet is an EC2 and an Auto Scaling of just what stacks need.
type fleet struct {
	clock     *clock.Virtual
	boot      time.Duration
	templates map[string]*ec2.CreateLaunchTemplateInput
	groups    map[string]*autoscalingtypes.AutoScalingGroup
	refuses   error
	// deleting is how often a group says that it is being deleted.
	deleting int
}

func failure(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message}
}

func (f *fleet) CreateLaunchTemplate(_ context.Context, in *ec2.CreateLaunchTemplateInput, _ ...func(*ec2.Options)) (*ec2.CreateLaunchTemplateOutput, error) {
	for id, made := range f.templates {
		if *made.ClientToken == *in.ClientToken {
			return &ec2.CreateLaunchTemplateOutput{LaunchTemplate: &ec2types.LaunchTemplate{LaunchTemplateId: &id}}, nil
		}
	}
	id := fmt.Sprintf("lt-%d", len(f.templates)+1)
	f.templates[id] = in
	return &ec2.CreateLaunchTemplateOutput{LaunchTemplate: &ec2types.LaunchTemplate{LaunchTemplateId: &id}}, nil
}

func (f *fleet) DescribeLaunchTemplates(_ context.Context, in *ec2.DescribeLaunchTemplatesInput, _ ...func(*ec2.Options)) (*ec2.DescribeLaunchTemplatesOutput, error) {
	made := f.templates[in.LaunchTemplateIds[0]]
	if made == nil {
		return nil, failure("InvalidLaunchTemplateId.NotFound", "gone")
	}
	return &ec2.DescribeLaunchTemplatesOutput{LaunchTemplates: []ec2types.LaunchTemplate{{
		LaunchTemplateId: &in.LaunchTemplateIds[0], LaunchTemplateName: made.LaunchTemplateName, LatestVersionNumber: aws.Int64(1), DefaultVersionNumber: aws.Int64(1),
	}}}, nil
}

func (f *fleet) DeleteLaunchTemplate(_ context.Context, in *ec2.DeleteLaunchTemplateInput, _ ...func(*ec2.Options)) (*ec2.DeleteLaunchTemplateOutput, error) {
	delete(f.templates, *in.LaunchTemplateId)
	return &ec2.DeleteLaunchTemplateOutput{}, nil
}

func (f *fleet) DescribeImages(_ context.Context, in *ec2.DescribeImagesInput, _ ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error) {
	switch in.ImageIds[0] {
	case "ami-1":
		return &ec2.DescribeImagesOutput{Images: []ec2types.Image{{ImageId: aws.String("ami-1")}}}, nil
	case "ami-broken":
		return nil, failure("InternalError", "no answer")
	default:
		return nil, failure("InvalidAMIID.NotFound", "gone")
	}
}

func (f *fleet) CreateAutoScalingGroup(_ context.Context, in *autoscaling.CreateAutoScalingGroupInput, _ ...func(*autoscaling.Options)) (*autoscaling.CreateAutoScalingGroupOutput, error) {
	if f.refuses != nil {
		return nil, f.refuses
	}
	if f.groups[*in.AutoScalingGroupName] != nil {
		return nil, failure("AlreadyExists", "AutoScalingGroup by this name already exists")
	}
	group := &autoscalingtypes.AutoScalingGroup{
		AutoScalingGroupName: in.AutoScalingGroupName, MinSize: in.MinSize, MaxSize: in.MaxSize, DesiredCapacity: in.DesiredCapacity, LaunchTemplate: in.LaunchTemplate,
		VPCZoneIdentifier: in.VPCZoneIdentifier, TargetGroupARNs: in.TargetGroupARNs, HealthCheckType: in.HealthCheckType, DefaultCooldown: in.DefaultCooldown,
		AutoScalingGroupARN: aws.String("arn:" + *in.AutoScalingGroupName), CreatedTime: aws.Time(f.clock.Now()),
	}
	if group.DesiredCapacity == nil {
		group.DesiredCapacity = in.MinSize
	}
	for _, tag := range in.Tags {
		group.Tags = append(group.Tags, autoscalingtypes.TagDescription{Key: tag.Key, Value: tag.Value, PropagateAtLaunch: tag.PropagateAtLaunch})
	}
	f.groups[*in.AutoScalingGroupName] = group
	return &autoscaling.CreateAutoScalingGroupOutput{}, nil
}

func (f *fleet) DescribeAutoScalingGroups(_ context.Context, in *autoscaling.DescribeAutoScalingGroupsInput, _ ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	made := f.groups[in.AutoScalingGroupNames[0]]
	if made == nil {
		return &autoscaling.DescribeAutoScalingGroupsOutput{}, nil
	}
	group := *made
	for range *group.DesiredCapacity {
		state := autoscalingtypes.LifecycleStatePending
		if f.clock.Now().Sub(*group.CreatedTime) >= f.boot {
			state = autoscalingtypes.LifecycleStateInService
		}
		group.Instances = append(group.Instances, autoscalingtypes.Instance{LifecycleState: state})
	}
	if group.Status != nil {
		if f.deleting--; f.deleting <= 0 {
			delete(f.groups, *group.AutoScalingGroupName)
		}
	}
	return &autoscaling.DescribeAutoScalingGroupsOutput{AutoScalingGroups: []autoscalingtypes.AutoScalingGroup{group}}, nil
}

func (f *fleet) DeleteAutoScalingGroup(_ context.Context, in *autoscaling.DeleteAutoScalingGroupInput, _ ...func(*autoscaling.Options)) (*autoscaling.DeleteAutoScalingGroupOutput, error) {
	if !*in.ForceDelete {
		return nil, failure("ResourceInUse", "it has instances")
	}
	f.deleting = 3
	f.groups[*in.AutoScalingGroupName].Status = aws.String("Delete in progress")
	return &autoscaling.DeleteAutoScalingGroupOutput{}, nil
}

// web is a whole stack: a load balancer before a group of instances.
const web = `AWSTemplateFormatVersion: "2010-09-09"
Description: a web service
Parameters:
  ImageId: {Type: "AWS::EC2::Image::Id"}
  Release: {Type: String, Description: which release it is, AllowedPattern: "[a-z0-9-]+"}
  Size: {Type: Number, Default: 2, MinValue: 1, MaxValue: 4}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>", Default: "subnet-1, subnet-2"}
  Secret: {Type: String, Default: hush, NoEcho: true}
  Audience: {Type: String, Default: "no", AllowedValues: ["yes", "no"]}
Mappings:
  Ports: {us-east-1: {web: 80}}
Conditions:
  HasAudience: !Equals [!Ref Audience, "yes"]
  HasNone: !Not [!Condition HasAudience]
  Always: !Or [!Condition HasAudience, !Condition HasNone]
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: !Ref ImageId
        InstanceType: t3.micro
        UserData:
          Fn::Base64: !Sub |
            RELEASE=${Release} OF=${AWS::StackName} KEEP=${!HOME}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    DependsOn: Listener
    Properties:
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      MinSize: !Ref Size
      MaxSize: "4"
      Cooldown: 60
      VPCZoneIdentifier: !Ref Subnets
      TargetGroupARNs: [!Ref Targets]
      HealthCheckType: !If [HasAudience, EC2, !Ref "AWS::NoValue"]
      Tags:
        - {Key: release, Value: !Ref Release, PropagateAtLaunch: true}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Subnets: !Ref Subnets}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      Port: !FindInMap [Ports, !Ref "AWS::Region", web]
      Protocol: HTTP
      VpcId: vpc-1
      HealthCheckIntervalSeconds: 10
      Tags: [{Key: team, Value: blue}]
      TargetGroupAttributes: [{Key: deregistration_delay.timeout_seconds, Value: 30}]
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 80
      Protocol: HTTP
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Condition: HasAudience
    Properties:
      ListenerArn: !Ref Listener
      Priority: 10
      Conditions: [{Field: http-header, HttpHeaderConfig: {HttpHeaderName: X-Team, Values: [red]}}]
      Actions: [{Type: forward, ForwardConfig: {TargetGroups: [{TargetGroupArn: !Ref Targets, Weight: 1}]}}]
  Handle:
    Type: AWS::CloudFormation::WaitConditionHandle
Outputs:
  Endpoint: {Value: !Sub "http://${Balancer.DNSName}/", Description: where it answers}
  Names: {Value: !Join ["-", [!Select [1, !Split [",", "a,b"]], !Ref "AWS::AccountId", !Ref "AWS::Partition", !Ref "AWS::URLSuffix"]]}
  Audience: {Value: !Ref Rule, Condition: HasAudience}
`
