package laws_test

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// The laws of functions, their code and their names.
var functionLaws = []law[lambdaWorld]{
	{
		name:   "a new function is $LATEST alone, with the package's hash",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			have := w.configuration(ctx, "")
			equal("configuration", []string{*have.FunctionName, *have.Version, *have.CodeSha256, *have.FunctionArn, string(have.State)},
				[]string{w.name, "$LATEST", sumOf("one"), w.arn(""), "Active"})
			equal("versions", w.versions(ctx), []string{"$LATEST"})
		},
	},
	{
		name:   "a name is taken once",
		source: "model 2015-03-31: CreateFunction → ResourceConflictException, HTTP 409",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			_, err := w.CreateFunction(ctx, w.creation("two"))
			typed[*types.ResourceConflictException](err)
			answered(err, http.StatusConflict)
		},
	},
	{
		name:   "an unknown function is not found",
		source: "model 2015-03-31: GetFunction → ResourceNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			_, err := w.GetFunction(ctx, &sdk.GetFunctionInput{FunctionName: &w.name})
			typed[*types.ResourceNotFoundException](err)
			answered(err, http.StatusNotFound)
		},
	},
	{
		name:   "an unknown function cannot be invoked",
		source: "model 2015-03-31: Invoke → ResourceNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			_, err := w.Invoke(ctx, &sdk.InvokeInput{FunctionName: &w.name})
			typed[*types.ResourceNotFoundException](err)
			answered(err, http.StatusNotFound)
		},
	},
	{
		name:   "an unknown version is not found",
		source: "model 2015-03-31: GetFunctionConfiguration → ResourceNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			_, err := w.GetFunctionConfiguration(ctx, &sdk.GetFunctionConfigurationInput{FunctionName: &w.name, Qualifier: aws.String("7")})
			refusedAs(err, "ResourceNotFoundException", http.StatusNotFound)
		},
	},
	{
		name:   "a function answers to its name and its ARN",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html, name formats",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			for _, name := range []string{w.name, w.arn("")} {
				have := must(w.GetFunctionConfiguration(ctx, &sdk.GetFunctionConfigurationInput{FunctionName: &name}))
				equal(name, *have.FunctionName, w.name)
			}
		},
	},
	{
		name:   "a qualifier in the name is the qualifier beside it",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html, name formats: you can append a version number or alias",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			for _, input := range []*sdk.GetFunctionInput{
				{FunctionName: aws.String(w.name + ":1")},
				{FunctionName: aws.String(w.arn("1"))},
				{FunctionName: &w.name, Qualifier: aws.String("1")},
			} {
				have := must(w.GetFunction(ctx, input)).Configuration
				equal(*input.FunctionName, []string{*have.Version, *have.CodeSha256}, []string{"1", sumOf("one")})
			}
		},
	},
	{
		name:   "an alias stands for its version",
		source: "https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			have := w.configuration(ctx, "live")
			equal("version and hash", []string{*have.Version, *have.CodeSha256}, []string{"1", sumOf("one")})
		},
	},
	{
		name:   "new code changes $LATEST alone",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html: you can't modify the code of a published version",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			w.publish(ctx)
			equal("answer", *w.update(ctx, "two").CodeSha256, sumOf("two"))
			equal("$LATEST", *w.configuration(ctx, "").CodeSha256, sumOf("two"))
			equal("version 1", *w.configuration(ctx, "1").CodeSha256, sumOf("one"))
		},
	},
	{
		name:   "a dry run of new code changes nothing",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html#lambda-UpdateFunctionCode-request-DryRun",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			must(w.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: &w.name, ZipFile: packed("two"), DryRun: true}))
			w.settle()
			equal("$LATEST", *w.configuration(ctx, "").CodeSha256, sumOf("one"))
		},
	},
	{
		name:   "new code can be published in the same call",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html#lambda-UpdateFunctionCode-request-Publish",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			out := must(w.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: &w.name, ZipFile: packed("two"), Publish: true}))
			w.settle()
			equal("answer", *out.Version, "1")
			equal("version 1", *w.configuration(ctx, "1").CodeSha256, sumOf("two"))
		},
	},
	{
		name:   "what an update of the configuration leaves out stays",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			created := w.creation("one")
			created.Timeout, created.MemorySize = aws.Int32(7), aws.Int32(256)
			must(w.CreateFunction(ctx, created))
			w.settle()
			must(w.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: &w.name, MemorySize: aws.Int32(512)}))
			w.settle()
			have := w.configuration(ctx, "")
			equal("timeout and memory", []int32{*have.Timeout, *have.MemorySize}, []int32{7, 512})
		},
	},
	{
		name:   "while an update is in progress the next is refused",
		source: "https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html, and ResourceConflictException, HTTP 409",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			must(w.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: &w.name, ZipFile: packed("two")}))
			_, err := w.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: &w.name})
			typed[*types.ResourceConflictException](err)
			answered(err, http.StatusConflict)
		},
	},
	{
		name:   "tags are the function's, and GetFunction shows them",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#lambda-GetFunction-response-Tags",
		hold: func(ctx context.Context, w lambdaWorld) {
			created := w.creation("one")
			created.Tags = map[string]string{"goldfinch:service": "echo"}
			must(w.CreateFunction(ctx, created))
			w.settle()
			must(w.TagResource(ctx, &sdk.TagResourceInput{Resource: aws.String(w.arn("")), Tags: map[string]string{"team": "birds"}}))
			want := map[string]string{"goldfinch:service": "echo", "team": "birds"}
			equal("GetFunction", must(w.GetFunction(ctx, &sdk.GetFunctionInput{FunctionName: &w.name})).Tags, want)
			equal("ListTags", must(w.ListTags(ctx, &sdk.ListTagsInput{Resource: aws.String(w.arn(""))})).Tags, want)
		},
	},
	{
		name:   "a deleted function takes its versions and aliases along",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html: without a qualifier all versions and aliases are deleted",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: &w.name}))
			_, err := w.GetFunctionConfiguration(ctx, &sdk.GetFunctionConfigurationInput{FunctionName: &w.name, Qualifier: aws.String("1")})
			refusedAs(err, "ResourceNotFoundException", http.StatusNotFound)
			_, err = w.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: &w.name, Name: aws.String("live")})
			refusedAs(err, "ResourceNotFoundException", http.StatusNotFound)
		},
	},
	{
		name:   "an invocation says which version ran",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: ExecutedVersion",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			out := must(w.Invoke(ctx, &sdk.InvokeInput{FunctionName: &w.name, Qualifier: aws.String("live"), Payload: []byte(`{}`)}))
			equal("executed version", aws.ToString(out.ExecutedVersion), "1")
		},
	},
}
