package laws_test

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const publishPage = "https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html"

// The laws of published versions.
var versionLaws = []law[lambdaWorld]{
	{
		name:   "versions count from 1 and keep their code",
		source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			equal("version 1", *w.configuration(ctx, "1").CodeSha256, sumOf("one"))
			equal("version 2", *w.configuration(ctx, "2").CodeSha256, sumOf("two"))
		},
	},
	{
		name:   "nothing new publishes the same version",
		source: publishPage + ": Lambda doesn't publish a version if the configuration and code haven't changed since the last version",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			equal("first", w.publish(ctx), "1")
			equal("second", w.publish(ctx), "1")
			equal("versions", w.versions(ctx), []string{"$LATEST", "1"})
		},
	},
	{
		name:   "equal code that was uploaded again publishes the same version",
		source: publishPage + ": Lambda doesn't publish a version if the configuration and code haven't changed since the last version",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			w.publish(ctx)
			w.update(ctx, "one")
			equal("second", w.publish(ctx), "1")
		},
	},
	{
		name:   "a changed configuration is a new version of the same code",
		source: publishPage,
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			w.publish(ctx)
			must(w.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: &w.name, MemorySize: aws.Int32(512)}))
			w.settle()
			equal("number", w.publish(ctx), "2")
			equal("hash of 2", *w.configuration(ctx, "2").CodeSha256, sumOf("one"))
			equal("memory of 1", *w.configuration(ctx, "1").MemorySize, int32(128))
		},
	},
	{
		name:   "the code's hash lets its own code be published",
		source: publishPage + "#lambda-PublishVersion-request-CodeSha256",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			out := must(w.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: &w.name, CodeSha256: aws.String(sumOf("one"))}))
			equal("number", *out.Version, "1")
		},
	},
	{
		name:   "another code's hash lets nothing be published",
		source: publishPage + "#lambda-PublishVersion-request-CodeSha256: InvalidParameterValueException, HTTP 400",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			_, err := w.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: &w.name, CodeSha256: aws.String(sumOf("two"))})
			typed[*types.InvalidParameterValueException](err)
			answered(err, http.StatusBadRequest)
		},
	},
	{
		name:   "a version has the description that it was published with",
		source: publishPage + "#lambda-PublishVersion-request-Description",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			must(w.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: &w.name, Description: aws.String("r-1")}))
			w.settle()
			equal("description of 1", aws.ToString(w.configuration(ctx, "1").Description), "r-1")
			equal("description of $LATEST", aws.ToString(w.configuration(ctx, "").Description), "")
		},
	},
	{
		name:   "a list of versions begins with $LATEST",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			equal("versions", w.versions(ctx), []string{"$LATEST", "1", "2"})
		},
	},
	{
		name:   "versions are listed by pages",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html: Marker, MaxItems, NextMarker",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			first := must(w.ListVersionsByFunction(ctx, &sdk.ListVersionsByFunctionInput{FunctionName: &w.name, MaxItems: aws.Int32(2)}))
			if len(first.Versions) != 2 || first.NextMarker == nil {
				broke("the first page has %d versions, marker %q", len(first.Versions), aws.ToString(first.NextMarker))
			}
			second := must(w.ListVersionsByFunction(ctx, &sdk.ListVersionsByFunctionInput{FunctionName: &w.name, MaxItems: aws.Int32(2), Marker: first.NextMarker}))
			if len(second.Versions) != 1 || *second.Versions[0].Version != "2" || second.NextMarker != nil {
				broke("the second page has %d versions, marker %q", len(second.Versions), aws.ToString(second.NextMarker))
			}
		},
	},
	{
		name:   "the versions of an unknown function are not found",
		source: "model 2015-03-31: ListVersionsByFunction → ResourceNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			_, err := w.ListVersionsByFunction(ctx, &sdk.ListVersionsByFunctionInput{FunctionName: &w.name})
			typed[*types.ResourceNotFoundException](err)
			answered(err, http.StatusNotFound)
		},
	},
	{
		name:   "a version that no alias names can be deleted",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html: to delete a specific version, use Qualifier",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: &w.name, Qualifier: aws.String("2")}))
			equal("versions", w.versions(ctx), []string{"$LATEST", "1"})
		},
	},
	{
		name:   "a version that an alias names cannot be deleted",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html: you can't delete a version that an alias references; ResourceConflictException, HTTP 409",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: &w.name, Qualifier: aws.String("1")})
			typed[*types.ResourceConflictException](err)
			answered(err, http.StatusConflict)
		},
	},
	{
		name:   "a version that an alias gives a weight cannot be deleted",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html: you can't delete a version that an alias references; ResourceConflictException, HTTP 409",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.route(ctx, "1", map[string]float64{"2": 0.1}))
			_, err := w.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: &w.name, Qualifier: aws.String("2")})
			typed[*types.ResourceConflictException](err)
			answered(err, http.StatusConflict)
		},
	},
	{
		name:   "a deleted version's number never comes again",
		source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html: version numbers are never reused",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: &w.name, Qualifier: aws.String("2")}))
			w.update(ctx, "three")
			equal("number", w.publish(ctx), "3")
		},
	},
}
