package s3

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// Options make a [Service].
type Options struct {
	// Dir is where objects live; empty keeps them in memory. It may not exist yet.
	Dir string
	// Clock stamps objects. Required.
	Clock clock.Clock
	// Intercept stands around every call of the SDK's methods; may be nil.
	Intercept intercept.Func
}

// A Service keeps versioned objects. Its methods may be called from several
// goroutines at once; a directory belongs to one service at a time.
type Service struct {
	options Options
	storage storage
	mu      sync.Mutex // held while an object's versions are read and changed
}

// A version is one version of an object, as its index keeps it.
type version struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Size int64     `json:"size"`
	// SHA256 and MD5 are hexadecimal; SHA256 is also the content's address.
	SHA256 string `json:"sha256"`
	MD5    string `json:"md5"`
	// Checksummed: the object was put with its SHA-256, so reading may ask for it.
	Checksummed bool              `json:"checksummed,omitempty"`
	ContentType string            `json:"contentType,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// New opens the objects in options.Dir.
func New(options Options) (*Service, error) {
	s := &Service{options: options, storage: newMemory()}
	if options.Dir != "" {
		directory, err := openDirectory(options.Dir)
		if err != nil {
			return nil, fmt.Errorf("open the local s3 in %s: %w", options.Dir, err)
		}
		s.storage = directory
	}
	return s, nil
}

// PutObject is S3's PutObject into a versioned bucket. It checks a SHA-256 or
// MD5 that it is given, and honours If-Match and If-None-Match.
func (s *Service) PutObject(ctx context.Context, in *sdk.PutObjectInput, _ ...func(*sdk.Options)) (*sdk.PutObjectOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "s3:PutObject", func(ctx context.Context) (*sdk.PutObjectOutput, error) {
		bucket, key := aws.ToString(in.Bucket), aws.ToString(in.Key)
		if err := checkName(bucket, key); err != nil {
			return nil, err
		}
		body := in.Body
		if body == nil {
			body = bytes.NewReader(nil)
		}
		content, err := s.storage.write(body)
		if err != nil {
			return nil, fmt.Errorf("put s3://%s/%s: %w", bucket, key, err)
		}
		if err := checkDigests(in, content); err != nil {
			return nil, err
		}
		v, err := s.add(in, content)
		if err != nil {
			return nil, err
		}
		return &sdk.PutObjectOutput{
			ETag:           v.entityTag(),
			VersionId:      aws.String(v.ID),
			Size:           aws.Int64(v.Size),
			ChecksumSHA256: v.checksum(types.ChecksumModeEnabled),
		}, nil
	})
}

// add makes the stored content the newest version of its object.
func (s *Service) add(in *sdk.PutObjectInput, content content) (version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket, key := *in.Bucket, *in.Key
	versions, _, err := s.storage.load(bucket, key)
	if err != nil {
		return version{}, fmt.Errorf("put s3://%s/%s: %w", bucket, key, err)
	}
	if err := checkPreconditions(in, versions); err != nil {
		return version{}, err
	}
	v := version{
		ID:          versionID(bucket, key, len(versions), content),
		At:          s.options.Clock.Now().UTC(),
		Size:        content.size,
		SHA256:      hex.EncodeToString(content.sha256[:]),
		MD5:         hex.EncodeToString(content.md5[:]),
		Checksummed: in.ChecksumSHA256 != nil || in.ChecksumAlgorithm == types.ChecksumAlgorithmSha256,
		ContentType: aws.ToString(in.ContentType),
		Metadata:    in.Metadata,
	}
	if err := s.storage.save(bucket, key, append(versions, v)); err != nil {
		return version{}, fmt.Errorf("put s3://%s/%s: %w", bucket, key, err)
	}
	return v, nil
}

// GetObject is S3's GetObject without ranges. The caller closes the body. As
// in S3, the SHA-256 comes back only when ChecksumMode asks for it and the
// object was put with it.
func (s *Service) GetObject(ctx context.Context, in *sdk.GetObjectInput, _ ...func(*sdk.Options)) (*sdk.GetObjectOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "s3:GetObject", func(ctx context.Context) (*sdk.GetObjectOutput, error) {
		if in.Range != nil || in.PartNumber != nil {
			return nil, apiError("NotImplemented", "The local S3 reads objects whole.")
		}
		v, err := s.find(aws.ToString(in.Bucket), aws.ToString(in.Key), aws.ToString(in.VersionId))
		if err != nil {
			return nil, err
		}
		body, err := s.storage.open(v.SHA256)
		if err != nil {
			return nil, fmt.Errorf("get s3://%s/%s: %w", *in.Bucket, *in.Key, err)
		}
		return &sdk.GetObjectOutput{
			Body:           body,
			ContentLength:  aws.Int64(v.Size),
			ContentType:    v.contentType(),
			ETag:           v.entityTag(),
			VersionId:      aws.String(v.ID),
			LastModified:   aws.Time(v.At.Truncate(time.Second)),
			Metadata:       v.Metadata,
			ChecksumSHA256: v.checksum(in.ChecksumMode),
		}, nil
	})
}

// HeadObject is S3's HeadObject.
func (s *Service) HeadObject(ctx context.Context, in *sdk.HeadObjectInput, _ ...func(*sdk.Options)) (*sdk.HeadObjectOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "s3:HeadObject", func(ctx context.Context) (*sdk.HeadObjectOutput, error) {
		v, err := s.find(aws.ToString(in.Bucket), aws.ToString(in.Key), aws.ToString(in.VersionId))
		if err != nil {
			return nil, withoutBody(err)
		}
		return &sdk.HeadObjectOutput{
			ContentLength:  aws.Int64(v.Size),
			ContentType:    v.contentType(),
			ETag:           v.entityTag(),
			VersionId:      aws.String(v.ID),
			LastModified:   aws.Time(v.At.Truncate(time.Second)),
			Metadata:       v.Metadata,
			ChecksumSHA256: v.checksum(in.ChecksumMode),
		}, nil
	})
}

// Bytes reads a whole object, as Lambda does when it is told where its code
// is: not through Options.Intercept. An empty versionID is the newest.
func (s *Service) Bytes(_ context.Context, bucket, key, versionID string) ([]byte, error) {
	v, err := s.find(bucket, key, versionID)
	if err != nil {
		return nil, fmt.Errorf("read s3://%s/%s: %w", bucket, key, err)
	}
	body, err := s.storage.open(v.SHA256)
	if err != nil {
		return nil, fmt.Errorf("read s3://%s/%s: %w", bucket, key, err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read s3://%s/%s: %w", bucket, key, err)
	}
	return data, nil
}

// find looks up a version of an object; an empty id is the newest.
func (s *Service) find(bucket, key, id string) (version, error) {
	if err := checkName(bucket, key); err != nil {
		return version{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	versions, exists, err := s.storage.load(bucket, key)
	switch {
	case err != nil:
		return version{}, fmt.Errorf("look up s3://%s/%s: %w", bucket, key, err)
	case !exists:
		return version{}, &types.NoSuchBucket{Message: aws.String("The specified bucket does not exist")}
	case len(versions) == 0:
		return version{}, &types.NoSuchKey{Message: aws.String("The specified key does not exist.")}
	case id == "":
		return versions[len(versions)-1], nil
	}
	for _, v := range versions {
		if v.ID == id {
			return v, nil
		}
	}
	return version{}, apiError("NoSuchVersion", "The specified version does not exist.")
}

// entityTag is the quoted MD5, as S3 makes it for an object that was put in one part.
func (v version) entityTag() *string { return aws.String(`"` + v.MD5 + `"`) }

func (v version) contentType() *string {
	if v.ContentType == "" {
		return aws.String("binary/octet-stream")
	}
	return aws.String(v.ContentType)
}

// checksum is the SHA-256 in base64, where S3 would give it.
func (v version) checksum(mode types.ChecksumMode) *string {
	if !v.Checksummed || mode != types.ChecksumModeEnabled {
		return nil
	}
	sum, err := hex.DecodeString(v.SHA256)
	if err != nil {
		return nil
	}
	return aws.String(base64.StdEncoding.EncodeToString(sum))
}
