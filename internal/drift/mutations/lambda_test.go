package mutations_test

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// furnishLambda releases function echo twice: version 2 is stable behind alias live, and version 1 was before.
func furnishLambda(a *account) {
	a.Helper()
	a.functions = append(a.functions, "echo")
	target := release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}}
	for _, text := range []string{"one", "two"} {
		a.promote(document("echo", a.uploaded(text), target))
	}
}

// route moves the alias; weights are of other versions.
func route(a *account, version string, weights map[string]float64) {
	a.Helper()
	_, err := a.engine.Lambda.UpdateAlias(context.Background(), &lambda.UpdateAliasInput{
		FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: &version, RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights},
	})
	a.must(err)
}

func deleteVersion(a *account, version string) {
	a.Helper()
	_, err := a.engine.Lambda.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: aws.String("echo"), Qualifier: &version})
	a.must(err)
}

func deleteAlias(a *account) {
	a.Helper()
	_, err := a.engine.Lambda.DeleteAlias(context.Background(), &lambda.DeleteAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
	a.must(err)
}

// remakeFunction deletes the function and makes another of its name and code that nobody released, whose version 2 has the alias.
func remakeFunction(a *account) {
	a.Helper()
	ctx := context.Background()
	_, err := a.engine.Lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String("echo")})
	a.must(err)
	for _, text := range []string{"first", "second"} {
		bucket, key, _ := a.uploaded(text + " of somebody else").S3()
		if text == "first" {
			_, err = a.engine.Lambda.CreateFunction(ctx, &lambda.CreateFunctionInput{
				FunctionName: aws.String("echo"), Role: aws.String("arn:aws:iam::000000000000:role/echo"), Handler: aws.String("bootstrap"), Runtime: types.RuntimeProvidedal2023,
				Code: &types.FunctionCode{S3Bucket: &bucket, S3Key: &key}, Tags: map[string]string{"goldfinch:service": "echo"}, Publish: true,
			})
		} else {
			_, err = a.engine.Lambda.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), S3Bucket: &bucket, S3Key: &key, Publish: true})
		}
		a.must(err)
		a.pass(30 * time.Second)
	}
	_, err = a.engine.Lambda.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: aws.String("2")})
	a.must(err)
}

var ofLambda = []mutation{
	{
		name: "the alias is moved to another version", resource: "echo:live", kind: routing, want: "version 2 at 100%", got: "version 1 at 100%",
		mutate: func(a *account) { route(a, "1", nil) },
		calls:  "lambda:UpdateAlias",
	},
	{
		name: "the alias is weighted", resource: "echo:live", kind: routing, want: "version 2 at 100%", got: "version 2 at 75%, version 1 at 25%",
		mutate: func(a *account) { route(a, "2", map[string]float64{"1": 0.25}) },
		calls:  "lambda:UpdateAlias",
	},
	{
		name: "the alias is deleted", resource: "echo:live", kind: routing, want: "version 2 at 100%", got: "no such alias",
		mutate: deleteAlias,
		calls:  "lambda:CreateAlias",
	},
	{
		name: "the alias is moved and the version deleted", resource: "echo:2", kind: version, want: "version 2", got: "no such version",
		mutate: func(a *account) { route(a, "1", nil); deleteVersion(a, "2") },
		also:   []string{"routing echo:live"}, left: "only a release mends",
	},
	{
		name: "the function is made anew of other code", resource: "echo:2", kind: version, want: "code ", got: "code ",
		mutate: remakeFunction,
		left:   "only a release mends",
	},
}
