package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// apiGatewayTarget is a function behind a stage of a REST API.
const apiGatewayTarget = "apigateway"

// restStage is the stage that users call, and restVariable the variable of it that holds the function's version.
const restStage, restVariable = "prod", "version"

// An apiGatewayScene is a REST API whose stage leads to v1 of the function.
type apiGatewayScene struct {
	stage *stage
	// api is the REST API's id.
	api string
}

func (a *apiGatewayScene) releasesFirst() bool { return false }

// set makes the function with its first version, the API in front of it, and the stage.
func (a *apiGatewayScene) set(ctx context.Context) error {
	a.stage.say("── %s stands behind stage %s of a REST API, as its owner made it", first, restStage)
	if err := a.stage.makeTable(ctx); err != nil {
		return err
	}
	if err := a.makeFunction(ctx); err != nil {
		return fmt.Errorf("make function %s: %w", service, err)
	}
	if err := a.makeAPI(ctx); err != nil {
		return fmt.Errorf("make the REST API: %w", err)
	}
	return nil
}

func (a *apiGatewayScene) makeFunction(ctx context.Context) error {
	artifact, err := a.stage.upload(ctx, first)
	if err != nil {
		return err
	}
	bucket, key, _ := artifact.S3()
	functions := a.stage.server.Engine.Lambda
	_, err = functions.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String(service), Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"), Publish: true,
		Role: aws.String("arn:aws:iam::" + engine.AccountID + ":role/" + service), Timeout: aws.Int32(30), MemorySize: aws.Int32(128),
		Code: &lambdatypes.FunctionCode{S3Bucket: &bucket, S3Key: &key}, Tags: map[string]string{serviceTag: service},
	})
	if err != nil {
		return err
	}
	_, err = functions.AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: aws.String(service), Qualifier: aws.String("1"), StatementId: aws.String("api"),
		Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
	})
	if err != nil {
		return err
	}
	return wait(ctx, "function "+service+" to become active", func() (bool, error) {
		found, err := functions.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String(service), Qualifier: aws.String("1")})
		return err == nil && found.Configuration.State == lambdatypes.StateActive, err
	})
}

func (a *apiGatewayScene) makeAPI(ctx context.Context) error {
	apis := a.stage.server.Engine.APIGateway
	made, err := apis.CreateRestApi(ctx, &sdk.CreateRestApiInput{Name: aws.String(service), Tags: map[string]string{serviceTag: service}})
	if err != nil {
		return err
	}
	a.api = aws.ToString(made.Id)
	below, err := apis.CreateResource(ctx, &sdk.CreateResourceInput{RestApiId: made.Id, ParentId: made.RootResourceId, PathPart: aws.String("{proxy+}")})
	if err != nil {
		return err
	}
	uri := fmt.Sprintf("arn:aws:apigateway:%s:lambda:path/2015-03-31/functions/arn:aws:lambda:%s:%s:function:%s:${stageVariables.%s}/invocations",
		engine.Region, engine.Region, engine.AccountID, service, restVariable)
	for _, resource := range []*string{made.RootResourceId, below.Id} {
		method := &sdk.PutMethodInput{RestApiId: made.Id, ResourceId: resource, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("NONE")}
		if _, err := apis.PutMethod(ctx, method); err != nil {
			return err
		}
		integration := &sdk.PutIntegrationInput{
			RestApiId: made.Id, ResourceId: resource, HttpMethod: aws.String("ANY"), Type: types.IntegrationTypeAwsProxy, IntegrationHttpMethod: aws.String("POST"), Uri: &uri,
		}
		if _, err := apis.PutIntegration(ctx, integration); err != nil {
			return err
		}
	}
	_, err = apis.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: made.Id, StageName: aws.String(restStage), Variables: map[string]string{restVariable: "1"}})
	return err
}

func (a *apiGatewayScene) document(ctx context.Context, label string) (release.Document, error) {
	artifact, err := a.stage.upload(ctx, label)
	return release.Document{
		Artifact: artifact,
		Target:   release.Target{APIGateway: &release.APIGatewayTarget{RestAPI: a.api, Stage: restStage, Function: service, Variable: restVariable}},
		Verify:   answering(),
		Analysis: release.Analysis{Metrics: metrics()},
	}, err
}

func (a *apiGatewayScene) users(context.Context) users {
	return users{url: fmt.Sprintf("%s/%s/%s/", a.stage.server.APIs(), a.api, restStage), rate: 150, signed: executedVersion}
}

// signature is the version of the function, as Lambda has it; the release's versions are deployments.
func (a *apiGatewayScene) signature(ctx context.Context, of Release) (string, error) {
	return a.stage.published(ctx, of.Version)
}

// check makes sure that the stage leads to the version and has no canary, and that API Gateway may not invoke what was rolled back.
func (a *apiGatewayScene) check(ctx context.Context, label string) (string, error) {
	want, err := a.stage.published(ctx, label)
	if err != nil {
		return "", err
	}
	found, err := a.stage.server.Engine.APIGateway.GetStage(ctx, &sdk.GetStageInput{RestApiId: &a.api, StageName: aws.String(restStage)})
	if err != nil {
		return "", fmt.Errorf("look where the stage leads: %w", err)
	}
	if got := found.Variables[restVariable]; got != want || found.CanarySettings != nil {
		return "", fmt.Errorf("the stage ended at version %s (canary: %t), not at version %s alone", got, found.CanarySettings != nil, want)
	}
	if err := a.checkPermissions(ctx, want); err != nil {
		return "", err
	}
	return fmt.Sprintf("stage %s leads to deployment %s and version %s of the function, and has no canary", restStage, aws.ToString(found.DeploymentId), want), nil
}

// checkPermissions wants no permission left on versions that were rolled back.
func (a *apiGatewayScene) checkPermissions(ctx context.Context, current string) error {
	functions := a.stage.server.Engine.Lambda
	page, err := functions.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: aws.String(service)})
	if err != nil {
		return fmt.Errorf("look for permissions: %w", err)
	}
	for _, version := range page.Versions {
		number := aws.ToString(version.Version)
		if number == "$LATEST" || number == "1" || number == current {
			continue
		}
		if _, err := functions.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String(service), Qualifier: &number}); err == nil {
			return fmt.Errorf("version %s was rolled back, and still has a permission", number)
		}
	}
	return nil
}

// wait asks until it is so.
func wait(ctx context.Context, what string, ask func() (bool, error)) error {
	for {
		done, err := ask()
		if err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}
