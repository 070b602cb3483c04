package demo

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// lambdaTarget is a function behind an alias.
const lambdaTarget = "lambda"

// executedVersion is the header in which Lambda says which version answered.
const executedVersion = "X-Amz-Executed-Version"

// A lambdaScene is a function's alias, which the first release makes.
type lambdaScene struct{ stage *stage }

func (l *lambdaScene) set(ctx context.Context) error { return l.stage.makeTable(ctx) }

func (l *lambdaScene) releasesFirst() bool { return true }

func (l *lambdaScene) document(ctx context.Context, label string) (release.Document, error) {
	artifact, err := l.stage.upload(ctx, label)
	if err != nil {
		return release.Document{}, err
	}
	tolerance := 0.01
	compared := metrics()
	compared.ServerErrors = &release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors", Threshold: release.Threshold{Tolerance: &tolerance}}
	return release.Document{
		Artifact: artifact,
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: service, Alias: "live"}},
		Verify: []release.Check{{
			Name:    "answers",
			Payload: map[string]any{"version": "2.0", "rawPath": "/version", "requestContext": map[string]any{"http": map[string]any{"method": "GET", "path": "/version"}}},
			Expect:  map[string]any{"statusCode": 200},
		}},
		Analysis: release.Analysis{Metrics: compared},
	}, nil
}

func (l *lambdaScene) users(context.Context) users {
	return users{url: l.stage.server.State.Address() + "/echo/live/", rate: 200, signed: executedVersion}
}

// signature is the canary's version itself.
func (l *lambdaScene) signature(_ context.Context, of Release) (string, error) {
	return of.canary(), nil
}

// check makes sure that the alias points to the version alone.
func (l *lambdaScene) check(ctx context.Context, label string) (string, error) {
	want, err := l.stage.published(ctx, label)
	if err != nil {
		return "", err
	}
	alias, err := l.stage.server.Engine.Lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String(service), Name: aws.String("live")})
	if err != nil {
		return "", fmt.Errorf("look where the alias points: %w", err)
	}
	weighted := alias.RoutingConfig != nil && len(alias.RoutingConfig.AdditionalVersionWeights) > 0
	if got := aws.ToString(alias.FunctionVersion); got != want || weighted {
		return "", fmt.Errorf("the alias ended at version %s (weights: %t), not at version %s alone", got, weighted, want)
	}
	return fmt.Sprintf("alias echo:live is at version %s, with no weight", want), nil
}

// published is the function's version that was made of the label's package, as Lambda has it.
func (s *stage) published(ctx context.Context, label string) (string, error) {
	artifact, err := s.upload(ctx, label) // which is the same again
	if err != nil {
		return "", err
	}
	sum, err := codeSHA256(artifact)
	if err != nil {
		return "", err
	}
	input := &lambda.ListVersionsByFunctionInput{FunctionName: aws.String(service)}
	for {
		page, err := s.server.Engine.Lambda.ListVersionsByFunction(ctx, input)
		if err != nil {
			return "", fmt.Errorf("find the version of package %s: %w", label, err)
		}
		for _, version := range page.Versions {
			if number := aws.ToString(version.Version); aws.ToString(version.CodeSha256) == sum && number != "$LATEST" {
				return number, nil
			}
		}
		if page.NextMarker == nil {
			return "", fmt.Errorf("function %s has no version of package %s", service, label)
		}
		input.Marker = page.NextMarker
	}
}

// makeTable makes the table in which the echo service keeps its items.
func (s *stage) makeTable(ctx context.Context) error {
	_, err := s.server.Engine.DynamoDB.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String("echo-items"),
		BillingMode:          dynamotypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: dynamotypes.KeyTypeHash}},
	})
	if err != nil {
		return fmt.Errorf("make the echo service's table: %w", err)
	}
	return nil
}

// answering is a check that the version answers over HTTP.
func answering() []release.Check {
	return []release.Check{{
		Name: "answers", Payload: map[string]any{"method": http.MethodGet, "path": "/version"}, Expect: map[string]any{"status": http.StatusOK},
	}}
}
