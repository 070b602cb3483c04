package workflow

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Packages is what Intake needs of S3.
type Packages interface {
	HeadObject(ctx context.Context, input *s3.HeadObjectInput, options ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
}

// pin returns the document's artifact, a package in S3 with the version that its
// object has now, so that nobody replaces it while it is released; and with its SHA-256 where S3
// knows that. A bucket that keeps no versions leaves the package as it is named.
func (w *Workflow) pin(ctx context.Context, document release.Document) (release.Artifact, error) {
	artifact := document.Artifact
	bucket, key, remote := artifact.S3()
	if !remote || artifact.VersionID != "" || document.Request.Version != "" {
		return artifact, nil
	}
	found, err := w.Packages.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), ChecksumMode: types.ChecksumModeEnabled})
	switch status(err) {
	case 0:
	case http.StatusNotFound:
		return artifact, release.Fail(release.KindRefused, "the package %s does not exist", artifact.Package).
			WithHint("upload it, or correct artifact.package")
	case http.StatusForbidden:
		return artifact, release.Fail(release.KindRefused, "the package %s may not be looked at", artifact.Package).
			WithHint("correct artifact.package, or let the intake function's role read that bucket").Because(err)
	default:
		return artifact, fmt.Errorf("look for the package %s: %w", artifact.Package, err)
	}
	if version := aws.ToString(found.VersionId); version != unversioned {
		artifact.VersionID = version
	}
	if artifact.SHA256 == "" && found.ChecksumType != types.ChecksumTypeComposite {
		artifact.SHA256 = fromBase64(aws.ToString(found.ChecksumSHA256))
	}
	return artifact, nil
}

// unversioned is the version of an object in a bucket whose versioning is suspended.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html
const unversioned = "null"

// status is the HTTP status of a call that S3 refused, 0 for one that went well
// and -1 for one that came to no answer. The answer to a HEAD request has no body, and so no code but its status.
func status(err error) int {
	var missing *types.NotFound
	var response *awshttp.ResponseError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &missing):
		return http.StatusNotFound
	case errors.As(err, &response):
		return response.HTTPStatusCode()
	default:
		return -1
	}
}

// fromBase64 is a checksum in hexadecimal; empty when S3 does not know it.
func fromBase64(checksum string) string {
	raw, err := base64.StdEncoding.DecodeString(checksum)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(raw)
}
