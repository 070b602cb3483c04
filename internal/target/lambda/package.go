package lambda

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// findPackage looks whether the package's object exists; an image is not looked
// for. A package that is missing is a KindRefused failure.
func (t *Target) findPackage(ctx context.Context, a artifact) error {
	if a.image != "" {
		return nil
	}
	input := &s3.HeadObjectInput{Bucket: aws.String(a.bucket), Key: aws.String(a.key)}
	if a.version != "" {
		input.VersionId = aws.String(a.version)
	}
	_, err := call.Do(ctx, "s3: look for "+a.String(), t.s3.HeadObject, input)
	if isObjectMissing(err) {
		return packageMissing(a)
	}
	return err
}

// identify finds out what a package is whose SHA-256 the document leaves out, by
// reading it. The target remembers nothing, so that is done anew by every
// state that has to know.
func (t *Target) identify(ctx context.Context, a artifact) (artifact, error) {
	if a.isKnown() {
		return a, nil
	}
	return t.readPackage(ctx, a)
}

// readPackage reads the whole package, and returns the artifact as it was
// read: with its SHA-256, which must be the document's if that has one, and, where
// the bucket keeps versions, with the object's version, which nobody can
// replace any more. A package that is missing or another one is a KindRefused
// failure. A container image needs no reading: its digest is its name.
func (t *Target) readPackage(ctx context.Context, a artifact) (artifact, error) {
	if a.image != "" {
		return a, nil
	}
	what := "s3: read " + a.String()
	input := &s3.GetObjectInput{Bucket: aws.String(a.bucket), Key: aws.String(a.key)}
	if a.version != "" {
		input.VersionId = aws.String(a.version)
	}
	output, err := t.s3.GetObject(ctx, input)
	if isObjectMissing(err) {
		return artifact{}, packageMissing(a).Because(err)
	}
	if err != nil {
		return artifact{}, call.Classify(what, err)
	}
	defer output.Body.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, output.Body); err != nil {
		return artifact{}, call.Classify(what, err)
	}
	found := a
	found.sum = hash.Sum(nil)
	if a.isKnown() && !bytes.Equal(found.sum, a.sum) {
		return artifact{}, release.Fail(release.KindRefused, "the package %s has SHA-256 %s, but the document says %s", a, hex.EncodeToString(found.sum), hex.EncodeToString(a.sum)).
			WithHint("it was replaced after it was named: release the package that was tested, by its S3 object version")
	}
	if version := aws.ToString(output.VersionId); version != "" && version != unversioned {
		found.version = version
	}
	return found, nil
}

// unversioned is the version of an object that the next one replaces, because the
// bucket's versioning is suspended; see
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html .
const unversioned = "null"

// packageMissing says that S3 has no such object.
func packageMissing(a artifact) *release.Failure {
	return release.Fail(release.KindRefused, "the package %s does not exist", a).WithHint("upload it, or correct artifact.package and artifact.versionId")
}

// isObjectMissing reports that S3 has no such object, version or bucket. The
// answer to a HEAD request has no body, and so no code but its status.
func isObjectMissing(err error) bool {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "NotFound":
			return true
		}
	}
	return call.StatusOf(err) == http.StatusNotFound
}
