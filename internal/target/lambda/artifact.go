package lambda

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// An artifact is what the document asks to release: a container image, or a
// package in S3.
type artifact struct {
	image string

	bucket, key, version string
	// sum is the package's SHA-256; empty while nobody has said or found out what
	// the package is.
	sum []byte
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
	if err != nil || len(sum) != 0 && len(sum) != sha256.Size {
		return artifact{}, fmt.Errorf("the package %s has the SHA-256 %q, which is not a SHA-256", document.Package, document.SHA256)
	}
	return artifact{bucket: bucket, key: key, version: document.VersionID, sum: sum}, nil
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

// codeSha256 is the package's SHA-256 as Lambda writes it: in base64.
func (a artifact) codeSha256() string { return base64.StdEncoding.EncodeToString(a.sum) }

// packageType is the kind of function that can run the artifact.
func (a artifact) packageType() types.PackageType {
	if a.image != "" {
		return types.PackageTypeImage
	}
	return types.PackageTypeZip
}

// isKnown reports whether it can be told which code the artifact is.
func (a artifact) isKnown() bool { return a.image != "" || len(a.sum) > 0 }

// isIn reports whether f runs this artifact's code; never while the artifact is
// not known.
func (a artifact) isIn(f function) bool {
	if a.image != "" {
		return f.image == a.image
	}
	return a.isKnown() && aws.ToString(f.CodeSha256) == a.codeSha256()
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
