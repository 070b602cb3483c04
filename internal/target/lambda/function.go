package lambda

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A function is one version of the function, or $LATEST.
type function struct {
	types.FunctionConfiguration
	// image is the container image by digest; empty for a package.
	image string
	// location is a presigned URL of the package, good for ten minutes; empty for an
	// image.
	location string
	tags     map[string]string
	// tagsError says why there are no tags, when AWS would not show them; empty otherwise.
	tagsError string
}

// readFunction reads a version, or $LATEST.
func (t *Target) readFunction(ctx context.Context, version string) (function, error) {
	input := &awslambda.GetFunctionInput{FunctionName: aws.String(t.function)}
	if version != latest {
		input.Qualifier = aws.String(version)
	}
	output, err := call.Do(ctx, "lambda: read "+t.versionName(version), t.lambda.GetFunction, input)
	if err != nil {
		return function{}, err
	}
	f := function{tags: output.Tags}
	if output.TagsError != nil {
		f.tagsError = aws.ToString(output.TagsError.ErrorCode) + ": " + aws.ToString(output.TagsError.Message)
	}
	if output.Configuration != nil {
		f.FunctionConfiguration = *output.Configuration
	}
	if output.Code != nil {
		f.image = aws.ToString(output.Code.ResolvedImageUri)
		f.location = aws.ToString(output.Code.Location)
	}
	return f, nil
}

// Describe reads a published version; found is false when there is none of that number.
func (t *Target) Describe(ctx context.Context, version string) (described types.FunctionConfiguration, found bool, err error) {
	if !isPublished(version) {
		return described, false, nil
	}
	read, err := t.readFunction(ctx, version)
	if isMissing(err) {
		return described, false, nil
	}
	return read.FunctionConfiguration, err == nil, err
}

// versionName says in an error which version is meant.
func (t *Target) versionName(version string) string { return "function " + t.function + ":" + version }

// functionMissing says that there is no function.
func (t *Target) functionMissing() *release.Failure {
	return release.Fail(release.KindRefused, "function %s does not exist", t.function).
		WithHint("create it once, tagged %s=%s, with `aws lambda create-function` or your own stack", TagService, t.document.Service)
}
