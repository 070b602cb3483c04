package laws_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudformation"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// cloudformationAPI are the methods of CloudFormation that have laws.
type cloudformationAPI interface {
	CreateStack(context.Context, *sdk.CreateStackInput, ...func(*sdk.Options)) (*sdk.CreateStackOutput, error)
	DescribeStacks(context.Context, *sdk.DescribeStacksInput, ...func(*sdk.Options)) (*sdk.DescribeStacksOutput, error)
	DescribeStackEvents(context.Context, *sdk.DescribeStackEventsInput, ...func(*sdk.Options)) (*sdk.DescribeStackEventsOutput, error)
	DescribeStackResources(context.Context, *sdk.DescribeStackResourcesInput, ...func(*sdk.Options)) (*sdk.DescribeStackResourcesOutput, error)
	DeleteStack(context.Context, *sdk.DeleteStackInput, ...func(*sdk.Options)) (*sdk.DeleteStackOutput, error)
	GetTemplate(context.Context, *sdk.GetTemplateInput, ...func(*sdk.Options)) (*sdk.GetTemplateOutput, error)
	ValidateTemplate(context.Context, *sdk.ValidateTemplateInput, ...func(*sdk.Options)) (*sdk.ValidateTemplateOutput, error)
}

// A cloudformationWorld is a CloudFormation in which nobody has used the name yet.
type cloudformationWorld struct {
	cloudformationAPI
	name string
	// settle waits until what was begun is done.
	settle func()
	// network is one that target groups may be in.
	network func(ctx context.Context) string
}

var cloudformationSuite = suite[cloudformationWorld]{
	service: "cloudformation",
	laws:    stackLaws,
	local: func(t *testing.T, name string) cloudformationWorld {
		virtual := clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))
		balancing, err := elasticloadbalancingv2.New(elasticloadbalancingv2.Options{Clock: virtual, Store: store.Memory(), Region: region, AccountID: accountID})
		if err != nil {
			t.Fatal(err)
		}
		service, err := cloudformation.New(cloudformation.Options{ // whose laws need no instances
			Clock: virtual, Store: store.Memory(), Region: region, AccountID: accountID, LoadBalancing: balancing,
			EC2: ec2.New(ec2.Options{}), AutoScaling: autoscaling.New(autoscaling.Options{}),
		})
		if err != nil {
			t.Fatal(err)
		}
		return cloudformationWorld{
			cloudformationAPI: service, name: short(name), network: func(context.Context) string { return "vpc-1" },
			settle: func() { virtual.RunUntil(virtual.Now().Add(time.Minute)) },
		}
	},
	remote: func(_ *testing.T, to remote) cloudformationWorld {
		client := sdk.New(sdk.Options{
			Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
		})
		return cloudformationWorld{
			cloudformationAPI: client, name: short(to.name), settle: func() {},
			network: func(ctx context.Context) string {
				networks := ec2.New(ec2.Options{
					Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
				})
				return *must(networks.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})).Vpcs[0].VpcId
			},
		}
	},
}

// stackTemplate makes a target group; its output is the group's ARN.
const stackTemplate = `
Description: a group
Parameters:
  Release: {Type: String}
  Network: {Type: String}
  Port: {Type: Number, Default: "80"}
Resources:
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Port: !Ref Port, Protocol: HTTP, VpcId: !Ref Network, HealthCheckPath: /, HealthCheckTimeoutSeconds: 5}
Outputs:
  Group: {Value: !Ref Targets}
  Told: {Value: !Sub "${Release} of ${AWS::StackName}"}
`

func (w cloudformationWorld) create(ctx context.Context, change ...func(*sdk.CreateStackInput)) (*sdk.CreateStackOutput, error) {
	input := &sdk.CreateStackInput{
		StackName: &w.name, TemplateBody: aws.String(stackTemplate), ClientRequestToken: &w.name,
		Parameters: []types.Parameter{
			{ParameterKey: aws.String("Release"), ParameterValue: aws.String("r-1")}, {ParameterKey: aws.String("Network"), ParameterValue: aws.String(w.network(ctx))},
		},
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}},
	}
	for _, c := range change {
		c(input)
	}
	out, err := w.CreateStack(ctx, input)
	w.settle()
	return out, err
}

func (w cloudformationWorld) describe(ctx context.Context, name string) (types.Stack, error) {
	out, err := w.DescribeStacks(ctx, &sdk.DescribeStacksInput{StackName: &name})
	if err != nil {
		return types.Stack{}, err
	}
	return out.Stacks[0], nil
}

// stackPage is where CloudFormation's API pages are.
const stackPage = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/"

var stackLaws = []law[cloudformationWorld]{
	{
		name:   "a stack becomes complete and tells its outputs",
		source: stackPage + "API_Stack.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			id := *must(w.create(ctx)).StackId
			st := must(w.describe(ctx, w.name))
			equal("id", *st.StackId, id)
			equal("status", st.StackStatus, types.StackStatusCreateComplete)
			outputs := map[string]string{}
			for _, o := range st.Outputs {
				outputs[*o.OutputKey] = *o.OutputValue
			}
			equal("output", outputs["Told"], "r-1 of "+w.name)
			resources := must(w.DescribeStackResources(ctx, &sdk.DescribeStackResourcesInput{StackName: &w.name})).StackResources
			equal("resource", []string{*resources[0].LogicalResourceId, *resources[0].PhysicalResourceId}, []string{"Targets", outputs["Group"]})
			values := map[string]string{}
			for _, p := range st.Parameters {
				values[*p.ParameterKey] = *p.ParameterValue
			}
			equal("parameters", values, map[string]string{"Release": "r-1", "Port": "80", "Network": w.network(ctx)})
			equal("tags", []string{*st.Tags[0].Key, *st.Tags[0].Value}, []string{"team", "red"})
		},
	},
	{
		name:   "a stack's name is taken once",
		source: "model 2010-05-15: CreateStack → AlreadyExistsException, HTTP 400",
		hold: func(ctx context.Context, w cloudformationWorld) {
			must(w.create(ctx))
			_, err := w.create(ctx, func(in *sdk.CreateStackInput) { in.ClientRequestToken = aws.String("another") })
			typed[*types.AlreadyExistsException](err)
			answered(err, http.StatusBadRequest)
		},
	},
	{
		name:   "an unknown stack is a validation error",
		source: stackPage + "API_DescribeStacks.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			_, err := w.describe(ctx, w.name)
			refused(err, "ValidationError")
			if !strings.Contains(err.Error(), "does not exist") {
				broke("the error %v does not say that the stack does not exist", err)
			}
		},
	},
	{
		name:   "a deleted stack keeps its id and loses its name",
		source: stackPage + "API_DescribeStacks.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			id := *must(w.create(ctx)).StackId
			must(w.DeleteStack(ctx, &sdk.DeleteStackInput{StackName: &w.name}))
			w.settle()
			equal("status", must(w.describe(ctx, id)).StackStatus, types.StackStatusDeleteComplete)
			_, err := w.describe(ctx, w.name)
			refused(err, "ValidationError")
		},
	},
	{
		name:   "an unknown stack is deleted already",
		source: stackPage + "API_DeleteStack.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			must(w.DeleteStack(ctx, &sdk.DeleteStackInput{StackName: &w.name}))
		},
	},
	{
		name:   "a template is read as it was given",
		source: stackPage + "API_GetTemplate.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			must(w.create(ctx))
			equal("template", *must(w.GetTemplate(ctx, &sdk.GetTemplateInput{StackName: &w.name})).TemplateBody, stackTemplate)
		},
	},
	{
		name:   "a template tells its parameters",
		source: stackPage + "API_ValidateTemplate.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			out := must(w.ValidateTemplate(ctx, &sdk.ValidateTemplateInput{TemplateBody: aws.String(stackTemplate)}))
			standards := map[string]string{}
			for _, p := range out.Parameters {
				standards[*p.ParameterKey] = aws.ToString(p.DefaultValue)
			}
			equal("parameters", standards, map[string]string{"Release": "", "Port": "80", "Network": ""})
			equal("description", *out.Description, "a group")
		},
	},
	{
		name:   "a parameter without a default needs a value",
		source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			_, err := w.create(ctx, func(in *sdk.CreateStackInput) { in.Parameters = nil })
			refused(err, "ValidationError")
		},
	},
	{
		name:   "a value without a parameter is refused",
		source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			_, err := w.create(ctx, func(in *sdk.CreateStackInput) {
				in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: aws.String("Weather"), ParameterValue: aws.String("fine")})
			})
			refused(err, "ValidationError")
		},
	},
	{
		name:   "the same token makes the same stack",
		source: stackPage + "API_CreateStack.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			must(w.create(ctx))
			must(w.create(ctx))
		},
	},
	{
		name:   "events come the latest first",
		source: stackPage + "API_DescribeStackEvents.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			id := *must(w.create(ctx)).StackId
			events := must(w.DescribeStackEvents(ctx, &sdk.DescribeStackEventsInput{StackName: &w.name})).StackEvents
			newest, oldest := events[0], events[len(events)-1]
			equal("newest", []string{*newest.PhysicalResourceId, string(newest.ResourceStatus)}, []string{id, "CREATE_COMPLETE"})
			equal("oldest", []string{*oldest.PhysicalResourceId, string(oldest.ResourceStatus)}, []string{id, "CREATE_IN_PROGRESS"})
		},
	},
	{
		name:   "a template that refers to nothing is refused",
		source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ref.html",
		hold: func(ctx context.Context, w cloudformationWorld) {
			_, err := w.create(ctx, func(in *sdk.CreateStackInput) {
				in.TemplateBody = aws.String(strings.Replace(stackTemplate, "Port: !Ref Port", "Port: !Ref Nobody", 1))
			})
			refused(err, "ValidationError")
		},
	},
}
