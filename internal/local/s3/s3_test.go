package s3_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/s3"
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// each runs a test on objects in memory and on objects in a directory.
func each(t *testing.T, test func(t *testing.T, s *s3.Service)) {
	t.Parallel()
	for name, dir := range map[string]string{"memory": "", "directory": filepath.Join(t.TempDir(), "s3")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, dir))
		})
	}
}

func open(t *testing.T, dir string) *s3.Service {
	t.Helper()
	s, err := s3.New(s3.Options{Dir: dir, Clock: clock.NewVirtual(start)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *s3.Service, key, body string) *sdk.PutObjectOutput {
	t.Helper()
	out, err := s.PutObject(t.Context(), &sdk.PutObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key), Body: strings.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t *testing.T, out *sdk.GetObjectOutput) string {
	t.Helper()
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func code(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Sprint(err)
	}
	return api.ErrorCode()
}

func sum256(body string) string {
	sum := sha256.Sum256([]byte(body))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func TestAnObjectComesBack(t *testing.T) {
	each(t, func(t *testing.T, s *s3.Service) {
		in := &sdk.PutObjectInput{
			Bucket: aws.String("artifacts"), Key: aws.String("echo/../v1.zip"), Body: strings.NewReader("one"),
			ChecksumSHA256: aws.String(sum256("one")), ContentType: aws.String("application/zip"), Metadata: map[string]string{"label": "v1"},
		}
		put, err := s.PutObject(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		tag := fmt.Sprintf(`"%x"`, md5.Sum([]byte("one")))
		if *put.ETag != tag || *put.ChecksumSHA256 != sum256("one") || *put.Size != 3 || *put.VersionId == "" {
			t.Errorf("put: %v %v %v %v", *put.ETag, *put.ChecksumSHA256, *put.Size, *put.VersionId)
		}
		get, err := s.GetObject(t.Context(), &sdk.GetObjectInput{Bucket: in.Bucket, Key: in.Key, ChecksumMode: types.ChecksumModeEnabled})
		if err != nil {
			t.Fatal(err)
		}
		if body := read(t, get); body != "one" || *get.ContentLength != 3 || *get.ETag != tag || *get.VersionId != *put.VersionId ||
			*get.ChecksumSHA256 != sum256("one") || *get.ContentType != "application/zip" || !get.LastModified.Equal(start) || get.Metadata["label"] != "v1" {
			t.Errorf("get: %q %+v", body, get)
		}
		head, err := s.HeadObject(t.Context(), &sdk.HeadObjectInput{Bucket: in.Bucket, Key: in.Key, ChecksumMode: types.ChecksumModeEnabled})
		if err != nil {
			t.Fatal(err)
		}
		if *head.ContentLength != 3 || *head.ETag != tag || *head.VersionId != *put.VersionId || *head.ChecksumSHA256 != sum256("one") ||
			*head.ContentType != "application/zip" || !head.LastModified.Equal(start) || head.Metadata["label"] != "v1" {
			t.Errorf("head: %+v", head)
		}
	})
}

// S3 gives the SHA-256 only to those who ask, and only of an object that was put with it.
func TestTheChecksumMustBeAskedFor(t *testing.T) {
	each(t, func(t *testing.T, s *s3.Service) {
		put(t, s, "without", "x")
		for algorithm, input := range map[string]*sdk.PutObjectInput{
			"sum":       {Bucket: aws.String("artifacts"), Key: aws.String("sum"), Body: strings.NewReader("x"), ChecksumSHA256: aws.String(sum256("x"))},
			"algorithm": {Bucket: aws.String("artifacts"), Key: aws.String("algorithm"), Body: strings.NewReader("x"), ChecksumAlgorithm: types.ChecksumAlgorithmSha256},
		} {
			if _, err := s.PutObject(t.Context(), input); err != nil {
				t.Fatalf("%s: %v", algorithm, err)
			}
		}
		for _, c := range []struct {
			key  string
			mode types.ChecksumMode
			want string
		}{
			{"without", types.ChecksumModeEnabled, ""}, {"without", "", ""}, {"sum", "", ""},
			{"sum", types.ChecksumModeEnabled, sum256("x")}, {"algorithm", types.ChecksumModeEnabled, sum256("x")},
		} {
			head, err := s.HeadObject(t.Context(), &sdk.HeadObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(c.key), ChecksumMode: c.mode})
			if err != nil {
				t.Fatal(err)
			}
			if got := aws.ToString(head.ChecksumSHA256); got != c.want {
				t.Errorf("%s, mode %q: got %q, want %q", c.key, c.mode, got, c.want)
			}
			if *head.ContentType != "binary/octet-stream" {
				t.Errorf("content type %s", *head.ContentType)
			}
		}
	})
}

func TestOldVersionsStay(t *testing.T) {
	each(t, func(t *testing.T, s *s3.Service) {
		bodies := map[string]string{}
		for _, body := range []string{"one", "two", "one", ""} {
			bodies[*put(t, s, "key", body).VersionId] = body
		}
		if len(bodies) != 4 {
			t.Fatalf("%d version ids, want 4", len(bodies))
		}
		for id, want := range bodies {
			get, err := s.GetObject(t.Context(), &sdk.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("key"), VersionId: aws.String(id)})
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, get); got != want || *get.VersionId != id {
				t.Errorf("version %s: got %q, want %q", id, got, want)
			}
			data, err := s.Bytes(t.Context(), "artifacts", "key", id)
			if err != nil || string(data) != want {
				t.Errorf("version %s: read %q, %v", id, data, err)
			}
		}
		if data, err := s.Bytes(t.Context(), "artifacts", "key", ""); err != nil || len(data) != 0 {
			t.Errorf("newest: read %q, %v", data, err)
		}
	})
}

func TestWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, s *s3.Service) {
		put(t, s, "key", "x")
		for name, c := range map[string]struct {
			bucket, key, version string
			get, head            string
		}{
			"bucket":   {"nothing", "key", "", "NoSuchBucket", "NotFound"},
			"key":      {"artifacts", "other", "", "NoSuchKey", "NotFound"},
			"version":  {"artifacts", "key", "v", "NoSuchVersion", "NotFound"},
			"bad name": {"../artifacts", "key", "", "InvalidBucketName", "InvalidBucketName"},
			"no key":   {"artifacts", "", "", "KeyTooLongError", "KeyTooLongError"},
			"long key": {"artifacts", strings.Repeat("k", 1025), "", "KeyTooLongError", "KeyTooLongError"},
		} {
			var version *string
			if c.version != "" {
				version = aws.String(c.version)
			}
			_, getErr := s.GetObject(t.Context(), &sdk.GetObjectInput{Bucket: aws.String(c.bucket), Key: aws.String(c.key), VersionId: version})
			_, headErr := s.HeadObject(t.Context(), &sdk.HeadObjectInput{Bucket: aws.String(c.bucket), Key: aws.String(c.key), VersionId: version})
			if code(getErr) != c.get || code(headErr) != c.head {
				t.Errorf("%s: get %v, head %v", name, getErr, headErr)
			}
			if _, err := s.Bytes(t.Context(), c.bucket, c.key, c.version); code(err) != c.get {
				t.Errorf("%s: read %v", name, err)
			}
		}
		var noKey *types.NoSuchKey
		if _, err := s.GetObject(t.Context(), &sdk.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("other")}); !errors.As(err, &noKey) {
			t.Errorf("get: error %v", err)
		}
		var notFound *types.NotFound
		if _, err := s.HeadObject(t.Context(), &sdk.HeadObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("other")}); !errors.As(err, &notFound) {
			t.Errorf("head: error %v", err)
		}
		if _, err := s.GetObject(t.Context(), &sdk.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("key"), Range: aws.String("bytes=0-1")}); code(err) != "NotImplemented" {
			t.Errorf("a range: error %v", err)
		}
	})
}

func TestPutRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *s3.Service) {
		tag := put(t, s, "there", "x").ETag
		broken := errors.New("the line broke")
		for name, c := range map[string]struct {
			change func(*sdk.PutObjectInput)
			want   string
		}{
			"a wrong SHA-256":          {func(in *sdk.PutObjectInput) { in.ChecksumSHA256 = aws.String(sum256("y")) }, "BadDigest"},
			"a wrong MD5":              {func(in *sdk.PutObjectInput) { in.ContentMD5 = aws.String("x") }, "BadDigest"},
			"what is there":            {func(in *sdk.PutObjectInput) { in.Key, in.IfNoneMatch = aws.String("there"), aws.String("*") }, "PreconditionFailed"},
			"another tag":              {func(in *sdk.PutObjectInput) { in.Key, in.IfMatch = aws.String("there"), aws.String(`"y"`) }, "PreconditionFailed"},
			"a tag of nothing":         {func(in *sdk.PutObjectInput) { in.IfMatch = tag }, "NoSuchKey"},
			"if-none-match with a tag": {func(in *sdk.PutObjectInput) { in.IfNoneMatch = tag }, "NotImplemented"},
			"a bad bucket":             {func(in *sdk.PutObjectInput) { in.Bucket = aws.String("UPPER") }, "InvalidBucketName"},
			"a broken body":            {func(in *sdk.PutObjectInput) { in.Body = iotest.ErrReader(broken) }, "put s3://artifacts/new: the line broke"},
		} {
			in := &sdk.PutObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("new"), Body: strings.NewReader("x")}
			c.change(in)
			if _, err := s.PutObject(t.Context(), in); code(err) != c.want {
				t.Errorf("%s: got %v, want %s", name, err, c.want)
			}
		}
		if _, err := s.Bytes(t.Context(), "artifacts", "new", ""); code(err) != "NoSuchKey" {
			t.Errorf("a refused object is there: %v", err)
		}
		for name, in := range map[string]*sdk.PutObjectInput{
			"nothing there": {Key: aws.String("fresh"), IfNoneMatch: aws.String("*")},
			"the right tag": {Key: aws.String("there"), IfMatch: tag, ContentMD5: aws.String("1B2M2Y8AsgTpgAmY7PhCfg==")},
		} {
			in.Bucket = aws.String("artifacts")
			if _, err := s.PutObject(t.Context(), in); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestADirectoryOutlivesItsService(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := put(t, open(t, dir), "a/b", "one")
	s := open(t, dir)
	second := put(t, s, "a/b", "two")
	for id, want := range map[string]string{*first.VersionId: "one", *second.VersionId: "two", "": "two"} {
		if data, err := s.Bytes(t.Context(), "artifacts", "a/b", id); err != nil || string(data) != want {
			t.Errorf("version %q: read %q, %v", id, data, err)
		}
	}
	var stray []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if strings.HasPrefix(entry.Name(), ".new") {
			stray = append(stray, path)
		}
		return err
	})
	if err != nil || len(stray) > 0 {
		t.Errorf("left behind: %v, %v", stray, err)
	}
}

func TestADamagedDirectoryIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, "key", "x")
	contents, err := filepath.Glob(filepath.Join(dir, "content", "*"))
	if err != nil || len(contents) != 1 {
		t.Fatalf("contents %v, %v", contents, err)
	}
	if err := os.Remove(contents[0]); err != nil {
		t.Fatal(err)
	}
	get := func() error {
		_, err := s.GetObject(t.Context(), &sdk.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("key")})
		return err
	}
	if err := get(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without its content: %v", err)
	}
	if _, err := s.Bytes(t.Context(), "artifacts", "key", ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without its content: %v", err)
	}
	indexes, err := filepath.Glob(filepath.Join(dir, "index", "artifacts", "*"))
	if err != nil || len(indexes) != 1 {
		t.Fatalf("indexes %v, %v", indexes, err)
	}
	if err := os.WriteFile(indexes[0], []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := get(); err == nil || !strings.Contains(err.Error(), "artifacts/key") {
		t.Errorf("with a damaged index: %v", err)
	}
	if _, err := s.PutObject(t.Context(), &sdk.PutObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("key")}); err == nil {
		t.Error("a damaged index was overwritten")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s3.New(s3.Options{Dir: file, Clock: clock.Wall{}}); err == nil {
		t.Error("a file was taken for a directory")
	}
}

func TestConcurrentPutsAreAllKept(t *testing.T) {
	each(t, func(t *testing.T, s *s3.Service) {
		var mu sync.Mutex
		ids := map[string]string{}
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Go(func() {
				body := fmt.Sprint("body ", i%4)
				out, err := s.PutObject(context.Background(), &sdk.PutObjectInput{
					Bucket: aws.String("artifacts"), Key: aws.String("key"), Body: bytes.NewReader([]byte(body)),
				})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				ids[*out.VersionId] = body
			})
		}
		wait.Wait()
		got := map[string]string{}
		for id := range ids {
			data, err := s.Bytes(t.Context(), "artifacts", "key", id)
			if err != nil {
				t.Fatal(err)
			}
			got[id] = string(data)
		}
		if diff := cmp.Diff(ids, got); diff != "" || len(ids) != 16 {
			t.Errorf("%d versions (-want +got):\n%s", len(ids), diff)
		}
	})
}

func TestEveryCallIsIntercepted(t *testing.T) {
	t.Parallel()
	var seen []string
	refusal := errors.New("refused by the test")
	s, err := s3.New(s3.Options{Clock: clock.Wall{}, Intercept: func(_ context.Context, operation string, _ func(context.Context) error) error {
		seen = append(seen, operation)
		return refusal
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []func() error{
		func() error { _, err := s.PutObject(t.Context(), &sdk.PutObjectInput{}); return err },
		func() error { _, err := s.GetObject(t.Context(), &sdk.GetObjectInput{}); return err },
		func() error { _, err := s.HeadObject(t.Context(), &sdk.HeadObjectInput{}); return err },
	} {
		if err := call(); !errors.Is(err, refusal) {
			t.Errorf("after %v: error %v", seen, err)
		}
	}
	if diff := cmp.Diff([]string{"s3:PutObject", "s3:GetObject", "s3:HeadObject"}, seen); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}
