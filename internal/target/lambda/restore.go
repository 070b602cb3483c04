package lambda

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// restoreLimit is the largest package that UpdateFunctionCode takes in the
// request itself, in bytes; see
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html .
const restoreLimit = 50 << 20

// Restore frees the provisioned concurrency that Deploy gave the version of this
// release, unless an alias points to that. And it puts the stable version's code
// back on $LATEST when the document asks for that, or else says that $LATEST keeps what was rolled
// back. Either way only while $LATEST has the artifact of this release: code
// that somebody else has put there since is left alone. The configuration is not
// changed. One failing does not keep the other from being done.
//
// AWS cannot copy a version to $LATEST. The package is read from the version's
// presigned URL and sent back, which works up to 50 MB; an image is named by its
// digest.
func (t *Target) Restore(ctx context.Context, stable string) (note string, done bool, err error) {
	return t.RestoreUnless(ctx, stable, byAliases)
}

// RestoreUnless is Restore, and frees no provisioned concurrency of a version that users are led to.
func (t *Target) RestoreUnless(ctx context.Context, stable string, led Led) (note string, done bool, err error) {
	if stable == "" {
		return "", true, nil // nothing was copied from it, and there is nothing to put back
	}
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	kept := t.freeReleased(ctx, led)
	note, err = t.restoreLatest(ctx, stable)
	return note, true, errors.Join(kept, err)
}

// freeReleased frees the provisioned concurrency of this release's version.
func (t *Target) freeReleased(ctx context.Context, led Led) error {
	busy, err := t.freeConcurrency(ctx, t.isReleased, led)
	if err == nil && len(busy) > 0 {
		err = release.Fail(release.KindTransient, "lambda: free provisioned concurrency of %s: AWS is still changing it", t.versionName(busy[0])).
			WithHint("it is paid for until a later release is promoted, or until: aws lambda delete-provisioned-concurrency-config --function-name %s --qualifier %s", t.function, busy[0])
	}
	return err
}

// restoreLatest is Restore as far as it is about $LATEST.
func (t *Target) restoreLatest(ctx context.Context, stable string) (note string, err error) {
	if t.isReturn() {
		return "", nil
	}
	released, err := t.artifact()
	if err != nil {
		return "", release.Fail(release.KindRefused, "%s", err.Error())
	}
	present, err := t.readFunction(ctx, latest)
	if err != nil {
		return "", err
	}
	if err := t.checkOwner(present); err != nil {
		return "", err
	}
	if released, err = t.identify(ctx, released); err != nil {
		return "", err
	}
	if !released.isIn(present) {
		return "", nil
	}
	if !t.document.Target.Lambda.RestoreLatest {
		return fmt.Sprintf("$LATEST of function %s keeps the code that was rolled back; it takes no traffic, and target.lambda.restoreLatest would put the code of version %s back", t.function, stable), nil
	}
	if isUpdating(present) {
		return "", release.Fail(release.KindTransient, "function %s is being updated, so its code cannot be put back yet", t.function)
	}
	source, err := t.readFunction(ctx, stable)
	if err != nil || aws.ToString(source.CodeSha256) == aws.ToString(present.CodeSha256) {
		return "", err
	}
	if err := t.putBack(ctx, source, present); err != nil {
		return "", err
	}
	return fmt.Sprintf("the code of version %s is back on $LATEST of function %s", stable, t.function), nil
}

// putBack makes the code of source that of $LATEST, which is present.
func (t *Target) putBack(ctx context.Context, source, present function) (err error) {
	input := &awslambda.UpdateFunctionCodeInput{FunctionName: aws.String(t.function), RevisionId: present.RevisionId}
	if source.image != "" {
		input.ImageUri = aws.String(source.image)
	} else if input.ZipFile, err = t.packageOf(ctx, source); err != nil {
		return err
	}
	what := fmt.Sprintf("lambda: put the code of version %s back on function %s", aws.ToString(source.Version), t.function)
	_, err = call.Within(ctx, workTimeout, what, t.lambda.UpdateFunctionCode, input)
	if isBusy(err) || isOutdated(err) {
		return release.Fail(release.KindTransient, "function %s changed while its code was put back", t.function).Because(err)
	}
	return err
}

// packageOf downloads a version's package.
func (t *Target) packageOf(ctx context.Context, source function) ([]byte, error) {
	what := "read the package of " + t.versionName(aws.ToString(source.Version))
	if source.CodeSize > restoreLimit {
		return nil, fmt.Errorf("%s: it has %d bytes, and no more than %d can be put back; deploy it again instead", what, source.CodeSize, restoreLimit)
	}
	content, err := t.download(ctx, source.location)
	if err != nil {
		return nil, call.Classify(what, err)
	}
	return content, nil
}
