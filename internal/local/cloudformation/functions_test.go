package cloudformation_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	localapigateway "github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudformation"
	locallambda "github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	localroute53 "github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// A serverless is a world that has functions, REST APIs and zones, too.
type serverless struct {
	*world
	lambda  *locallambda.Service
	api     *localapigateway.Service
	records *localroute53.Service
}

type runner struct{}

func (runner) Invoke(context.Context, locallambda.Version, locallambda.Invocation) (locallambda.Result, error) {
	return locallambda.Result{}, nil
}

func (runner) Forget(locallambda.Version) {}

func newServerless(t *testing.T) *serverless {
	t.Helper()
	s := &serverless{}
	s.world = newWorld(t, func(options *cloudformation.Options) {
		var err error
		s.lambda, err = locallambda.New(locallambda.Options{
			Clock: options.Clock, Store: store.Memory(), Runner: runner{},
			Code: func(_ context.Context, _, key, _ string) ([]byte, error) { return []byte(key), nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		s.api, err = localapigateway.New(localapigateway.Options{Clock: options.Clock, Store: store.Memory(), Functions: s.lambda})
		if err != nil {
			t.Fatal(err)
		}
		s.records, err = localroute53.New(localroute53.Options{Clock: options.Clock, Store: store.Memory()})
		if err != nil {
			t.Fatal(err)
		}
		options.Lambda, options.APIGateway, options.Route53 = s.lambda, s.api, s.records
	})
	return s
}

func TestFunctionsComeAndGo(t *testing.T) {
	t.Parallel()
	w := newServerless(t)
	ctx := t.Context()
	w.must(w.create("echo", `
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: arn:aws:iam::123456789012:role/echo
      Handler: bootstrap
      Runtime: provided.al2023
      Code: {S3Bucket: packages, S3Key: echo.zip}
      Tags: [{Key: "goldfinch:service", Value: echo}]
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Function, Name: live, FunctionVersion: $LATEST}
Outputs:
  Arn: {Value: !GetAtt Function.Arn}
  Alias: {Value: !Ref Alias}
`))
	st := w.settle("echo")
	if st.StackStatus != types.StackStatusCreateComplete {
		t.Fatalf("the stack is %s:\n%s", st.StackStatus, strings.Join(w.events("echo"), "\n"))
	}
	ids := w.resources("echo")
	found, err := w.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String(ids["Function"])})
	w.must(err)
	if !strings.HasPrefix(ids["Function"], "echo-Function-") || found.Tags["goldfinch:service"] != "echo" || found.Tags["team"] != "red" {
		t.Errorf("function %s has tags %v", ids["Function"], found.Tags)
	}
	for _, output := range st.Outputs {
		if !strings.Contains(*output.OutputValue, ":function:"+ids["Function"]) {
			t.Errorf("output %s is %s", *output.OutputKey, *output.OutputValue)
		}
	}
	w.delete("echo")
	if got := w.settle(*st.StackId); got.StackStatus != types.StackStatusDeleteComplete {
		t.Errorf("the deleted stack is %s", got.StackStatus)
	}
	if _, err := w.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String(ids["Function"])}); err == nil {
		t.Error("the function is still there")
	}
}

func TestDeploymentsStagesAndZones(t *testing.T) {
	t.Parallel()
	w := newServerless(t)
	ctx := t.Context()
	api, err := w.api.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("echo")})
	w.must(err)
	_, err = w.api.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: api.Id, ResourceId: api.RootResourceId, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")})
	w.must(err)
	_, err = w.api.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: api.Id, ResourceId: api.RootResourceId, HttpMethod: aws.String("GET"), Type: "AWS_PROXY", IntegrationHttpMethod: aws.String("POST"),
		Uri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:echo/invocations"),
	})
	w.must(err)
	w.must(w.create("api", `
Parameters: {Api: {Type: String}}
Resources:
  Deployment: {Type: "AWS::ApiGateway::Deployment", Properties: {RestApiId: !Ref Api, Description: first}}
Outputs:
  Deployment: {Value: !GetAtt Deployment.DeploymentId}
`, "Api", *api.Id))
	made := w.settle("api")
	if made.StackStatus != types.StackStatusCreateComplete {
		t.Fatalf("the stack is %s: %q", made.StackStatus, w.events("api"))
	}
	w.must(w.create("stage", `
Parameters: {Api: {Type: String}, Deployment: {Type: String}}
Resources:
  Stage: {Type: "AWS::ApiGateway::Stage", Properties: {RestApiId: !Ref Api, StageName: prod, DeploymentId: !Ref Deployment}}
  Zone: {Type: "AWS::Route53::HostedZone", Properties: {Name: example.com, HostedZoneTags: [{Key: a, Value: b}]}}
Outputs:
  Zone: {Value: !Ref Zone}
`, "Api", *api.Id, "Deployment", *made.Outputs[0].OutputValue))
	kept := w.settle("stage")
	if kept.StackStatus != types.StackStatusCreateComplete {
		t.Fatalf("the stack is %s: %q", kept.StackStatus, w.events("stage"))
	}
	tags, err := w.records.ListTagsForResource(ctx, &route53.ListTagsForResourceInput{ResourceType: "hostedzone", ResourceId: kept.Outputs[0].OutputValue})
	w.must(err)
	if len(tags.ResourceTagSet.Tags) != 2 {
		t.Errorf("the zone has tags %v", tags.ResourceTagSet.Tags)
	}
	for _, name := range []string{"stage", "api"} { // the deployment that a stage leads to can't be deleted either
		w.delete(name)
		if got := w.settle(name); got.StackStatus != types.StackStatusDeleteFailed {
			t.Errorf("stack %s is %s", name, got.StackStatus)
		}
	}
}

func TestAServerlessStackNeedsItsServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.create("zone", `{"Resources": {"Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "example.com"}}}}`))
	if got := w.settle("zone"); got.StackStatus != types.StackStatusRollbackComplete {
		t.Errorf("the stack is %s: %q", got.StackStatus, w.events("zone"))
	}
}
