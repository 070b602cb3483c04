package coexistence_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscloudformation "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cloudformationtypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudformation"
	localroute53 "github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
)

// A cloud is a local one, on a virtual clock, whose CloudFormation makes what the pages say.
type cloud struct {
	t *testing.T
	*fleettest.Account
	gateway *gateway
	records *localroute53.Service
	stacks  *cloudformation.Service
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{t: t, Account: fleettest.New(t), gateway: newGateway(t)}
	var err error
	c.records, err = localroute53.New(localroute53.Options{Clock: c.Clock, Store: store.Memory(), Propagation: 40 * time.Second})
	must(t, err)
	c.stacks, err = cloudformation.New(cloudformation.Options{
		Clock: c.Clock, Store: store.Memory(), EC2: c.EC2, AutoScaling: c.AutoScaling, LoadBalancing: c.LoadBalancing,
		Lambda: c.gateway.function, APIGateway: c.gateway.api, Route53: c.records,
		Template: func(context.Context, string) ([]byte, error) { return []byte(userStack), nil },
	})
	must(t, err)
	t.Cleanup(c.stacks.Close)
	for key, content := range map[string]string{"first.zip": "first", "third.zip": "third"} {
		_, err = c.gateway.objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("packages"), Key: &key, Body: bytes.NewReader(packed(t, content))})
		must(t, err)
	}
	return c
}

// userStack is a stack of target route53, without anything that takes time.
const userStack = `
Parameters:
  ImageId: {Type: String}
  Release: {Type: String}
Resources:
  Template: {Type: "AWS::EC2::LaunchTemplate", Properties: {LaunchTemplateName: !Ref "AWS::StackName", LaunchTemplateData: {ImageId: !Ref ImageId}}}
Outputs:
  Endpoint: {Value: 192.0.2.1}
  LoadBalancer: {Value: !Ref Release}
`

// stack makes a stack of a template with parameters, names and values in turn, and returns its outputs.
func (c *cloud) stack(name, template string, parameters ...string) map[string]string {
	c.t.Helper()
	input := &awscloudformation.CreateStackInput{StackName: &name, TemplateBody: &template}
	for pair := range slices.Chunk(parameters, 2) {
		input.Parameters = append(input.Parameters, cloudformationtypes.Parameter{ParameterKey: &pair[0], ParameterValue: &pair[1]})
	}
	_, err := c.stacks.CreateStack(c.t.Context(), input)
	must(c.t, err)
	c.Pass(10 * time.Minute)
	found, err := c.stacks.DescribeStacks(c.t.Context(), &awscloudformation.DescribeStacksInput{StackName: &name})
	must(c.t, err)
	if status := found.Stacks[0].StackStatus; status != cloudformationtypes.StackStatusCreateComplete {
		c.t.Fatalf("stack %s is %s: %s", name, status, aws.ToString(found.Stacks[0].StackStatusReason))
	}
	outputs := map[string]string{}
	for _, output := range found.Stacks[0].Outputs {
		outputs[*output.OutputKey] = *output.OutputValue
	}
	return outputs
}

// drifted wants drift detection to find differences in properties, as RESOURCE/PROPERTY/…, or none.
func (c *cloud) drifted(stack string, want ...string) {
	c.t.Helper()
	ctx := c.t.Context()
	begun, err := c.stacks.DetectStackDrift(ctx, &awscloudformation.DetectStackDriftInput{StackName: &stack})
	must(c.t, err)
	ended, err := c.stacks.DescribeStackDriftDetectionStatus(ctx, &awscloudformation.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: begun.StackDriftDetectionId})
	must(c.t, err)
	found, err := c.stacks.DescribeStackResourceDrifts(ctx, &awscloudformation.DescribeStackResourceDriftsInput{StackName: &stack})
	must(c.t, err)
	places := map[string]bool{}
	for _, resource := range found.StackResourceDrifts {
		for _, difference := range resource.PropertyDifferences {
			property, _, _ := strings.Cut(strings.TrimPrefix(*difference.PropertyPath, "/"), "/")
			places[*resource.LogicalResourceId+"/"+property] = true
		}
	}
	status := cloudformationtypes.StackDriftStatusInSync
	if len(want) > 0 {
		status = cloudformationtypes.StackDriftStatusDrifted
	}
	if got := slices.Sorted(maps.Keys(places)); !slices.Equal(got, want) || ended.StackDriftStatus != status || len(found.StackResourceDrifts) == 0 {
		c.t.Errorf("stack %s is %s in %v of %d resources, want %s in %v", stack, ended.StackDriftStatus, got, len(found.StackResourceDrifts), status, want)
	}
}

// promote releases a service, and wants a stack to be without drift all the while.
func (c *cloud) promote(s *service, stack string) {
	c.t.Helper()
	s.pass = func() { c.Pass(time.Minute) }
	s.deploy(c.t)
	if s.stable != "" {
		s.shift(c.t, 50)
		c.drifted(stack)
	}
	s.shift(c.t, 100)
	c.drifted(stack)
	c.Pass(time.Hour)
	s.retire(c.t)
	c.drifted(stack)
}

// network are parameters of stacks with instances.
func (c *cloud) network() []string {
	return []string{"ImageId", c.Image("1"), "Vpc", "vpc-1", "Subnets", "subnet-1,subnet-2"}
}

// TestCloudFormationFindsNoDrift makes stacks as the pages say, releases services in them, and has drift detection look for what changed.
// What the pages say should not be in a template is in another one here, where it drifts.
func TestCloudFormationFindsNoDrift(t *testing.T) {
	t.Parallel()
	template := func(t *testing.T, name string) string { return read(t, "testdata/cloudformation/"+name+".yaml") }
	tests := map[string]func(t *testing.T, c *cloud){
		"alb": func(t *testing.T, c *cloud) {
			made := c.stack("web", template(t, "alb"), c.network()...)
			rule := c.stack("rule", ruleTemplate, "Listener", made["Listener"], "Blue", made["Blue"])["Rule"]
			c.stack("first", template(t, "group"), "Template", made["Template"], "Targets", made["Blue"], "Subnets", "subnet-1,subnet-2", "Service", "echo")
			c.tag("echo", rule, made["Listener"])
			c.promote(&service{name: "alb", stable: "1", target: alb.New(alb.Options{
				Release: "r-1", Region: region, LoadBalancing: c.LoadBalancing, AutoScaling: c.AutoScaling, EC2: c.EC2, CloudWatch: c.CloudWatch, Now: c.Clock.Now,
				Document: document("echo", release.Artifact{AMI: c.Image("2")}, release.Target{ALB: &release.ALBTarget{
					Listener: made["Listener"], Rule: rule, TargetGroups: []string{made["Blue"], made["Green"]},
				}}),
			})}, "web")
			c.drifted("rule", "Rule/Actions")
			c.drifted("first", "First/DesiredCapacity", "First/MaxSize", "First/MinSize", "First/TargetGroupARNs")
			c.groupStays("first")
		},
		"asg": func(t *testing.T, c *cloud) {
			made := c.stack("web", template(t, "asg"), c.network()...)
			first := c.stack("first", template(t, "group"), "Template", made["Template"], "Targets", made["Targets"], "Subnets", "subnet-1,subnet-2", "Service", "orders")["Group"]
			c.tag("orders", made["Targets"])
			c.promote(&service{name: "asg", stable: "1", target: asg.New(asg.Options{
				Release: "r-1", Region: region, LoadBalancing: c.LoadBalancing, AutoScaling: c.AutoScaling, EC2: c.EC2, CloudWatch: c.CloudWatch, Now: c.Clock.Now,
				Document: document("orders", release.Artifact{AMI: c.Image("2")}, release.Target{ASG: &release.ASGTarget{Group: first, TargetGroup: made["Targets"]}}),
			})}, "web")
			c.drifted("first", "First/DesiredCapacity", "First/MaxSize", "First/MinSize", "First/TargetGroupARNs")
			c.groupStays("first")
		},
		"lambda": func(t *testing.T, c *cloud) {
			c.withoutFunction()
			c.stack("web", template(t, "lambda"), "Role", "arn:aws:iam::000000000000:role/echo")
			first := c.lambda("r-1", "second")
			c.promote(first, "web")
			second := c.lambda("r-2", "third")
			second.stable = first.canary
			c.promote(second, "web")
		},
		"lambda with its alias": func(t *testing.T, c *cloud) {
			c.stack("alias", aliasTemplate)
			second := c.lambda("r-1", "second")
			second.stable = "1"
			second.deploy(t)
			second.shift(t, 100)
			c.drifted("alias", "Alias/FunctionVersion")
		},
		"apigateway": func(t *testing.T, c *cloud) {
			c.stack("web", strings.ReplaceAll(template(t, "apigateway"), "StageName: prod", "StageName: live"), "Api", c.gateway.id)
			s := c.gateway.serviceOf("live")
			c.promote(s, "web")
		},
		"apigateway with its stage": func(t *testing.T, c *cloud) {
			c.stack("stage", stageTemplate, "Api", c.gateway.id, "Deployment", c.gateway.first)
			s := c.gateway.serviceOf("live")
			s.deploy(t)
			s.shift(t, 100)
			c.drifted("stage", "Stage/DeploymentId", "Stage/Variables")
		},
		"route53": func(t *testing.T, c *cloud) {
			zone := c.stack("web", template(t, "route53"))["Zone"]
			first := c.record(zone, "r-1")
			c.promote(first, "web")
			second := c.record(zone, "r-2")
			second.stable = first.canary
			c.promote(second, "web")
			c.drifted(second.canary)
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newCloud(t))
		})
	}
	t.Cleanup(func() {
		if !t.Failed() {
			measured.Log(t, "drift detection of CloudFormation stacks as the pages have them, during and after a release of each of five targets: in sync")
		}
	})
}

// What the pages keep out of templates.
const (
	ruleTemplate = `
Parameters: {Listener: {Type: String}, Blue: {Type: String}}
Resources:
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !Ref Listener
      Priority: 2000
      Conditions: [{Field: path-pattern, Values: ["/*"]}]
      Actions: [{Type: forward, TargetGroupArn: !Ref Blue}]
Outputs:
  Rule: {Value: !Ref Rule}
`
	aliasTemplate = `
Resources:
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: echo, Name: live, FunctionVersion: "1"}
`
	stageTemplate = `
Parameters: {Api: {Type: String}, Deployment: {Type: String}}
Resources:
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Api, StageName: live, DeploymentId: !Ref Deployment, Variables: {version: "1"}}
`
)

// tag lets Goldfinch have what no template tags.
func (c *cloud) tag(service string, arns ...string) {
	c.t.Helper()
	_, err := c.LoadBalancing.AddTags(fleettest.Foreign(), &elbv2.AddTagsInput{ResourceArns: arns, Tags: []elbtypes.Tag{{Key: aws.String("goldfinch:service"), Value: &service}}})
	must(c.t, err)
}

// groupStays deletes the stack of a first group, and wants that to be there still.
func (c *cloud) groupStays(stack string) {
	c.t.Helper()
	before := c.Groups()
	_, err := c.stacks.DeleteStack(c.t.Context(), &awscloudformation.DeleteStackInput{StackName: &stack})
	must(c.t, err)
	c.Pass(10 * time.Minute)
	if after := c.Groups(); !slices.Equal(before, after) || len(after) != 2 {
		c.t.Errorf("of groups %v there are %v without their stack", before, after)
	}
}

// withoutFunction makes room for one of a stack.
func (c *cloud) withoutFunction() {
	c.t.Helper()
	_, err := c.gateway.function.DeleteFunction(c.t.Context(), &awslambda.DeleteFunctionInput{FunctionName: aws.String("echo")})
	must(c.t, err)
}

func (c *cloud) lambda(id, content string) *service {
	sum := sha256.Sum256(packed(c.t, content))
	return &service{name: "lambda", target: lambda.New(lambda.Options{
		Release: id, Lambda: c.gateway.function, CloudWatch: c.CloudWatch, S3: c.gateway.objects, Now: c.Clock.Now,
		Document: document("echo", release.Artifact{Package: "s3://packages/" + content + ".zip", SHA256: hex.EncodeToString(sum[:])}, release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}}),
	})}
}

func (c *cloud) record(zone, id string) *service {
	said := document("echo", release.Artifact{AMI: c.Image(strings.TrimPrefix(id, "r-"))}, release.Target{Route53: &release.Route53Target{HostedZone: zone, Record: "app.example.com", Template: "s3://packages/echo.yaml"}})
	return &service{name: "route53", target: route53.New(route53.Options{
		Release: id, Document: said, Records: c.records, Stacks: c.stacks, CloudWatch: c.CloudWatch, Region: region, Now: c.Clock.Now,
		Image: image.New(image.Options{Release: id, Document: said, EC2: c.EC2, Region: region, Now: c.Clock.Now}),
	})}
}

// TestPagesShowWhatCloudFormationIsTestedWith is [TestPagesShowWhatTerraformIsTestedWith] for templates: every comment in one that is tested says what
// must not be there.
func TestPagesShowWhatCloudFormationIsTestedWith(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"alb", "apigateway", "asg", "lambda", "route53"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			expectShown(t, target, "yaml", read(t, "testdata/cloudformation/"+target+".yaml"), "# no ")
		})
	}
}

// TestTemplatesAreCloudFormations has cfn-lint hold the templates to AWS's schemas of resources.
func TestTemplatesAreCloudFormations(t *testing.T) {
	t.Parallel()
	program, err := peer.Tool("cfn-lint")
	must(t, err)
	if output, err := exec.CommandContext(t.Context(), program, "--regions", region, "--template", "testdata/cloudformation/*.yaml").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
