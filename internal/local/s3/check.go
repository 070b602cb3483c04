package s3

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// maxKeyBytes is the longest key.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const maxKeyBytes = 1024

// bucketName is what S3 allows, as far as it keeps the name usable as a
// directory's.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func checkName(bucket, key string) error {
	if !bucketName.MatchString(bucket) {
		return apiError("InvalidBucketName", fmt.Sprintf("The specified bucket is not valid: %q", bucket))
	}
	if key == "" || len(key) > maxKeyBytes {
		return apiError("KeyTooLongError", fmt.Sprintf("A key has 1 to %d bytes, not %d", maxKeyBytes, len(key)))
	}
	return nil
}

// checkDigests compares what the caller says about the body with the body.
func checkDigests(in *sdk.PutObjectInput, content content) error {
	if want := in.ChecksumSHA256; want != nil && *want != base64.StdEncoding.EncodeToString(content.sha256[:]) {
		return apiError("BadDigest", "The SHA256 you specified did not match the calculated checksum.")
	}
	if want := in.ContentMD5; want != nil && *want != base64.StdEncoding.EncodeToString(content.md5[:]) {
		return apiError("BadDigest", "The Content-MD5 you specified did not match what we received.")
	}
	return nil
}

// checkPreconditions is for conditional writes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func checkPreconditions(in *sdk.PutObjectInput, versions []version) error {
	failed := apiError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	if in.IfNoneMatch != nil {
		if *in.IfNoneMatch != "*" {
			return apiError("NotImplemented", "If-None-Match can only be *")
		}
		if len(versions) > 0 {
			return failed
		}
	}
	if in.IfMatch != nil {
		if len(versions) == 0 {
			return &types.NoSuchKey{Message: aws.String("The specified key does not exist.")}
		}
		if newest := versions[len(versions)-1]; *in.IfMatch != *newest.entityTag() {
			return failed
		}
	}
	return nil
}

// withoutBody is what is left of an error when its answer has no body, as HeadObject's has.
func withoutBody(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	switch api.ErrorCode() {
	case "NoSuchBucket", "NoSuchKey", "NoSuchVersion":
		return &types.NotFound{Message: aws.String("Not Found")}
	default:
		return err
	}
}

// versionID is opaque, unique within the object, and the same again in a
// simulation that is run again.
func versionID(bucket, key string, position int, content content) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%x", bucket, key, position, content.sha256))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20])
}

func apiError(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}
