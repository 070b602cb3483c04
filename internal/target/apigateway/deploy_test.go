package apigateway_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/apigateway"
)

// TestDeployAgain: whichever call it died at, a second process makes the same version, permission and deployment once.
func TestDeployAgain(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"lambda:PublishVersion", "lambda:AddPermission", "apigateway:CreateDeployment", "apigateway:GetDeployments", "lambda:GetPolicy"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			subject := c.target("r-1", "v2")
			for done := false; !done; {
				var err error
				done, err = subject.Bake(t.Context())
				must(t, err)
			}
			c.fail(operation, errLost)
			if _, _, err := subject.Deploy(t.Context(), c.first); err == nil {
				t.Fatal("the lost call did no harm")
			}
			made := c.deploy("r-1", "v2")
			if again := c.deploy("r-1", "v2"); again != made {
				t.Errorf("made %s, and then %s", made, again)
			}
			if got := c.published(); !slices.Equal(got, []string{"1", "2"}) || len(c.deployments()) != 2 {
				t.Errorf("versions %v, deployments %v", got, c.deployments())
			}
			if !c.lambda.Allows(functionName, "2", "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:000000000000:"+c.id+"/prod/GET/version") {
				t.Error("API Gateway may not invoke version 2")
			}
			if c.lambda.Allows(functionName, "2", "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:000000000000:"+c.id+"/beta/GET/version") {
				t.Error("another stage may invoke version 2")
			}
		})
	}
}

// TestTwoDeploysAtOnce: the other one was faster with the permission.
func TestTwoDeploysAtOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	subject := c.target("r-1", "v2")
	_, err := subject.Bake(t.Context())
	must(t, err)
	other := ""
	c.next("lambda:AddPermission", func() error {
		var err error
		other, _, err = c.target("r-1", "v2").Deploy(t.Context(), c.first)
		return err
	})
	made, done, err := subject.Deploy(t.Context(), c.first)
	if err != nil || !done || made != other || len(c.deployments()) != 2 {
		t.Errorf("made %s and %s, %v", made, other, err)
	}
}

func TestDeployIsSlowedDown(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	subject := c.target("r-1", "v2")
	_, err := subject.Bake(t.Context())
	must(t, err)
	for _, slower := range []error{&types.TooManyRequestsException{RetryAfterSeconds: aws.String("5")}, &types.LimitExceededException{RetryAfterSeconds: aws.String("5")}} {
		c.fail("apigateway:CreateDeployment", slower)
		_, _, err = subject.Deploy(t.Context(), c.first)
		expectKind(t, err, release.KindTransient, "no more deployments", "in 5 s")
	}
}

func TestDeployRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before func(t *testing.T, c *cloud)
		change func(c *cloud, d *release.Document)
		parts  []string
	}{
		"another service's": {
			before: func(t *testing.T, c *cloud) {
				_, err := c.api.TagResource(foreign(t), &sdk.TagResourceInput{
					ResourceArn: aws.String("arn:aws:apigateway:us-east-1::/restapis/" + c.id + "/stages/prod"), Tags: map[string]string{apigateway.TagService: "orders"},
				})
				must(t, err)
			},
			parts: []string{"tagged goldfinch:service=orders"},
		},
		"a return to what does not exist": {
			change: func(_ *cloud, d *release.Document) { d.Request.Version = "zzzzzz" }, parts: []string{"there is no deployment zzzzzz", "get-deployments"},
		},
		"nothing new": {
			before: func(t *testing.T, c *cloud) {
				_, err := c.target("r-0", "v2").Shift(t.Context(), release.Pure(c.deploy("r-0", "v2")), anything)
				must(t, err)
			},
			parts: []string{"nothing to release: version 2, which users of stage prod of REST API"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			if test.before != nil {
				test.before(t, c)
			}
			subject := c.target("r-1", "v2", func(d *release.Document) {
				if test.change != nil {
					test.change(c, d)
				}
			})
			_, err := subject.Bake(t.Context())
			must(t, err)
			_, _, err = subject.Deploy(t.Context(), c.stage().deployment)
			expectKind(t, err, release.KindRefused, test.parts...)
		})
	}
}

// TestDeployForThisStage: a version may let others invoke it already, because AWS publishes the same code once.
func TestDeployForThisStage(t *testing.T) {
	t.Parallel()
	const prefix = "arn:aws:execute-api:us-east-1:000000000000:"
	for name, test := range map[string]struct {
		source string
		added  bool
	}{
		"another API":              {prefix + "a1b2c3d4e5/prod/GET/version", true},
		"another stage":            {prefix + "API/beta/*", true},
		"another stage's twin":     {prefix + "API/pro", true},
		"an API that begins alike": {prefix + "APIx/*", true},
		"this stage":               {prefix + "API/prod/*", false},
		"this API":                 {prefix + "API/*", false},
		"any stage of this API":    {prefix + "API/*/GET/version", false},
		"any API of the account":   {prefix + "*", false},
		"any API":                  {"arn:aws:execute-api:*", false},
		"everything":               {"*", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			subject := c.target("r-1", "v2")
			_, err := subject.Bake(t.Context())
			must(t, err)
			c.next("lambda:GetPolicy", func() error {
				_, err := c.lambda.AddPermission(foreign(t), &awslambda.AddPermissionInput{
					FunctionName: aws.String(functionName), Qualifier: aws.String("2"), StatementId: aws.String("theirs"), Action: aws.String("lambda:InvokeFunction"),
					Principal: aws.String("apigateway.amazonaws.com"), SourceArn: aws.String(strings.Replace(test.source, "API", c.id, 1)),
				})
				return err
			})
			_, _, err = subject.Deploy(t.Context(), c.first)
			must(t, err)
			policy, err := c.lambda.GetPolicy(foreign(t), &awslambda.GetPolicyInput{FunctionName: aws.String(functionName), Qualifier: aws.String("2")})
			must(t, err)
			if added := strings.Contains(*policy.Policy, "goldfinch-"+c.id+"-prod"); added != test.added {
				t.Errorf("a statement was added: %t, want %t", added, test.added)
			}
			if !c.lambda.Allows(functionName, "2", "apigateway.amazonaws.com", sourceOf(c.id)) {
				t.Error("the stage may not invoke version 2")
			}
		})
	}
}

// TestReturn goes back to an older deployment, which may have lost its permission.
func TestReturn(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	older := c.deploy("r-1", "v2")
	_, err := c.target("r-1", "v2").Shift(t.Context(), release.Pure(older), anything)
	must(t, err)
	newer := c.deploy("r-2", "v3")
	_, err = c.target("r-2", "v3").Shift(t.Context(), release.Pure(newer), anything)
	must(t, err)
	list, err := c.lambda.GetPolicy(foreign(t), &awslambda.GetPolicyInput{FunctionName: aws.String(functionName), Qualifier: aws.String("2")})
	must(t, err)
	if list.Policy == nil {
		t.Fatal("no policy")
	}
	_, err = c.lambda.RemovePermission(foreign(t), &awslambda.RemovePermissionInput{FunctionName: aws.String(functionName), Qualifier: aws.String("2"), StatementId: aws.String("goldfinch-" + c.id + "-prod")})
	must(t, err)

	back := c.target("r-3", "v2", func(d *release.Document) { d.Request.Version = older })
	found, err := back.Preflight(t.Context())
	if must(t, err); !found.Split.Same(release.Pure(newer)) {
		t.Errorf("preflight found %+v", found)
	}
	if done, err := back.Bake(t.Context()); err != nil || !done {
		t.Error(done, err)
	}
	if version, done, err := back.Deploy(t.Context(), newer); err != nil || !done || version != older {
		t.Fatal(version, done, err)
	}
	_, err = back.Shift(t.Context(), release.Pure(older), mine(release.Pure(newer)))
	must(t, err)
	if at := c.stage(); at.deployment != older || at.variable != "2" {
		t.Errorf("the stage is at %+v", at)
	}
	if !c.lambda.Allows(functionName, "2", "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:000000000000:"+c.id+"/prod/GET/version") {
		t.Error("API Gateway may not invoke version 2")
	}
	if note, done, err := back.Restore(t.Context(), newer); err != nil || !done || note != "" {
		t.Error(note, done, err)
	}
}
