package lambda

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

const (
	// markPrefix begins the description of every version that Goldfinch publishes, and markOf stands before whose it is.
	markPrefix = "goldfinch release "
	markOf     = " of "
	// deployAttempts bounds how often Deploy looks again after the function
	// changed between its read and its write.
	deployAttempts = 3
)

// Deploy publishes $LATEST as a version, and waits until that is Active and has
// the provisioned concurrency of stable. A version that this release has
// published before is known by its description and not published again. A
// release that returns to a published version waits for that one, unless it was
// idle for so long that Lambda has made it Inactive: only an invocation would wake
// it, and that may do more than wake it, so its first user does.
//
// AWS publishes nothing when code and configuration are those of the last
// published version, and answers with that version, which may be stable: a
// KindRefused failure.
func (t *Target) Deploy(ctx context.Context, stable string) (version string, done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	present, err := t.deployed(ctx)
	if err != nil || present == nil {
		return "", false, err
	}
	version = aws.ToString(present.Version)
	if version == stable {
		return "", false, t.nothingToRelease(stable)
	}
	if ready, err := t.isReady(*present); err != nil || !ready {
		return version, false, err
	}
	done, err = t.copyConcurrency(ctx, stable, version)
	return version, done, err
}

// deployed finds or publishes the version of this release; it is nil while AWS
// cannot publish yet.
func (t *Target) deployed(ctx context.Context) (*types.FunctionConfiguration, error) {
	if asked := t.document.Request.Version; asked != "" {
		found, err := t.readFunction(ctx, asked)
		if isMissing(err) {
			return nil, t.versionMissing(asked).Because(err)
		}
		return &found.FunctionConfiguration, err
	}
	wanted, err := t.artifact()
	if err != nil {
		return nil, release.Fail(release.KindRefused, "%s", err.Error())
	}
	var outdated error
	for range deployAttempts {
		found, err := t.published(ctx)
		if err != nil || found != nil {
			return found, err
		}
		present, err := t.readFunction(ctx, latest)
		if err != nil {
			return nil, err
		}
		if err := t.checkOwner(present); err != nil {
			return nil, err
		}
		if isUpdating(present) {
			return nil, nil
		}
		if wanted, err = t.identify(ctx, wanted); err != nil {
			return nil, t.refusal(err)
		}
		if !wanted.isIn(present) {
			return nil, t.latestChanged(present, wanted)
		}
		version, err := t.publish(ctx, present)
		switch {
		case err == nil:
			found, err := t.readFunction(ctx, version)
			return &found.FunctionConfiguration, err
		case isBusy(err):
			return nil, nil
		case !isOutdated(err) && !call.Is[*types.InvalidParameterValueException](err):
			return nil, err
		}
		// $LATEST is not what was read any more: AWS tells so by 412 for the
		// RevisionId, or by InvalidParameterValueException for the code's hash.
		outdated = err
	}
	if isOutdated(outdated) {
		return nil, nil
	}
	return nil, outdated
}

// publish makes one PublishVersion of exactly the code and configuration that
// were read.
func (t *Target) publish(ctx context.Context, present function) (version string, err error) {
	output, err := call.Do(ctx, "lambda: publish a version of function "+t.function, t.lambda.PublishVersion, &awslambda.PublishVersionInput{
		FunctionName: aws.String(t.function),
		CodeSha256:   present.CodeSha256,
		RevisionId:   present.RevisionId,
		Description:  aws.String(t.mark()),
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(output.Version), nil
}

// mark is the description by which this release knows its version again, and other releases that it is of theirs. At
// its longest it has 129 of AWS's 256 characters.
func (t *Target) mark() string { return markPrefix + t.release + t.markSuffix() }

// markSuffix ends the description of every version of this service and environment: several of them may share one function.
func (t *Target) markSuffix() string {
	return markOf + t.document.Service + "/" + t.document.Environment
}

// isOurs reports whether a release of this service and environment published the version.
func (t *Target) isOurs(version types.FunctionConfiguration) bool {
	description := aws.ToString(version.Description)
	return strings.HasPrefix(description, markPrefix) && strings.HasSuffix(description, t.markSuffix())
}

// published finds the version that this release has published; nil when there is none.
func (t *Target) published(ctx context.Context) (*types.FunctionConfiguration, error) {
	versions, err := t.versions(ctx)
	if err != nil {
		return nil, err
	}
	for _, version := range slices.Backward(versions) {
		if t.isReleased(version) {
			return &version, nil
		}
	}
	return nil, nil
}

// Published is the version that this release has published; empty when there is none.
func (t *Target) Published(ctx context.Context) (version string, err error) {
	found, err := t.published(ctx)
	if err != nil || found == nil {
		return "", err
	}
	return aws.ToString(found.Version), nil
}

// isReady reports whether a version can take traffic; one that never will is a
// KindUnhealthy failure.
func (t *Target) isReady(version types.FunctionConfiguration) (bool, error) {
	name := t.versionName(aws.ToString(version.Version))
	switch {
	case version.LastUpdateStatus == types.LastUpdateStatusFailed:
		return false, release.Fail(release.KindUnhealthy, "%s failed: %s (%s)", name, aws.ToString(version.LastUpdateStatusReason), version.LastUpdateStatusReasonCode)
	case version.State == types.StateActive:
		return version.LastUpdateStatus != types.LastUpdateStatusInProgress, nil
	case version.State == types.StatePending:
		return false, nil
	case version.State == types.StateInactive && t.isReturn():
		return true, nil
	default:
		return false, release.Fail(release.KindUnhealthy, "%s is %s: %s (%s)", name, version.State, aws.ToString(version.StateReason), version.StateReasonCode)
	}
}

// nothingToRelease says that users have this already.
func (t *Target) nothingToRelease(stable string) *release.Failure {
	return release.Fail(release.KindRefused, "nothing to release: version %s, which users of %s have, is the same code and configuration", stable, t.aliasName()).
		WithHint("build something new, or name another version")
}

// versionMissing says that there is no such published version.
func (t *Target) versionMissing(version string) *release.Failure {
	return release.Fail(release.KindRefused, "version %s of function %s does not exist", version, t.function).
		WithHint("`aws lambda list-versions-by-function --function-name %s` lists those that do", t.function)
}
