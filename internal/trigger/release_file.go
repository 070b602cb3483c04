package trigger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// mostFileBytes is how much of a release file is read; package release refuses
// a longer one.
const mostFileBytes = 1<<20 + 1

// A file is a release document as somebody wrote it, and the name under which mistakes are reported.
type file struct {
	name    string
	content []byte
}

// readFile reads a release file of the artifact bucket; see [isMissing] for its error.
func (r *reception) readFile(ctx context.Context, key string) (file, error) {
	name := fmt.Sprintf("s3://%s/%s", r.options.Bucket, key)
	out, err := r.options.Artifacts.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(r.options.Bucket), Key: aws.String(key)})
	if err != nil {
		return file{}, fmt.Errorf("read the release file %s: %w", name, err)
	}
	defer out.Body.Close()
	content, err := io.ReadAll(io.LimitReader(out.Body, mostFileBytes))
	if err != nil {
		return file{}, fmt.Errorf("read the release file %s: %w", name, err)
	}
	return file{name: name, content: content}, nil
}

// isMissing reports whether S3 has no such object. The answer to a HEAD request
// has no body, and so no code but its status.
func isMissing(err error) bool {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "NoSuchKey", "NotFound":
			return true
		}
	}
	var response *awshttp.ResponseError
	return errors.As(err, &response) && response.HTTPStatusCode() == http.StatusNotFound
}

// document reads the file, with that artifact in the place of the file's own,
// which may leave it out.
func (f file) document(artifact release.Artifact, request release.Request) (release.Document, error) {
	return f.read(request, func(release.Artifact) release.Artifact { return artifact })
}

// documentOr reads the file, with that artifact where it names none.
func (f file) documentOr(artifact release.Artifact, request release.Request) (release.Document, error) {
	return f.read(request, func(own release.Artifact) release.Artifact {
		if own.Package+own.Container+own.AMI != "" || own.Image != nil {
			return own
		}
		return artifact
	})
}

// read reads the file, complete and checked. The request says who asks, and also
// why and with which label, unless the file does.
func (f file) read(request release.Request, choose func(own release.Artifact) release.Artifact) (release.Document, error) {
	document, source, malformed := release.Decode(f.content)
	document.Artifact = choose(document.Artifact)
	given := document.Request
	if given.Version != "" || given.From != "" {
		return release.Document{}, refuse("%s: request.version and request.from are for people; an event releases its own artifact", f.name)
	}
	document.Request.By = request.By
	document.Request.Reason = cmp.Or(given.Reason, request.Reason)
	document.Request.Label = cmp.Or(given.Label, request.Label)
	_, invalid := release.Validate(document, source)
	var problems *release.Problems
	if errors.As(release.Join(malformed, invalid), &problems) {
		return release.Document{}, refuse("the release document is not valid:\n%s", problems.In(f.name))
	}
	if _, _, remote := document.Artifact.S3(); document.Artifact.Package != "" && !remote {
		return release.Document{}, refuse("%s: artifact.package: %s is not in S3; write s3://bucket/key", f.name, quote(document.Artifact.Package))
	}
	return release.Default(document), nil
}
