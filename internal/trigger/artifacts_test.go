package trigger_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/iotest"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/goldfinch-dev/goldfinch/internal/trigger"
)

// failingArtifacts can't be read; and not be looked at either, where there are none below.
type failingArtifacts struct{ trigger.Artifacts }

func (f failingArtifacts) HeadObject(ctx context.Context, in *s3.HeadObjectInput, options ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	if f.Artifacts == nil {
		return nil, errBroken
	}
	return f.Artifacts.HeadObject(ctx, in, options...)
}

func (failingArtifacts) GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return nil, errBroken
}

// cutOffArtifacts break off while they are read.
type cutOffArtifacts struct{ trigger.Artifacts }

func (cutOffArtifacts) GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return &s3.GetObjectOutput{Body: io.NopCloser(iotest.ErrReader(errBroken))}, nil
}

// answeringArtifacts answer every HEAD request with a status alone, as S3 does.
type answeringArtifacts struct {
	trigger.Artifacts
	status int
}

func (a answeringArtifacts) HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	return nil, &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: a.status}},
		Err:      &smithy.GenericAPIError{Code: http.StatusText(a.status)},
	}}
}

func TestAStatusAloneTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.Artifacts = answeringArtifacts{status: http.StatusNotFound}
	want(t, w.handle(objectCreated("releases/echo/echo.zip", "v1")), trigger.Ignored, "not there any more")
	w.options.Artifacts = answeringArtifacts{status: http.StatusForbidden}
	if _, err := trigger.New(w.options).Handle(t.Context(), []byte(objectCreated("releases/echo/echo.zip", "v1"))); err == nil {
		t.Error("a denial may be mended, and is no error")
	}
}
