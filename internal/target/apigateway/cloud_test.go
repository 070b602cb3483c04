package apigateway_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localapigateway "github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	locallambda "github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	locals3 "github.com/goldfinch-dev/goldfinch/internal/local/s3"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/apigateway"
)

const (
	functionName = "echo"
	stageName    = "prod"
	bucket       = "packages"
)

// noon is when every test begins.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// A cloud is a local account with function echo and a REST API, whose stage prod leads to version 1 of it, with the package "v1".
type cloud struct {
	t          testing.TB
	clock      *clock.Virtual
	api        *localapigateway.Service
	lambda     *locallambda.Service
	s3         *locals3.Service
	cloudWatch *localcloudwatch.Service
	// id is the API's, first that of the deployment that somebody made before Goldfinch came, proxy that of the resource.
	id, first, proxy string

	mu     sync.Mutex
	calls  []string
	before map[string][]func() error
	// throttled makes the next call fail, whatever it is.
	throttled bool
}

func newCloud(t testing.TB) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: clock.NewVirtual(noon), before: map[string][]func() error{}}
	var err error
	c.s3, err = locals3.New(locals3.Options{Clock: c.clock, Intercept: c.intercept})
	must(t, err)
	c.cloudWatch, err = localcloudwatch.New(localcloudwatch.Options{Clock: c.clock, Retention: 48 * time.Hour})
	must(t, err)
	c.lambda, err = locallambda.New(locallambda.Options{Clock: c.clock, Store: store.Memory(), Intercept: c.intercept, Code: c.s3.Bytes, Runner: runner{}})
	must(t, err)
	c.api, err = localapigateway.New(localapigateway.Options{Clock: c.clock, Store: store.Memory(), Intercept: c.intercept, Functions: c.lambda})
	must(t, err)

	ctx := foreign(t)
	_, err = c.lambda.CreateFunction(ctx, &awslambda.CreateFunctionInput{
		FunctionName: aws.String(functionName), Role: aws.String("arn:aws:iam::000000000000:role/echo"), Handler: aws.String("bootstrap"), Runtime: lambdatypes.RuntimeProvidedal2023,
		Code: &lambdatypes.FunctionCode{ZipFile: []byte("v1")}, Tags: map[string]string{apigateway.TagService: "echo"}, Publish: true,
	})
	must(t, err)
	c.permit("1")
	made, err := c.api.CreateRestApi(ctx, &sdk.CreateRestApiInput{Name: aws.String("echo"), Tags: map[string]string{apigateway.TagService: "echo"}})
	must(t, err)
	c.id = *made.Id
	resource, err := c.api.CreateResource(ctx, &sdk.CreateResourceInput{RestApiId: made.Id, ParentId: made.RootResourceId, PathPart: aws.String("{proxy+}")})
	must(t, err)
	c.proxy = *resource.Id
	_, err = c.api.PutMethod(ctx, &sdk.PutMethodInput{RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("NONE")})
	must(t, err)
	c.integrate("arn:aws:lambda:us-east-1:000000000000:function:echo:${stageVariables.version}")
	deployed, err := c.api.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: made.Id, StageName: aws.String(stageName), Variables: map[string]string{"version": "1", "table": "orders"}})
	must(t, err)
	c.first = *deployed.Id
	for _, content := range []string{"v2", "v3", "v4", "v5", "v6"} {
		_, err := c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(content + ".zip"), Body: strings.NewReader(content)})
		must(t, err)
	}
	return c
}

// runner answers every event as a REST API's function does: with the version, and what it was asked.
type runner struct{}

func (runner) Invoke(_ context.Context, version locallambda.Version, invocation locallambda.Invocation) (locallambda.Result, error) {
	var event struct {
		Path           string            `json:"path"`
		HTTPMethod     string            `json:"httpMethod"`
		Body           string            `json:"body"`
		StageVariables map[string]string `json:"stageVariables"`
	}
	if err := json.Unmarshal(invocation.Payload, &event); err != nil {
		return locallambda.Result{}, err
	}
	if event.Path == "/crash" {
		return locallambda.Result{Payload: []byte(`{"errorMessage":"it crashed"}`), FunctionError: "Unhandled"}, nil
	}
	if event.Path == "/odd" {
		return locallambda.Result{Payload: []byte(`{"message":"hello"}`)}, nil
	}
	body, err := json.Marshal(map[string]any{
		"version": version.Number, "asked": event.HTTPMethod + " " + event.Path, "said": event.Body, "variable": event.StageVariables["version"], "table": event.StageVariables["table"],
	})
	if err != nil {
		return locallambda.Result{}, err
	}
	answer, err := json.Marshal(map[string]any{"statusCode": 200, "headers": map[string]string{"Content-Type": "application/json"}, "body": string(body)})
	return locallambda.Result{Payload: answer}, err
}

func (runner) Forget(locallambda.Version) {}

// document is one with its defaults, that releases a package.
func (c *cloud) document(content string) release.Document {
	tolerance, delay := 0.01, 1
	sum := sha256.Sum256([]byte(content))
	return release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{Package: "s3://" + bucket + "/" + content + ".zip", SHA256: hex.EncodeToString(sum[:])},
		Target:   release.Target{APIGateway: &release.APIGatewayTarget{RestAPI: c.id, Stage: stageName, Function: functionName, Variable: "version", KeepVersions: 10}},
		Analysis: release.Analysis{Period: release.Duration(time.Minute), Delay: &delay, Metrics: &release.Metrics{
			Errors:  &release.ErrorMetric{Threshold: release.Threshold{Tolerance: &tolerance}},
			Latency: &release.LatencyMetric{SlowerThan: release.Duration(1500 * time.Millisecond), Threshold: release.Threshold{Tolerance: &tolerance}},
		}},
	}
}

// target is what release id has, which releases a package.
func (c *cloud) target(id, content string, changes ...func(*release.Document)) *apigateway.Target {
	document := c.document(content)
	for _, change := range changes {
		change(&document)
	}
	return apigateway.New(apigateway.Options{
		Release: id, Document: document, Now: c.clock.Now, APIGateway: c.api, Lambda: c.lambda, CloudWatch: c.cloudWatch, S3: c.s3,
	})
}

// deploy releases a package as far as deploy.
func (c *cloud) deploy(id, content string, changes ...func(*release.Document)) string {
	c.t.Helper()
	t := c.target(id, content, changes...)
	for {
		done, err := t.Bake(c.t.Context())
		must(c.t, err)
		if done {
			break
		}
		c.pass(time.Second)
	}
	for {
		version, done, err := t.Deploy(c.t.Context(), c.stage().deployment)
		must(c.t, err)
		if done {
			c.pass(time.Second) // the next deployment is a younger one
			return version
		}
		c.pass(time.Second)
	}
}

// A stage is what the tests look at of it.
type stage struct {
	deployment, variable, table string
	canary                      *types.CanarySettings
}

func (c *cloud) stage() stage {
	c.t.Helper()
	output, err := c.api.GetStage(foreign(c.t), &sdk.GetStageInput{RestApiId: aws.String(c.id), StageName: aws.String(stageName)})
	must(c.t, err)
	return stage{*output.DeploymentId, output.Variables["version"], output.Variables["table"], output.CanarySettings}
}

// patch changes the stage, as a foreigner does.
func (c *cloud) patch(operations ...types.PatchOperation) error {
	_, err := c.api.UpdateStage(foreign(c.t), &sdk.UpdateStageInput{RestApiId: aws.String(c.id), StageName: aws.String(stageName), PatchOperations: operations})
	return err
}

func replace(path, value string) types.PatchOperation {
	return types.PatchOperation{Op: types.OpReplace, Path: aws.String(path), Value: aws.String(value)}
}

func remove(path string) types.PatchOperation {
	return types.PatchOperation{Op: types.OpRemove, Path: aws.String(path)}
}

// integrate makes the API invoke what is named, as a foreigner does.
func (c *cloud) integrate(function string) {
	c.t.Helper()
	_, err := c.api.PutIntegration(foreign(c.t), &sdk.PutIntegrationInput{
		RestApiId: aws.String(c.id), ResourceId: aws.String(c.proxy), HttpMethod: aws.String("ANY"), Type: types.IntegrationTypeAwsProxy, IntegrationHttpMethod: aws.String("POST"),
		Uri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + function + "/invocations"),
	})
	must(c.t, err)
}

// permit lets API Gateway invoke a version, as a foreigner does.
func (c *cloud) permit(version string) {
	c.t.Helper()
	_, err := c.lambda.AddPermission(foreign(c.t), &awslambda.AddPermissionInput{
		FunctionName: aws.String(functionName), Qualifier: aws.String(version), StatementId: aws.String("theirs"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
	})
	must(c.t, err)
}

// provision gives a version provisioned concurrency, as a foreigner does, and waits until it is there.
func (c *cloud) provision(version string, executions int32) {
	c.t.Helper()
	_, err := c.lambda.PutProvisionedConcurrencyConfig(foreign(c.t), &awslambda.PutProvisionedConcurrencyConfigInput{
		FunctionName: aws.String(functionName), Qualifier: aws.String(version), ProvisionedConcurrentExecutions: aws.Int32(executions),
	})
	must(c.t, err)
	c.pass(10 * time.Minute)
}

// provisioned is the provisioned concurrency of the versions that have any.
func (c *cloud) provisioned() map[string]int32 {
	c.t.Helper()
	output, err := c.lambda.ListProvisionedConcurrencyConfigs(foreign(c.t), &awslambda.ListProvisionedConcurrencyConfigsInput{FunctionName: aws.String(functionName)})
	must(c.t, err)
	found := map[string]int32{}
	for _, one := range output.ProvisionedConcurrencyConfigs {
		arn := *one.FunctionArn
		found[arn[strings.LastIndex(arn, ":")+1:]] = *one.RequestedProvisionedConcurrentExecutions
	}
	return found
}

// another makes a second REST API of the service, whose stage has the same name and leads to a version, and returns its id.
func (c *cloud) another(version string) string {
	c.t.Helper()
	made, err := c.api.CreateRestApi(foreign(c.t), &sdk.CreateRestApiInput{Name: aws.String("echo-other"), Tags: map[string]string{apigateway.TagService: "echo"}})
	must(c.t, err)
	first := c.id
	defer func() { c.id = first }()
	c.id = *made.Id
	resource, err := c.api.CreateResource(foreign(c.t), &sdk.CreateResourceInput{RestApiId: made.Id, ParentId: made.RootResourceId, PathPart: aws.String("{proxy+}")})
	must(c.t, err)
	proxy := c.proxy
	defer func() { c.proxy = proxy }()
	c.proxy = *resource.Id
	_, err = c.api.PutMethod(foreign(c.t), &sdk.PutMethodInput{RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("NONE")})
	must(c.t, err)
	c.integrate("arn:aws:lambda:us-east-1:000000000000:function:echo:${stageVariables.version}")
	_, err = c.api.CreateDeployment(foreign(c.t), &sdk.CreateDeploymentInput{RestApiId: made.Id, StageName: aws.String(stageName), Variables: map[string]string{"version": version}})
	must(c.t, err)
	return *made.Id
}

// sourceOf is a request to an API's stage, as API Gateway names it to Lambda.
func sourceOf(api string) string {
	return "arn:aws:execute-api:us-east-1:000000000000:" + api + "/" + stageName + "/GET/version"
}

// publishByHand makes a version of a package, as a foreigner does.
func (c *cloud) publishByHand(content string) {
	c.t.Helper()
	_, err := c.lambda.UpdateFunctionCode(foreign(c.t), &awslambda.UpdateFunctionCodeInput{FunctionName: aws.String(functionName), ZipFile: []byte(content)})
	must(c.t, err)
	c.pass(time.Minute)
	_, err = c.lambda.PublishVersion(foreign(c.t), &awslambda.PublishVersionInput{FunctionName: aws.String(functionName), Description: aws.String("by hand")})
	must(c.t, err)
}

// deployments are the ids of those that there are, in order.
func (c *cloud) deployments() []string {
	c.t.Helper()
	output, err := c.api.GetDeployments(foreign(c.t), &sdk.GetDeploymentsInput{RestApiId: aws.String(c.id), Limit: aws.Int32(500)})
	must(c.t, err)
	var ids []string
	for _, item := range output.Items {
		ids = append(ids, *item.Id)
	}
	return ids
}

// described is a deployment's description.
func (c *cloud) described(id string) string {
	c.t.Helper()
	output, err := c.api.GetDeployment(foreign(c.t), &sdk.GetDeploymentInput{RestApiId: aws.String(c.id), DeploymentId: aws.String(id)})
	must(c.t, err)
	return aws.ToString(output.Description)
}

// published are the function's versions.
func (c *cloud) published() []string {
	c.t.Helper()
	output, err := c.lambda.ListVersionsByFunction(foreign(c.t), &awslambda.ListVersionsByFunctionInput{FunctionName: aws.String(functionName)})
	must(c.t, err)
	var numbers []string
	for _, version := range output.Versions[1:] {
		numbers = append(numbers, *version.Version)
	}
	return numbers
}

// pass lets time pass.
func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// fail prevents the next call of an operation by the target.
func (c *cloud) fail(operation string, err error) { c.next(operation, func() error { return err }) }

// next runs f right before the next call of an operation by the target, which f's error prevents.
func (c *cloud) next(operation string, f func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before[operation] = append(c.before[operation], f)
}

func (c *cloud) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	if ctx.Value(foreignKey{}) != nil {
		return call(ctx)
	}
	c.mu.Lock()
	c.calls = append(c.calls, operation)
	throttled := c.throttled
	c.throttled = false
	var before func() error
	if queue := c.before[operation]; len(queue) > 0 {
		before, c.before[operation] = queue[0], queue[1:]
	}
	c.mu.Unlock()
	if throttled {
		return &smithy.GenericAPIError{Code: "TooManyRequestsException", Message: "Rate exceeded"}
	}
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	return call(ctx)
}

// writes counts the target's calls so far that change anything.
func (c *cloud) writes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, call := range c.calls {
		_, operation, _ := strings.Cut(call, ":")
		if !slices.ContainsFunc([]string{"Get", "List", "Head", "Invoke"}, func(verb string) bool { return strings.HasPrefix(operation, verb) }) {
			n++
		}
	}
	return n
}

type foreignKey struct{}

// foreign is the context of somebody else's calls.
func foreign(t testing.TB) context.Context {
	return context.WithValue(context.Background(), foreignKey{}, t.Name())
}

// anything lets a shift begin anywhere.
var anything = target.Guard{Mine: func(release.Split) bool { return true }, Check: func(context.Context) error { return nil }}

// mine lets a shift begin at some splits alone.
func mine(splits ...release.Split) target.Guard {
	return target.Guard{
		Mine:  func(split release.Split) bool { return slices.ContainsFunc(splits, split.Same) },
		Check: func(context.Context) error { return nil },
	}
}

// ask makes one request to the stage, and returns the version that answered.
func (c *cloud) ask(client *http.Client, address string) (string, error) {
	response, err := client.Get(fmt.Sprintf("%s/%s/%s/version", address, c.id, stageName))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer struct{ Version, Message string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d, %s: %v", response.StatusCode, answer.Message, err)
	}
	return answer.Version, nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expectKind wants a failure of a kind, that says all parts.
func expectKind(t *testing.T, err error, want release.Kind, parts ...string) {
	t.Helper()
	if kind, _ := release.KindOf(err); kind != want || err == nil {
		t.Fatalf("got kind %q, want %q: %v", kind, want, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v\ndoes not say %q", err, part)
		}
	}
}
