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
	sum, size, err := digest(body)
	if err != nil {
		return release.Artifact{}, fmt.Errorf("read %s: %w", name, err)
	}
	if size == 0 {
		return release.Artifact{}, &InvalidError{Message: fmt.Sprintf("%s is empty; a function package is a zip file", name)}
	}
	key := "packages/" + hex.EncodeToString(sum) + ".zip"
	out, err := s.use.Artifacts.PutObject(ctx, &s3.PutObjectInput{
		Bucket:            aws.String(s.use.Bucket),
		Key:               aws.String(key),
		Body:              body,
		ContentLength:     aws.Int64(size),
		ContentType:       aws.String("application/zip"),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		ChecksumSHA256:    aws.String(base64.StdEncoding.EncodeToString(sum)),
	})
	if err != nil {
		return release.Artifact{}, fmt.Errorf("store %s in s3://%s/%s: %w", name, s.use.Bucket, key, err)
	}
	return release.Artifact{
		Package:   fmt.Sprintf("s3://%s/%s", s.use.Bucket, key),
		SHA256:    hex.EncodeToString(sum),
		VersionID: aws.ToString(out.VersionId),
	}, nil
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
