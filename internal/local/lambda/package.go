package lambda

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Each package is kept once, in a bucket of its own, so that it can be read
// without the others: code/SHA256 in hexadecimal, under packageKey.
const packageKey = "package.zip"

// locationPrefix begins the Location of a package in GetFunction's answer, where
// AWS has a presigned URL. [Service.Download] reads it.
const locationPrefix = "goldfinch-local:"

// A source is where UpdateFunctionCode and CreateFunction get code from.
type source struct {
	ImageUri        *string
	S3Bucket        *string
	S3Key           *string
	S3ObjectVersion *string
	ZipFile         []byte
}

// A deployment is code that was read and checked.
type deployment struct {
	codeSHA256 string
	size       int64
	imageURI   string
	save       *store.Change
}

// fetch reads and checks the code of an input.
func (s *Service) fetch(ctx context.Context, input any) (deployment, error) {
	var from source
	assign(&from, input)
	zip := from.ZipFile
	switch {
	case from.ImageUri != nil && (zip != nil || from.S3Bucket != nil), zip != nil && from.S3Bucket != nil:
		return deployment{}, invalid("Please provide only one of: a zip file, an S3 object, an image URI.")
	case from.ImageUri != nil:
		return image(*from.ImageUri), nil
	case from.S3Bucket != nil:
		var err error
		if zip, err = s.object(ctx, aws.ToString(from.S3Bucket), aws.ToString(from.S3Key), aws.ToString(from.S3ObjectVersion)); err != nil {
			return deployment{}, err
		}
	}
	if len(zip) == 0 {
		return deployment{}, invalid("Uploaded file must be a non-empty zip")
	}
	if s.options.Check != nil {
		if err := s.options.Check(zip); err != nil {
			return deployment{}, invalid("%s", err)
		}
	}
	sum := sha256.Sum256(zip)
	return deployment{
		codeSHA256: base64.StdEncoding.EncodeToString(sum[:]),
		size:       int64(len(zip)),
		save:       &store.Change{Bucket: "code/" + hex.EncodeToString(sum[:]), Key: packageKey, Value: zip},
	}, nil
}

// image is code that is a container image: its hash is the digest when the
// address has one, as AWS resolves it to; else it stands for the address.
func image(uri string) deployment {
	_, digest, ok := strings.Cut(uri, "@sha256:")
	if !ok {
		sum := sha256.Sum256([]byte(uri))
		digest = hex.EncodeToString(sum[:])
	}
	return deployment{codeSHA256: digest, imageURI: uri}
}

func (s *Service) object(ctx context.Context, bucket, key, version string) ([]byte, error) {
	if s.options.Code == nil {
		return nil, internal(errors.New("this local Lambda reads no S3: upload the package as ZipFile"))
	}
	zip, err := s.options.Code(ctx, bucket, key, version)
	if err == nil {
		return zip, nil
	}
	code, message := "InternalError", err.Error()
	if failure, ok := errors.AsType[smithy.APIError](err); ok {
		code, message = failure.ErrorCode(), failure.ErrorMessage()
	}
	return nil, invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", code, message)
}

// apply puts the code into a snapshot.
func (d deployment) apply(to *snapshot) {
	to.ImageURI = d.imageURI
	to.Config.CodeSha256 = aws.String(d.codeSHA256)
	to.Config.CodeSize = d.size
	to.Config.PackageType = types.PackageTypeZip
	if d.imageURI != "" {
		to.Config.PackageType = types.PackageTypeImage
	}
}

// codeBucket is where the package with that CodeSha256 is kept.
func codeBucket(codeSHA256 string) (string, error) {
	sum, err := base64.StdEncoding.DecodeString(codeSHA256)
	if err != nil || len(sum) != sha256.Size {
		return "", fmt.Errorf("%q is not the hash of a zip package", codeSHA256)
	}
	return "code/" + hex.EncodeToString(sum), nil
}

// read returns the package with that CodeSha256.
func (s *Service) read(codeSHA256 string) ([]byte, error) {
	bucket, err := codeBucket(codeSHA256)
	if err != nil {
		return nil, fmt.Errorf("read package: %w", err)
	}
	var zip []byte
	if err := s.options.Store.Load(bucket, func(_ string, value []byte) error {
		zip = append(zip, value...)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read package %s: %w", codeSHA256, err)
	}
	if zip == nil {
		return nil, fmt.Errorf("read package %s: it is gone", codeSHA256)
	}
	return zip, nil
}

// Download reads the package whose location GetFunction returned; on AWS this
// is an HTTP GET.
func (s *Service) Download(_ context.Context, location string) ([]byte, error) {
	sum, ok := strings.CutPrefix(location, locationPrefix)
	if !ok {
		return nil, fmt.Errorf("download %q: not a location of this local Lambda", location)
	}
	return s.read(sum)
}

// release lets go of versions that are no more: of their processes, and of
// packages that nobody else uses.
func (s *Service) release(name string, gone ...snapshot) {
	for _, version := range gone {
		s.options.Runner.Forget(s.version(name, version))
		bucket, err := codeBucket(*version.Config.CodeSha256)
		if err != nil || s.books.inUse(*version.Config.CodeSha256) {
			continue
		}
		if err := s.options.Store.Save(store.Change{Bucket: bucket, Key: packageKey}); err != nil {
			s.options.Log.Warn("remove package", "bucket", bucket, "error", err)
		}
	}
}
