package coexistence_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localapigateway "github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	locallambda "github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	locals3 "github.com/goldfinch-dev/goldfinch/internal/local/s3"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/apigateway"
)

// A gateway is our own API Gateway, with the function behind it: moto's knows no canary. Terraform reads it over HTTP.
type gateway struct {
	t          *testing.T
	url        string
	clock      *clock.Virtual
	api        *localapigateway.Service
	function   *locallambda.Service
	objects    *locals3.Service
	metrics    *localcloudwatch.Service
	id, first  string
	rootFolder string
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{t: t, clock: clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))}
	var err error
	g.objects, err = locals3.New(locals3.Options{Clock: g.clock})
	must(t, err)
	g.metrics, err = localcloudwatch.New(localcloudwatch.Options{Clock: g.clock, Retention: time.Hour})
	must(t, err)
	g.function, err = locallambda.New(locallambda.Options{Clock: g.clock, Store: store.Memory(), Code: g.objects.Bytes, Runner: runner{}})
	must(t, err)
	g.api, err = localapigateway.New(localapigateway.Options{Clock: g.clock, Store: store.Memory(), Functions: g.function})
	must(t, err)

	ctx := t.Context()
	_, err = g.function.CreateFunction(ctx, &awslambda.CreateFunctionInput{
		FunctionName: aws.String("echo"), Role: aws.String("arn:aws:iam::000000000000:role/echo"), Handler: aws.String("bootstrap"), Runtime: lambdatypes.RuntimeProvidedal2023,
		Code: &lambdatypes.FunctionCode{ZipFile: packed(t, "first")}, Tags: map[string]string{apigateway.TagService: "echo"}, Publish: true,
	})
	must(t, err)
	_, err = g.function.AddPermission(ctx, &awslambda.AddPermissionInput{
		FunctionName: aws.String("echo"), Qualifier: aws.String("1"), StatementId: aws.String("api"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
	})
	must(t, err)
	_, err = g.objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("packages"), Key: aws.String("second.zip"), Body: strings.NewReader(string(packed(t, "second")))})
	must(t, err)
	made, err := g.api.CreateRestApi(ctx, &sdk.CreateRestApiInput{Name: aws.String("echo"), Tags: map[string]string{apigateway.TagService: "echo"}})
	must(t, err)
	g.id, g.rootFolder = *made.Id, *made.RootResourceId
	_, err = g.api.PutMethod(ctx, &sdk.PutMethodInput{RestApiId: made.Id, ResourceId: made.RootResourceId, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("NONE")})
	must(t, err)
	_, err = g.api.PutIntegration(ctx, &sdk.PutIntegrationInput{
		RestApiId: made.Id, ResourceId: made.RootResourceId, HttpMethod: aws.String("ANY"), Type: "AWS_PROXY", IntegrationHttpMethod: aws.String("POST"),
		Uri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:echo:${stageVariables.version}/invocations"),
	})
	must(t, err)
	deployed, err := g.api.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: made.Id})
	must(t, err)
	g.first = *deployed.Id
	_, err = g.api.CreateStage(ctx, &sdk.CreateStageInput{
		RestApiId: made.Id, StageName: aws.String("prod"), DeploymentId: deployed.Id, Variables: map[string]string{"version": "1"},
	})
	must(t, err)
	server := httptest.NewServer(http.HandlerFunc(g.answer))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

// runner runs nothing: nobody calls the function.
type runner struct{}

func (runner) Invoke(context.Context, locallambda.Version, locallambda.Invocation) (locallambda.Result, error) {
	return locallambda.Result{}, nil
}

func (runner) Forget(locallambda.Version) {}

func (g *gateway) service() *service { return g.serviceOf("prod") }

// serviceOf is a release of a stage, which leads to a deployment of version 1.
func (g *gateway) serviceOf(stage string) *service {
	g.t.Helper()
	at, err := g.api.GetStage(g.t.Context(), &sdk.GetStageInput{RestApiId: &g.id, StageName: &stage})
	must(g.t, err)
	sum := sha256.Sum256(packed(g.t, "second"))
	return &service{name: "apigateway", stable: *at.DeploymentId, target: apigateway.New(apigateway.Options{
		Release: "r-1", APIGateway: g.api, Lambda: g.function, CloudWatch: g.metrics, S3: g.objects, Now: g.clock.Now,
		Document: document("echo", release.Artifact{Package: "s3://packages/second.zip", SHA256: hex.EncodeToString(sum[:])},
			release.Target{APIGateway: &release.APIGatewayTarget{RestAPI: g.id, Stage: stage, Function: "echo"}}),
	})}
}

// answer tells Terraform of the API, its deployments and its stage as AWS does. It changes nothing.
func (g *gateway) answer(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/restapis/"), "/")
	var said any
	var err error
	switch at := r.Method + strings.Repeat(" …", len(parts)); {
	case at == "GET …":
		said = map[string]any{"id": g.id, "name": "echo", "rootResourceId": g.rootFolder, "createdDate": g.clock.Now().Unix(), "apiKeySource": "HEADER", "tags": map[string]string{apigateway.TagService: "echo"}, "endpointConfiguration": map[string]any{"types": []string{"EDGE"}}}
	case at == "GET … …" && parts[1] == "resources":
		said = map[string]any{"item": []any{map[string]any{"id": g.rootFolder, "path": "/"}}}
	case at == "GET … … …" && parts[1] == "deployments":
		var found *sdk.GetDeploymentOutput
		if found, err = g.api.GetDeployment(ctx, &sdk.GetDeploymentInput{RestApiId: &parts[0], DeploymentId: &parts[2]}); err == nil {
			said = map[string]any{"id": found.Id, "description": found.Description, "createdDate": found.CreatedDate.Unix()}
		}
	case at == "GET … … …" && parts[1] == "stages":
		var found *sdk.GetStageOutput
		if found, err = g.api.GetStage(ctx, &sdk.GetStageInput{RestApiId: &parts[0], StageName: &parts[2]}); err == nil {
			stage := map[string]any{"stageName": found.StageName, "deploymentId": found.DeploymentId, "variables": found.Variables, "tags": found.Tags}
			if canary := found.CanarySettings; canary != nil {
				stage["canarySettings"] = map[string]any{
					"deploymentId": canary.DeploymentId, "percentTraffic": canary.PercentTraffic, "stageVariableOverrides": canary.StageVariableOverrides, "useStageCache": canary.UseStageCache,
				}
			}
			said = stage
		}
	default:
		g.t.Errorf("Terraform asks API Gateway for %s %s", r.Method, r.URL.Path)
		http.Error(w, `{"message":"nobody answers that"}`, http.StatusBadRequest)
		return
	}
	if err != nil {
		http.Error(w, `{"message":"`+err.Error()+`"}`, http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(said)
}
