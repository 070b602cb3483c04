package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/expect"
)

// Verify invokes the version by its number, once for each check of the document,
// one after the other. Without checks it makes one dry run, which tells whether
// the version can be invoked at all and runs none of its code.
func (t *Target) Verify(ctx context.Context, version string) error {
	if len(t.document.Verify) == 0 {
		_, err := t.invoke(ctx, version, types.InvocationTypeDryRun, nil)
		return t.invokeFailure(version, err)
	}
	var failed []string
	for i, check := range t.document.Verify {
		name := check.Name
		if name == "" {
			name = fmt.Sprintf("check %d", i+1)
		}
		difference, err := t.check(ctx, version, check)
		if err != nil {
			return t.invokeFailure(version, fmt.Errorf("%s: %w", name, err))
		}
		if difference != "" {
			failed = append(failed, name+": "+difference)
		}
	}
	if len(failed) > 0 {
		return release.Fail(release.KindUnhealthy, "%s failed %d of %d checks: %s",
			t.versionName(version), len(failed), len(t.document.Verify), strings.Join(failed, "; "))
	}
	return nil
}

// check makes one check, and says in which way it failed; empty when it passed.
func (t *Target) check(ctx context.Context, version string, check release.Check) (difference string, err error) {
	payload, err := json.Marshal(check.Payload)
	if err != nil {
		return "", fmt.Errorf("its payload is not JSON: %w", err)
	}
	answer, difference, err := t.try(ctx, version, payload)
	if err != nil || difference != "" || check.Expect == nil {
		return difference, err
	}
	return expect.Compare(check.Expect, answer)
}

// Try invokes a version once, by its number, and says in which way that failed; empty when the version answered. The error is that of an
// invocation that AWS did not make, classified.
func (t *Target) Try(ctx context.Context, version string, payload []byte) (answer []byte, difference string, err error) {
	answer, difference, err = t.try(ctx, version, payload)
	return answer, difference, t.invokeFailure(version, err)
}

func (t *Target) try(ctx context.Context, version string, payload []byte) (answer []byte, difference string, err error) {
	output, err := t.invoke(ctx, version, types.InvocationTypeRequestResponse, payload)
	if err != nil {
		return nil, "", err
	}
	switch executed := aws.ToString(output.ExecutedVersion); {
	case output.FunctionError != nil:
		return nil, fmt.Sprintf("the function failed (%s): %s", *output.FunctionError, expect.Excerpt(string(output.Payload))), nil
	case executed != "" && executed != version:
		return nil, fmt.Sprintf("version %s answered instead", executed), nil
	default:
		return output.Payload, "", nil
	}
}

// invoke makes one invocation. The invoked function gets one minute.
func (t *Target) invoke(ctx context.Context, version string, kind types.InvocationType, payload []byte) (*awslambda.InvokeOutput, error) {
	return call.Within(ctx, invokeTimeout, "lambda: invoke "+t.versionName(version), t.lambda.Invoke, &awslambda.InvokeInput{
		FunctionName:   aws.String(t.function),
		Qualifier:      aws.String(version),
		InvocationType: kind,
		Payload:        payload,
	})
}

// invokeFailure classifies an invocation that AWS did not make.
func (t *Target) invokeFailure(version string, err error) error {
	switch {
	case isMissing(err):
		return release.Fail(release.KindUnhealthy, "%s does not exist any more", t.versionName(version)).Because(err)
	case isBusy(err), call.Is[*types.SnapStartNotReadyException](err), call.Is[*types.ResourceNotReadyException](err):
		return release.Fail(release.KindTransient, "%s cannot be invoked yet", t.versionName(version)).Because(err)
	case call.Is[*types.InvalidRequestContentException](err):
		return release.Fail(release.KindUnhealthy, "%s cannot take a check's payload", t.versionName(version)).Because(err)
	default:
		return err
	}
}

// Usable reports whether the version exists and can be given traffic. One that
// was idle for long can: its first invocation wakes it.
func (t *Target) Usable(ctx context.Context, version string) (bool, error) {
	if !isPublished(version) {
		return false, nil
	}
	found, err := t.readFunction(ctx, version)
	if isMissing(err) {
		return false, nil
	}
	return err == nil && isInvocable(found.FunctionConfiguration), err
}
