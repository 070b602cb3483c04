package apigateway_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// A world is an API with GET / and ANY /items/{proxy+}, whose stage prod leads to version 1 of function echo, which has two.
type world struct {
	*apigateway.Service
	clock  *clock.Virtual
	store  store.Store
	lambda *lambda.Service
	// id is the API's; root and proxy are resources'; first is the deployment of prod.
	id, root, proxy, first string
	// draw is the next number that is drawn.
	draw float64
	run  func(lambda.Version, lambda.Invocation) (lambda.Result, error)
	last map[string]any
}

func newWorld(t testing.TB, change func(*apigateway.Options)) *world {
	t.Helper()
	w := &world{clock: clock.NewVirtual(noon), store: store.Memory()}
	var err error
	w.lambda, err = lambda.New(lambda.Options{Clock: w.clock, Store: store.Memory(), Runner: w})
	must(t, err)
	ctx := t.Context()
	_, err = w.lambda.CreateFunction(ctx, &awslambda.CreateFunctionInput{
		FunctionName: aws.String("echo"), Role: aws.String("arn:aws:iam::000000000000:role/echo"), Handler: aws.String("bootstrap"), Runtime: lambdatypes.RuntimeProvidedal2023,
		Code: &lambdatypes.FunctionCode{ZipFile: []byte("v1")}, Publish: true,
	})
	must(t, err)
	_, err = w.lambda.UpdateFunctionCode(ctx, &awslambda.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte("v2"), Publish: true})
	must(t, err)
	for _, version := range []string{"1", "2"} {
		w.allow(t, version)
	}
	options := apigateway.Options{Clock: w.clock, Store: w.store, Functions: w.lambda, Random: func() float64 { return w.draw }}
	if change != nil {
		change(&options)
	}
	w.Service, err = apigateway.New(options)
	must(t, err)

	made, err := w.CreateRestApi(ctx, &sdk.CreateRestApiInput{Name: aws.String("echo"), Tags: map[string]string{"a": "1"}})
	must(t, err)
	w.id, w.root = *made.Id, *made.RootResourceId
	items, err := w.CreateResource(ctx, &sdk.CreateResourceInput{RestApiId: &w.id, ParentId: &w.root, PathPart: aws.String("items")})
	must(t, err)
	proxy, err := w.CreateResource(ctx, &sdk.CreateResourceInput{RestApiId: &w.id, ParentId: items.Id, PathPart: aws.String("{proxy+}")})
	must(t, err)
	w.proxy = *proxy.Id
	w.integrate(t, w.root, "GET", "${stageVariables.version}")
	w.integrate(t, w.proxy, "ANY", "${stageVariables.version}")
	deployed, err := w.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod"), Variables: map[string]string{"version": "1", "table": "orders"}})
	must(t, err)
	w.first = *deployed.Id
	return w
}

// allow lets the API's stage prod invoke a version.
func (w *world) allow(t testing.TB, version string) {
	t.Helper()
	_, err := w.lambda.AddPermission(t.Context(), &awslambda.AddPermissionInput{
		FunctionName: aws.String("echo"), Qualifier: &version, StatementId: aws.String("api"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
		SourceArn: aws.String("arn:aws:execute-api:us-east-1:000000000000:*/prod/*"),
	})
	must(t, err)
}

// integrate adds a method that invokes a qualifier of the function.
func (w *world) integrate(t testing.TB, resource, method, qualifier string) {
	t.Helper()
	_, err := w.PutMethod(t.Context(), &sdk.PutMethodInput{RestApiId: &w.id, ResourceId: &resource, HttpMethod: &method, AuthorizationType: aws.String("NONE")})
	must(t, err)
	_, err = w.PutIntegration(t.Context(), w.integration(resource, method, qualifier))
	must(t, err)
}

func (w *world) integration(resource, method, qualifier string) *sdk.PutIntegrationInput {
	return &sdk.PutIntegrationInput{
		RestApiId: &w.id, ResourceId: &resource, HttpMethod: &method, Type: types.IntegrationTypeAwsProxy, IntegrationHttpMethod: aws.String("POST"),
		Uri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:echo:" + qualifier + "/invocations"),
	}
}

// deploy makes a deployment that no stage leads to.
func (w *world) deploy(t testing.TB, description string) string {
	t.Helper()
	made, err := w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, Description: &description})
	must(t, err)
	return *made.Id
}

// patch changes stage prod.
func (w *world) patch(t testing.TB, operations ...types.PatchOperation) (*sdk.UpdateStageOutput, error) {
	t.Helper()
	return w.UpdateStage(t.Context(), &sdk.UpdateStageInput{RestApiId: &w.id, StageName: aws.String("prod"), PatchOperations: operations})
}

func (w *world) stage(t testing.TB) *sdk.GetStageOutput {
	t.Helper()
	stage, err := w.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: &w.id, StageName: aws.String("prod")})
	must(t, err)
	return stage
}

func operation(op types.Op, path, value string) types.PatchOperation {
	return types.PatchOperation{Op: op, Path: aws.String(path), Value: aws.String(value)}
}

// Invoke is the function's code.
func (w *world) Invoke(_ context.Context, version lambda.Version, invocation lambda.Invocation) (lambda.Result, error) {
	w.last = map[string]any{}
	if err := json.Unmarshal(invocation.Payload, &w.last); err != nil {
		return lambda.Result{}, err
	}
	if w.run != nil {
		return w.run(version, invocation)
	}
	return lambda.Result{Payload: []byte(`{"statusCode":200,"body":"version ` + version.Number + `"}`)}, nil
}

func (w *world) Forget(lambda.Version) {}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
