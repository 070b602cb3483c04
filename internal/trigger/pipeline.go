package trigger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A pipelineDetail is what a "CodePipeline Pipeline Execution State Change" event
// says, as far as it matters here.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
type pipelineDetail struct {
	Pipeline  string     `json:"pipeline"`
	Execution identifier `json:"execution-id"`
	State     string     `json:"state"`
}

// An identifier is text; CodePipeline's page shows it without quotes, so a number is taken too.
type identifier string

// UnmarshalJSON reads a string or a number.
func (i *identifier) UnmarshalJSON(data []byte) error {
	var number json.Number // which a string in quotes is not
	if !bytes.HasPrefix(data, []byte(`"`)) && json.Unmarshal(data, &number) == nil {
		*i = identifier(number)
		return nil
	}
	return json.Unmarshal(data, (*string)(i))
}

var (
	// pipelinePattern is what CodePipeline allows as a name.
	// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineDeclaration.html
	pipelinePattern = regexp.MustCompile(`^[A-Za-z0-9.@_-]{1,100}$`)
	// executionPattern is an execution's id: a UUID, or whatever is written like one.
	executionPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
)

// pipeline releases what the release file of a pipeline names, once an execution
// of the pipeline has succeeded.
func (r *reception) pipeline(ctx context.Context, payload json.RawMessage) (Result, error) {
	detail, err := detailOf[pipelineDetail](r.home, payload)
	if err != nil {
		return Result{}, err
	}
	name, execution := detail.Pipeline, string(detail.Execution)
	switch {
	case detail.State != "SUCCEEDED":
		return Result{}, ignore("only a pipeline that has succeeded starts a release, not one that is %s", quote(detail.State))
	case !pipelinePattern.MatchString(name) || name == "." || name == "..":
		return Result{}, refuse("%s is not the name of a pipeline", quote(name))
	case !executionPattern.MatchString(execution):
		return Result{}, refuse("%s is not the id of a pipeline's execution", quote(execution))
	}
	key := path.Join(pipelineFolder, name, releaseFile)
	file, err := r.readFile(ctx, key)
	if isMissing(err) {
		return Result{}, ignore("there is no s3://%s/%s, so pipeline %s starts no releases when it succeeds", r.options.Bucket, key, name)
	}
	if err != nil {
		return Result{}, err
	}
	document, err := file.documentOr(release.Artifact{}, release.Request{
		By: "CodePipeline " + name, Reason: fmt.Sprintf("execution %s succeeded", execution),
	})
	if err != nil {
		return Result{}, err
	}
	return r.start(ctx, idOf(TriggerPipeline, name, name, execution), document)
}
