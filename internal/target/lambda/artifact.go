package lambda

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An artifact is what the document asks to release: a container image, or a
// package in S3.
type artifact struct {
	image string

	bucket, key, version string
	// sha256 is as Lambda writes it: base64.
	sha256 string
}

// artifact reads the document's artifact. The error is a sentence for people.
func (t *Target) artifact() (artifact, error) {
	document := t.document.Artifact
	if document.Container != "" {
		if !strings.Contains(document.Container, "@sha256:") {
			return artifact{}, fmt.Errorf("the image %q is not named by its digest, as in repository@sha256:…", document.Container)
		}
		return artifact{image: document.Container}, nil
	}
	bucket, key, ok := strings.Cut(strings.TrimPrefix(document.Package, "s3://"), "/")
	if !ok || bucket == "" || key == "" || !strings.HasPrefix(document.Package, "s3://") {
		return artifact{}, fmt.Errorf("the package %q is not in S3, as in s3://bucket/key", document.Package)
	}
	sum, err := hex.DecodeString(document.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return artifact{}, fmt.Errorf("the package %s has no SHA-256 (it has %q), so nobody can tell whether it is the one that was meant", document.Package, document.SHA256)
	}
	return artifact{
		bucket: bucket, key: key, version: document.VersionID,
		sha256: base64.StdEncoding.EncodeToString(sum),
	}, nil
}

// String names the artifact for people.
func (a artifact) String() string {
	switch {
	case a.image != "":
		return a.image
	case a.version != "":
		return fmt.Sprintf("s3://%s/%s (version %s)", a.bucket, a.key, a.version)
	default:
		return fmt.Sprintf("s3://%s/%s", a.bucket, a.key)
	}
}

// packageType is the kind of function that can run the artifact.
func (a artifact) packageType() types.PackageType {
	if a.image != "" {
		return types.PackageTypeImage
	}
	return types.PackageTypeZip
}

// isIn reports whether f runs this artifact's code.
func (a artifact) isIn(f function) bool {
	if a.image != "" {
		return f.image == a.image
	}
	return aws.ToString(f.CodeSha256) == a.sha256
}

// put fills in where UpdateFunctionCode finds the artifact.
func (a artifact) put(input *awslambda.UpdateFunctionCodeInput) {
	if a.image != "" {
		input.ImageUri = aws.String(a.image)
		return
	}
	input.S3Bucket = aws.String(a.bucket)
	input.S3Key = aws.String(a.key)
	if a.version != "" {
		input.S3ObjectVersion = aws.String(a.version)
	}
}

// findPackage looks whether the package's object exists; found is false when S3
// has no such object.
func (t *Target) findPackage(ctx context.Context, a artifact) (found bool, err error) {
	input := &s3.HeadObjectInput{Bucket: aws.String(a.bucket), Key: aws.String(a.key)}
	if a.version != "" {
		input.VersionId = aws.String(a.version)
	}
	_, err = call(ctx, "s3: look for "+a.String(), t.s3.HeadObject, input)
	if isObjectMissing(err) {
		return false, nil
	}
	return err == nil, err
}

// checkPackage reads the whole package and compares its SHA-256 with the
// document's. A package that is missing or another one is a KindRefused failure.
// A container image needs no such check: its digest is its name.
func (t *Target) checkPackage(ctx context.Context, a artifact) error {
	if a.image != "" {
		return nil
	}
	what := "s3: read " + a.String()
	limited, cancel := context.WithTimeout(ctx, transferTimeout)
	defer cancel()
	input := &s3.GetObjectInput{Bucket: aws.String(a.bucket), Key: aws.String(a.key)}
	if a.version != "" {
		input.VersionId = aws.String(a.version)
	}
	output, err := t.s3.GetObject(limited, input)
	if isObjectMissing(err) {
		return packageMissing(a).Because(err)
	}
	if err != nil {
		return classify(what, err)
	}
	defer output.Body.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, output.Body); err != nil {
		return classify(what, err)
	}
	if found := hex.EncodeToString(hash.Sum(nil)); found != t.document.Artifact.SHA256 {
		return release.Fail(release.KindRefused, "the package %s has SHA-256 %s, but the document says %s", a, found, t.document.Artifact.SHA256).
			WithHint("it was replaced after it was named: release the package that was tested, by its S3 object version")
	}
	return nil
}

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
	return statusOf(err) == http.StatusNotFound
}
