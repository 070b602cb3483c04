package lambda

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// bakeAttempts bounds how often Bake looks again after somebody else changed
// the function between its read and its write.
const bakeAttempts = 3

// Bake puts the artifact on $LATEST, without publishing it. It is done when
// $LATEST has it and AWS has finished the update, which takes seconds for a
// package and up to minutes for an image; see
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html . A release
// that returns to a published version has nothing to bake.
//
// The package is read and its SHA-256 checked each time before it is put, so
// waiting for the update costs one call a time. Where the bucket keeps versions,
// exactly the one that was read is put, which takes s3:GetObjectVersion. A
// package whose SHA-256 the document leaves out is what it is when it is read: by
// Preflight, by each Bake that finds no update in progress, by the Deploy
// that publishes, and by Restore.
func (t *Target) Bake(ctx context.Context) (done bool, err error) {
	if t.isReturn() {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	wanted, err := t.artifact()
	if err != nil {
		return false, release.Fail(release.KindRefused, "%s", err.Error())
	}
	found := ""   // the code that $LATEST had at the first look
	read := false // whether wanted is as the package was read
	for attempt := range bakeAttempts {
		present, err := t.readFunction(ctx, latest)
		if err != nil {
			return false, t.refusal(err)
		}
		if err := t.checkOwner(present); err != nil {
			return false, err
		}
		if isUpdating(present) {
			return false, nil
		}
		if !read && !wanted.isIn(present) {
			if wanted, err = t.readPackage(ctx, wanted); err != nil {
				return false, t.refusal(err)
			}
			read = true
		}
		switch code := aws.ToString(present.CodeSha256); {
		case wanted.isIn(present):
			return true, t.updateFailure(present)
		case attempt == 0:
			found = code
		case code != found:
			return false, t.latestChanged(present, wanted)
		}
		done, err := t.putCode(ctx, present, wanted)
		if !isOutdated(err) {
			return done, err
		}
	}
	return false, nil
}

// putCode makes one UpdateFunctionCode on what was read, and says whether AWS
// has already finished it.
func (t *Target) putCode(ctx context.Context, present function, wanted artifact) (done bool, err error) {
	input := &awslambda.UpdateFunctionCodeInput{
		FunctionName: aws.String(t.function),
		RevisionId:   present.RevisionId,
		Publish:      false,
	}
	wanted.put(input)
	output, err := call.Within(ctx, workTimeout, fmt.Sprintf("lambda: put %s on function %s", wanted, t.function), t.lambda.UpdateFunctionCode, input)
	switch {
	case isBusy(err):
		return false, nil
	case isOutdated(err):
		return false, err
	case err != nil:
		return false, t.refusal(err)
	case wanted.image == "" && aws.ToString(output.CodeSha256) != wanted.codeSha256():
		return false, release.Fail(release.KindConflict, "the package %s was replaced while it was put on function %s: $LATEST has %s now, instead of %s",
			wanted, t.function, aws.ToString(output.CodeSha256), wanted.codeSha256()).
			WithHint("name the package by its S3 object version, which cannot be replaced")
	default:
		return output.LastUpdateStatus == types.LastUpdateStatusSuccessful, nil
	}
}

// isUpdating reports that AWS has not finished the last change of $LATEST: until
// then it answers every further one with ResourceConflictException.
func isUpdating(f function) bool {
	return f.LastUpdateStatus == types.LastUpdateStatusInProgress || f.State == types.StatePending
}

// updateFailure is the KindUnhealthy failure of a $LATEST that AWS could not
// update; nil when it could.
func (t *Target) updateFailure(f function) error {
	switch {
	case f.LastUpdateStatus == types.LastUpdateStatusFailed:
		return release.Fail(release.KindUnhealthy, "the last update of function %s failed: %s (%s)",
			t.function, aws.ToString(f.LastUpdateStatusReason), f.LastUpdateStatusReasonCode)
	case f.State == types.StateFailed:
		return release.Fail(release.KindUnhealthy, "function %s has failed: %s (%s)",
			t.function, aws.ToString(f.StateReason), f.StateReasonCode)
	default:
		return nil
	}
}

// latestChanged says that $LATEST has code which this release did not put there.
func (t *Target) latestChanged(present function, wanted artifact) error {
	hint := "let only one thing deploy the function, then release again; CloudTrail's event UpdateFunctionCode says who"
	if t.document.Artifact.SHA256 == "" && wanted.image == "" {
		hint += ". Or the package was replaced meanwhile: name what is to be released by artifact.sha256, or by artifact.versionId"
	}
	return release.Fail(release.KindConflict, "somebody else changed the code of function %s at %s: $LATEST has %s, and this release puts %s there",
		t.function, aws.ToString(present.LastModified), codeOf(present), wanted).
		WithHint("%s", hint)
}

// codeOf names the code of a version for people.
func codeOf(f function) string {
	if f.image != "" {
		return f.image
	}
	return "a package with SHA-256 " + aws.ToString(f.CodeSha256)
}
