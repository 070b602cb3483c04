package workflow_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Whatever is stored under the key meanwhile, users get what was there when the release began.
func TestAPackageIsPinnedWhenItsReleaseBegins(t *testing.T) {
	w := released(t)
	document := w.document("two")
	_, key, _ := document.Artifact.S3()
	sum := document.Artifact.SHA256
	document.Artifact.SHA256 = ""
	replaced := false
	w.beforeFunction("bake", func() error {
		w.store(key, []byte("no package at all"), "")
		replaced = true
		return nil
	})
	record := w.release(document)
	if record.Outcome != release.Promoted || !replaced {
		t.Fatalf("outcome %s: %s", record.Outcome, record.Reason)
	}
	if record.Document.Artifact.VersionID == "" || record.Document.Artifact.SHA256 != "" {
		t.Errorf("artifact %+v", record.Document.Artifact)
	}
	if record.Document.Request.By != "Step Functions" {
		t.Errorf("asked by %q", record.Document.Request.By)
	}
	stable, err := w.engine.Lambda.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("echo"), Qualifier: &record.Canary})
	if err != nil || hexadecimal(t, aws.ToString(stable.CodeSha256)) != sum {
		t.Errorf("users have %s (%v), want %s", aws.ToString(stable.CodeSha256), err, sum)
	}
}

// What S3 knows of a package counts as if the document said it, so that nobody releases by another name what was rolled back.
func TestAPackageIsKnownByItsSum(t *testing.T) {
	w := newWorld(t)
	content := []byte("whatever")
	sum := sha256.Sum256(content)
	version := w.store("known.zip", content, base64.StdEncoding.EncodeToString(sum[:]))
	document := w.document("one")
	document.Artifact = release.Artifact{Package: "s3://" + engine.Bucket + "/known.zip"}
	record := w.release(document)
	if got := record.Document.Artifact; got.SHA256 != hex.EncodeToString(sum[:]) || got.VersionID != version {
		t.Errorf("artifact %+v", got)
	}
}

func TestWhatCannotBePinned(t *testing.T) {
	for name, test := range map[string]struct {
		answer *s3.HeadObjectOutput
		err    error
		// refused is what the reason says; empty: the artifact is taken as it is named.
		refused string
	}{
		"bucket without versions":   {answer: &s3.HeadObjectOutput{}},
		"bucket that suspends them": {answer: &s3.HeadObjectOutput{VersionId: aws.String("null")}},
		"sum of the sums of parts": {answer: &s3.HeadObjectOutput{
			ChecksumSHA256: aws.String("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="), ChecksumType: types.ChecksumTypeComposite,
		}},
		"sum that is none":    {answer: &s3.HeadObjectOutput{ChecksumSHA256: aws.String("n4bQ-2")}},
		"no such object":      {err: &types.NotFound{}, refused: "does not exist; upload it"},
		"no such object, raw": {err: answered(http.StatusNotFound), refused: "does not exist; upload it"},
		"not allowed":         {err: answered(http.StatusForbidden), refused: "may not be looked at"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.engine.Workflow.Packages = answering{test.answer, test.err}
			document := w.document("one")
			sent := document.Artifact
			document.Artifact.SHA256 = ""
			sent.SHA256 = ""
			id := w.start(document)
			if test.refused != "" {
				w.pass(0)
				status, err := w.engine.Operator.Status(t.Context(), operator.Reference{ID: id})
				if err != nil || status.Outcome != release.Refused || !strings.Contains(status.Reason, test.refused) || strings.Contains(status.Reason, "%!") {
					t.Errorf("status %s: %s (%v)", status.Outcome, status.Reason, err)
				}
				return
			}
			if got := w.finish(id).Document.Artifact; got != sent {
				t.Errorf("artifact %+v, want it as it was: %+v", got, sent)
			}
		})
	}
}

// An answer that S3 did not give is asked for again.
func TestPinningIsRetried(t *testing.T) {
	w := newWorld(t)
	failed := false
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation == "s3:HeadObject" && !failed {
			failed = true
			return answered(http.StatusServiceUnavailable)
		}
		return call(ctx)
	}
	document := w.document("one")
	if record := w.release(document); record.Outcome != release.Promoted || !failed || record.Document.Artifact.VersionID == "" {
		t.Errorf("outcome %s: %s; artifact %+v", record.Outcome, record.Reason, record.Document.Artifact)
	}
}

// store puts an object beside the packages, with its checksum in base64 when that is given.
func (w *world) store(key string, content []byte, checksum string) (version string) {
	w.t.Helper()
	input := &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: &key, Body: bytes.NewReader(content)}
	if checksum != "" {
		input.ChecksumSHA256 = &checksum
	}
	out, err := w.engine.S3.PutObject(context.Background(), input)
	if err != nil {
		w.t.Fatal(err)
	}
	return aws.ToString(out.VersionId)
}

// answering is an S3 that says the same of every object.
type answering struct {
	answer *s3.HeadObjectOutput
	err    error
}

func (a answering) HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	return a.answer, a.err
}

// answered is an answer without a body, as S3 gives it to HEAD.
func answered(status int) error {
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}}}
}

func hexadecimal(t *testing.T, sum string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(sum)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(raw)
}
