package cloudformation

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
)

// deployments are AWS::ApiGateway::Deployment. One with a StageName makes the stage. Their ids are API/DEPLOYMENT: AWS's leave the API
// out, which it knows from the template. One that was asked for again is made again: API Gateway tells nobody for whom a deployment was made.
type deployments struct{ api APIGateway }

func (d deployments) create(ctx context.Context, of request) (string, error) {
	described, _ := of.properties["StageDescription"].(map[string]any)
	for name := range described {
		if name != "Variables" {
			return "", unsupported("StageDescription with %s", name)
		}
	}
	input := &sdk.CreateDeploymentInput{}
	if err := shape(input, of.with(map[string]any{"StageDescription": nil, "Variables": described["Variables"]})); err != nil {
		return "", err
	}
	out, err := d.api.CreateDeployment(ctx, input)
	if err != nil {
		return "", err
	}
	return *input.RestApiId + "/" + *out.Id, nil
}

func (d deployments) look(ctx context.Context, id string) (seen, error) {
	api, deployment, _ := strings.Cut(id, "/")
	out, err := d.api.GetDeployment(ctx, &sdk.GetDeploymentInput{RestApiId: &api, DeploymentId: &deployment})
	if err != nil {
		return seen{}, unless(err, "NotFoundException")
	}
	actual, _ := properties(*out).(map[string]any)
	actual["RestApiId"] = api
	return seen{exists: true, ready: true, attributes: map[string]string{"DeploymentId": deployment}, properties: actual}, nil
}

func (d deployments) delete(ctx context.Context, id string) error {
	api, deployment, _ := strings.Cut(id, "/")
	_, err := d.api.DeleteDeployment(ctx, &sdk.DeleteDeploymentInput{RestApiId: &api, DeploymentId: &deployment})
	return unless(err, "NotFoundException")
}

// stages are AWS::ApiGateway::Stage. Their ids are API/STAGE, as those of deployments.
type stages struct{ api APIGateway }

func (s stages) create(ctx context.Context, of request) (string, error) {
	input := &sdk.CreateStageInput{}
	if err := shape(input, of.properties); err != nil {
		return "", err
	}
	_, err := s.api.CreateStage(ctx, input)
	if of.again {
		err = unless(err, "ConflictException")
	}
	return *input.RestApiId + "/" + aws.ToString(input.StageName), err
}

func (s stages) look(ctx context.Context, id string) (seen, error) {
	api, name, _ := strings.Cut(id, "/")
	out, err := s.api.GetStage(ctx, &sdk.GetStageInput{RestApiId: &api, StageName: &name})
	if err != nil {
		return seen{}, unless(err, "NotFoundException")
	}
	actual, _ := properties(*out).(map[string]any)
	actual["RestApiId"] = api
	return seen{exists: true, ready: true, properties: actual}, nil
}

func (s stages) delete(context.Context, string) error { return unsupported("deleting stages") }
