package apigateway_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/apigateway"
)

func TestPreflightRefuses(t *testing.T) {
	t.Parallel()
	const function = "arn:aws:lambda:us-east-1:000000000000:function:"
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not allowed"}
	for name, test := range map[string]struct {
		before func(t *testing.T, c *cloud)
		change func(d *release.Document)
		parts  []string
	}{
		"an API that nobody tagged": {
			before: func(t *testing.T, c *cloud) {
				made, err := c.api.CreateRestApi(foreign(t), &sdk.CreateRestApiInput{Name: aws.String("other")})
				must(t, err)
				resource, err := c.api.CreateResource(foreign(t), &sdk.CreateResourceInput{RestApiId: made.Id, ParentId: made.RootResourceId, PathPart: aws.String("a")})
				must(t, err)
				c.id, c.proxy = *made.Id, *resource.Id
				_, err = c.api.PutMethod(foreign(t), &sdk.PutMethodInput{RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("NONE")})
				must(t, err)
				c.integrate(function + "${stageVariables.function}:${stageVariables.version}")
				_, err = c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: made.Id, StageName: aws.String(stageName), Variables: map[string]string{"version": "1"}})
				must(t, err)
			},
			parts: []string{"has no tag goldfinch:service", "tag-resource"},
		},
		"another service's": {
			before: func(t *testing.T, c *cloud) {
				_, err := c.api.TagResource(foreign(t), &sdk.TagResourceInput{ResourceArn: aws.String("arn:aws:apigateway:us-east-1::/restapis/" + c.id), Tags: map[string]string{apigateway.TagService: "orders"}})
				must(t, err)
			},
			parts: []string{"does not belong to service echo"},
		},
		"a foreign canary": {
			before: func(t *testing.T, c *cloud) {
				_, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: aws.String(c.id), StageName: aws.String(stageName), CanarySettings: &types.DeploymentCanarySettings{PercentTraffic: 12.5}})
				must(t, err)
			},
			parts: []string{"has a canary", "at 12.5%", "op=remove,path=/canarySettings"},
		},
		"a foreign canary at 0%": {
			before: func(t *testing.T, c *cloud) {
				_, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: aws.String(c.id), StageName: aws.String(stageName), CanarySettings: &types.DeploymentCanarySettings{}})
				must(t, err)
			},
			parts: []string{"has a canary", "at 0%"},
		},
		"no variable": {
			before: func(t *testing.T, c *cloud) { must(t, c.patch(remove("/variables/version"))) },
			parts:  []string{"has no variable version", "op=replace,path=/variables/version"},
		},
		"a variable that is no version": {
			before: func(t *testing.T, c *cloud) { must(t, c.patch(replace("/variables/version", "live"))) },
			parts:  []string{`is "live", which is not the number`},
		},
		"a version that is gone": {
			before: func(t *testing.T, c *cloud) { must(t, c.patch(replace("/variables/version", "7"))) },
			parts:  []string{"2 things", "version 7 of function echo does not allow API Gateway", "function echo:7 does not exist"},
		},
		"a variable of another version": {
			before: func(t *testing.T, c *cloud) {
				_, err := c.target("r-0", "v3").Shift(t.Context(), release.Pure(c.deploy("r-0", "v3")), anything)
				must(t, err)
				must(t, c.patch(replace("/variables/version", "1")))
			},
			parts: []string{"was made for version 2"},
		},
		"an integration by no variable": {
			before: func(t *testing.T, c *cloud) { c.integrate(function + "echo") },
			parts:  []string{"2 things", "ANY /{proxy+} (arn:", "follow no canary", "no method of REST API"},
		},
		"an integration by a number": {
			before: func(t *testing.T, c *cloud) { c.integrate(function + "echo:1") },
			parts:  []string{"follow no canary"},
		},
		"an integration of something else": {
			before: func(t *testing.T, c *cloud) { c.integrate(function + "orders:${stageVariables.version}") },
			parts:  []string{"no method of REST API", "FUNCTION:${stageVariables.version}"},
		},
		"a stable version that API Gateway may not invoke": {
			before: func(t *testing.T, c *cloud) {
				_, err := c.lambda.RemovePermission(foreign(t), &awslambda.RemovePermissionInput{FunctionName: aws.String(functionName), Qualifier: aws.String("1"), StatementId: aws.String("theirs")})
				must(t, err)
			},
			parts: []string{"version 1 of function echo does not allow API Gateway", "--qualifier 1", "add-permission"},
		},
		"a stage that may not be read": {
			before: func(t *testing.T, c *cloud) { c.fail("apigateway:GetStage", denied) },
			parts:  []string{"may not be read", "apigateway:GET"},
		},
		"resources that may not be read": {
			before: func(t *testing.T, c *cloud) { c.fail("apigateway:GetResources", denied) },
			parts:  []string{"list resources", "allow that action"},
		},
		"a package that is not there, and an alarm": {
			change: func(d *release.Document) {
				d.Artifact.Package = "s3://" + bucket + "/other.zip"
				d.Analysis.Alarms = []string{"nobody-made-this"}
			},
			parts: []string{"2 things", "other.zip", "nobody-made-this"},
		},
		"nothing new": {
			before: func(t *testing.T, c *cloud) {
				_, err := c.target("r-0", "v2").Shift(t.Context(), release.Pure(c.deploy("r-0", "v2")), anything)
				must(t, err)
			},
			parts: []string{"nothing to release: version 2, which users of stage prod"},
		},
		"a return to where it is": {
			change: func(d *release.Document) { d.Request.Version = "FIRST" },
			parts:  []string{"nothing to release", "is the one that stage prod"},
		},
		"a return to nowhere": {
			change: func(d *release.Document) { d.Request.Version = "zzzzzz" },
			parts:  []string{"there is no deployment zzzzzz"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			if test.before != nil {
				test.before(t, c)
			}
			before := c.writes()
			_, err := c.target("r-1", "v2", func(d *release.Document) {
				if test.change != nil {
					test.change(d)
				}
				if d.Request.Version == "FIRST" {
					d.Request.Version = c.first
				}
			}).Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.parts...)
			if c.writes() != before {
				t.Error("preflight wrote")
			}
		})
	}
}

// TestPreflightNotes: who may call the function without a qualifier is noted; a function with a role of the API's own needs no permission.
func TestPreflightNotes(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, err := c.lambda.AddPermission(foreign(t), &awslambda.AddPermissionInput{
		FunctionName: aws.String(functionName), StatementId: aws.String("console"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
	})
	must(t, err)
	_, err = c.api.PutIntegration(foreign(t), &sdk.PutIntegrationInput{
		RestApiId: aws.String(c.id), ResourceId: aws.String(c.proxy), HttpMethod: aws.String("ANY"), Type: types.IntegrationTypeAwsProxy, IntegrationHttpMethod: aws.String("POST"),
		Credentials: aws.String("arn:aws:iam::000000000000:role/api"),
		Uri:         aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:echo:${stageVariables.version}/invocations"),
	})
	must(t, err)
	_, err = c.lambda.RemovePermission(foreign(t), &awslambda.RemovePermissionInput{FunctionName: aws.String(functionName), Qualifier: aws.String("1"), StatementId: aws.String("theirs")})
	must(t, err)
	found, err := c.target("r-1", "v2").Preflight(t.Context())
	must(t, err)
	if len(found.Notes) != 1 || !strings.Contains(found.Notes[0], "called without an alias") || !strings.Contains(found.Notes[0], "console") {
		t.Errorf("notes %q", found.Notes)
	}
	// A stage with a cache says so.
	subject := apigateway.New(apigateway.Options{Release: "r-1", Document: c.document("v2"), Now: c.clock.Now, APIGateway: cached{c.api}, Lambda: c.lambda, CloudWatch: c.cloudWatch, S3: c.s3})
	found, err = subject.Preflight(t.Context())
	must(t, err)
	if len(found.Notes) != 2 || !strings.Contains(found.Notes[1], "has a cache") {
		t.Errorf("notes %q", found.Notes)
	}
}

// cached is an API Gateway whose stages have a cache, which the local one's have not.
type cached struct{ apigateway.API }

func (c cached) GetStage(ctx context.Context, in *sdk.GetStageInput, options ...func(*sdk.Options)) (*sdk.GetStageOutput, error) {
	output, err := c.API.GetStage(ctx, in, options...)
	if err == nil {
		output.CacheClusterEnabled = true
	}
	return output, err
}
