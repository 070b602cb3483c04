package mutations_test

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// furnishAPI makes function orders, of version 1, behind stage prod of a REST API, and releases version 2.
func furnishAPI(a *account) {
	a.Helper()
	a.functions = append(a.functions, "orders")
	ctx, service := context.Background(), a.engine.APIGateway
	bucket, key, _ := a.uploaded("orders 1").S3()
	_, err := a.engine.Lambda.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("orders"), Role: aws.String("arn:aws:iam::000000000000:role/orders"), Handler: aws.String("bootstrap"), Runtime: lambdatypes.RuntimeProvidedal2023,
		Code: &lambdatypes.FunctionCode{S3Bucket: &bucket, S3Key: &key}, Tags: map[string]string{"goldfinch:service": "orders"}, Publish: true,
	})
	a.must(err)
	_, err = a.engine.Lambda.AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: aws.String("orders"), Qualifier: aws.String("1"), StatementId: aws.String("api"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
	})
	a.must(err)
	api, err := service.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("orders"), Tags: map[string]string{"goldfinch:service": "orders"}})
	a.must(err)
	_, err = service.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: api.Id, ResourceId: api.RootResourceId, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("NONE")})
	a.must(err)
	_, err = service.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: api.Id, ResourceId: api.RootResourceId, HttpMethod: aws.String("ANY"), Type: types.IntegrationTypeAwsProxy, IntegrationHttpMethod: aws.String("POST"),
		Uri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:orders:${stageVariables.version}/invocations"),
	})
	a.must(err)
	_, err = service.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String("prod"), Variables: map[string]string{"version": "1", "table": "orders"}})
	a.must(err)
	a.pass(time.Minute)
	a.promote(document("orders", a.uploaded("orders 2"), release.Target{APIGateway: &release.APIGatewayTarget{RestAPI: *api.Id, Stage: "prod", Function: "orders"}}))
}

// api is the id of the REST API.
func (a *account) api() *string {
	a.Helper()
	apis, err := a.engine.APIGateway.GetRestApis(context.Background(), &apigateway.GetRestApisInput{})
	a.must(err)
	return apis.Items[0].Id
}

// stage is the users' stage.
func (a *account) stage() *apigateway.GetStageOutput {
	a.Helper()
	stage, err := a.engine.APIGateway.GetStage(context.Background(), &apigateway.GetStageInput{RestApiId: a.api(), StageName: aws.String("prod")})
	a.must(err)
	return stage
}

// otherDeployment is one that the stage does not lead to.
func (a *account) otherDeployment() string {
	a.Helper()
	deployments, err := a.engine.APIGateway.GetDeployments(context.Background(), &apigateway.GetDeploymentsInput{RestApiId: a.api()})
	a.must(err)
	for _, deployment := range deployments.Items {
		if *deployment.Id != *a.stage().DeploymentId {
			return *deployment.Id
		}
	}
	a.Fatal("there is one deployment alone")
	return ""
}

// patch changes the stage: path=value.
func patch(a *account, changes ...string) {
	a.Helper()
	input := &apigateway.UpdateStageInput{RestApiId: a.api(), StageName: aws.String("prod")}
	for _, change := range changes {
		path, value, _ := strings.Cut(change, "=")
		input.PatchOperations = append(input.PatchOperations, types.PatchOperation{Op: types.OpReplace, Path: &path, Value: &value})
	}
	_, err := a.engine.APIGateway.UpdateStage(context.Background(), input)
	a.must(err)
}

var ofAPIGateway = []mutation{
	{
		name: "the stage leads to another deployment", resource: "/stages/prod", kind: routing, want: "with version 2", got: "deployment ",
		mutate: func(a *account) { patch(a, "/deploymentId="+a.otherDeployment()) },
		calls:  "apigateway:UpdateStage",
	},
	{
		name: "a pipeline deploys to the stage", resource: "/stages/prod", kind: routing, want: "with version 2", got: "with version 2",
		prepare: func(a *account) {
			_, err := a.engine.APIGateway.CreateDeployment(context.Background(), &apigateway.CreateDeploymentInput{RestApiId: a.api(), Description: aws.String("by a pipeline")})
			a.must(err)
		},
		mutate: func(a *account) {
			deployments, err := a.engine.APIGateway.GetDeployments(context.Background(), &apigateway.GetDeploymentsInput{RestApiId: a.api()})
			a.must(err)
			for _, deployment := range deployments.Items {
				if aws.ToString(deployment.Description) == "by a pipeline" {
					patch(a, "/deploymentId="+*deployment.Id)
				}
			}
		},
		calls: "apigateway:UpdateStage",
	},
	{
		name: "the stage's variable is changed", resource: "/stages/prod", kind: routing, want: "with version 2", got: "with version 1",
		mutate: func(a *account) { patch(a, "/variables/version=1") },
		calls:  "apigateway:UpdateStage",
	},
	{
		name: "a canary is added to the stage", resource: "/stages/prod", kind: routing, want: "with version 2", got: "with version 1 at 30%",
		mutate: func(a *account) {
			patch(a, "/canarySettings/deploymentId="+a.otherDeployment(), "/canarySettings/percentTraffic=30", "/canarySettings/stageVariableOverrides/version=1")
		},
		calls: "apigateway:UpdateStage",
	},
	{
		name: "the function's version is deleted", resource: "orders:2", kind: version, want: "version 2", got: "no such version",
		mutate: func(a *account) {
			_, err := a.engine.Lambda.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: aws.String("orders"), Qualifier: aws.String("2")})
			a.must(err)
		},
		left: "by a release",
	},
	{
		name: "the deployment is deleted", resource: "/deployments/", kind: version, want: "deployment ", got: "no such deployment",
		mutate: func(a *account) {
			released := *a.stage().DeploymentId
			patch(a, "/deploymentId="+a.otherDeployment())
			_, err := a.engine.APIGateway.DeleteDeployment(context.Background(), &apigateway.DeleteDeploymentInput{RestApiId: a.api(), DeploymentId: &released})
			a.must(err)
		},
		left: "by a release",
	},
}
