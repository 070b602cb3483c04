package operator

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Upload stores a package as packages/SHA256.zip. S3 checks the same sum, so
// what is stored is what was read.
func (s *Service) Upload(ctx context.Context, name string, body io.ReadSeeker) (release.Artifact, error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return release.Artifact{}, fmt.Errorf("read %s: %w", name, err)
	}
	if s.use.Inspect != nil {
		if err := s.use.Inspect(ctx, name, body); err != nil {
			return release.Artifact{}, fmt.Errorf("look into %s: %w", name, err)
		}
	}
	stored, err := s.store(ctx, name, body, kept{folder: "packages", suffix: ".zip", contentType: "application/zip", what: "function package is a zip file"})
	if err != nil {
		return release.Artifact{}, err
	}
	return release.Artifact{Package: stored.location, SHA256: stored.sum, VersionID: stored.version}, nil
}

// UploadTemplate stores a template as templates/SHA256.yaml, in the same way.
func (s *Service) UploadTemplate(ctx context.Context, name string, body io.ReadSeeker) (location string, err error) {
	stored, err := s.store(ctx, name, body, kept{folder: "templates", suffix: ".yaml", contentType: "application/yaml", what: "template has resources"})
	return stored.location, err
}

// kept says as what a file is kept.
type kept struct {
	folder, suffix, contentType string
	// what a file of its kind is, for whoever has an empty one.
	what string
}

// A stored file is one in S3.
type stored struct{ location, sum, version string }

// store stores a file under its sum.
func (s *Service) store(ctx context.Context, name string, body io.ReadSeeker, as kept) (stored, error) {
	sum, size, err := digest(body)
	if err != nil {
		return stored{}, fmt.Errorf("read %s: %w", name, err)
	}
	if size == 0 {
		return stored{}, &InvalidError{Message: fmt.Sprintf("%s is empty; a %s", name, as.what)}
	}
	key := as.folder + "/" + hex.EncodeToString(sum) + as.suffix
	out, err := s.use.Artifacts.PutObject(ctx, &s3.PutObjectInput{
		Bucket:            aws.String(s.use.Bucket),
		Key:               aws.String(key),
		Body:              body,
		ContentLength:     aws.Int64(size),
		ContentType:       aws.String(as.contentType),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		ChecksumSHA256:    aws.String(base64.StdEncoding.EncodeToString(sum)),
	})
	if err != nil {
		return stored{}, fmt.Errorf("store %s in s3://%s/%s: %w", name, s.use.Bucket, key, err)
	}
	return stored{location: fmt.Sprintf("s3://%s/%s", s.use.Bucket, key), sum: hex.EncodeToString(sum), version: aws.ToString(out.VersionId)}, nil
}

// digest returns the SHA-256 and the length in bytes of body, which it leaves at its beginning.
func digest(body io.ReadSeeker) (sum []byte, size int64, err error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return nil, 0, err
	}
	hash := sha256.New()
	if size, err = io.Copy(hash, body); err != nil {
		return nil, 0, err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return nil, 0, err
	}
	return hash.Sum(nil), size, nil
}
