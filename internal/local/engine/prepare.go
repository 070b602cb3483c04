package engine

import (
	"context"
	"errors"
	"fmt"
	"io"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/program"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// inspect refuses a package whose binary can't run on this machine.
func inspect(_ context.Context, name string, body io.ReadSeeker) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := program.Check(data); err != nil {
		return release.Fail(release.KindRefused, "%s can't run here", name).Because(err)
	}
	return nil
}

// missing says which function prepare would make.
func (e *Engine) missing(ctx context.Context, document release.Document) (string, error) {
	code, err := e.newFunction(ctx, document)
	if err != nil || code == nil {
		return "", err
	}
	return fmt.Sprintf("the local cloud has no function %s: it would be created from this package", document.Target.Lambda.Function), nil
}

// newFunction is the code that the document's function would have to be made of;
// nil when there is such a function.
func (e *Engine) newFunction(ctx context.Context, document release.Document) (*types.FunctionCode, error) {
	target := document.Target.Lambda
	if target == nil {
		return nil, nil
	}
	_, err := e.Lambda.GetFunction(ctx, &sdk.GetFunctionInput{FunctionName: &target.Function})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return nil, err
	}
	bucket, key, ok := document.Artifact.S3()
	if !ok {
		return nil, release.Fail(release.KindRefused, "the local cloud has no function %s, and can make it from a package only", target.Function)
	}
	return &types.FunctionCode{S3Bucket: &bucket, S3Key: &key, S3ObjectVersion: presence(document.Artifact.VersionID)}, nil
}

// prepare makes the function of a first release. In AWS it is the user's own
// infrastructure that makes it; here nobody else would.
func (e *Engine) prepare(ctx context.Context, document release.Document) error {
	code, err := e.newFunction(ctx, document)
	if err != nil || code == nil {
		return err
	}
	target := document.Target.Lambda
	_, err = e.Lambda.CreateFunction(ctx, &sdk.CreateFunctionInput{
		FunctionName: &target.Function,
		Runtime:      types.RuntimeProvidedal2023,
		Handler:      pointer("bootstrap"),
		Role:         pointer("arn:aws:iam::" + AccountID + ":role/" + target.Function),
		Timeout:      pointer[int32](30),
		MemorySize:   pointer[int32](128),
		Code:         code,
		Tags:         map[string]string{lambda.TagService: document.Service},
	})
	if err != nil {
		return fmt.Errorf("make function %s in the local cloud: %w", target.Function, err)
	}
	return nil
}

func pointer[T any](value T) *T { return &value }

func presence(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
