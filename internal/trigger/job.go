package trigger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A job is one call of CodePipeline's Lambda action, read back from CodePipeline:
// the event is only believed to name it.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
type job struct {
	id string
	// pipeline, stage and action are names for people.
	pipeline, stage, action string
	// execution is unique to one run of the action.
	execution string
	// parameters are the action's UserParameters.
	parameters string
	// input is the first input artifact in S3; zero when there is none.
	input release.Artifact
	// continuation is what an earlier answer asked to be given back; empty the first time.
	continuation string
}

// job answers a job of CodePipeline: it starts a release the first time, and
// says each further time how that stands.
func (r *reception) job(ctx context.Context, payload json.RawMessage) (Result, error) {
	var event struct {
		Job struct {
			ID string `json:"id"`
		} `json:"CodePipeline.job"`
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return Result{}, refuse("the job does not have the form of one: %s", misfit(err))
	}
	found, err := r.readJob(ctx, event.Job.ID)
	if err != nil {
		return Result{}, err
	}
	if found.continuation != "" {
		return r.followJob(ctx, found)
	}
	return r.startJob(ctx, found)
}

// readJob asks CodePipeline for the job of that id.
func (r *reception) readJob(ctx context.Context, id string) (job, error) {
	if id == "" || len(id) > mostKeyBytes || !printable.MatchString(id) {
		return job{}, refuse("%s is not the id of a job of CodePipeline", quote(id))
	}
	out, err := r.options.Jobs.GetJobDetails(ctx, &codepipeline.GetJobDetailsInput{JobId: aws.String(id)})
	if isUnknownJob(err) {
		return job{}, refuse("CodePipeline knows no job %s", quote(id))
	}
	if err != nil {
		return job{}, fmt.Errorf("read job %s of CodePipeline: %w", id, err)
	}
	details := out.JobDetails
	if details == nil || details.Data == nil {
		return job{}, refuse("CodePipeline says nothing of job %s", quote(id))
	}
	if account := aws.ToString(details.AccountId); account != r.home.account {
		return job{}, refuse("job %s is of account %s, and releases here are of account %s", quote(id), quote(account), r.home.account)
	}
	return jobOf(id, details.Data), nil
}

// isUnknownJob reports that there is no such job, or that its id is none.
func isUnknownJob(err error) bool {
	var missing *types.JobNotFoundException
	var api smithy.APIError
	return errors.As(err, &missing) || errors.As(err, &api) && api.ErrorCode() == "ValidationException"
}

// jobOf picks out what is needed; the job's credentials are not.
func jobOf(id string, data *types.JobData) job {
	made := job{id: id, continuation: aws.ToString(data.ContinuationToken)}
	if data.ActionConfiguration != nil {
		made.parameters = data.ActionConfiguration.Configuration["UserParameters"]
	}
	if context := data.PipelineContext; context != nil {
		made.pipeline = aws.ToString(context.PipelineName)
		if context.Stage != nil {
			made.stage = aws.ToString(context.Stage.Name)
		}
		if context.Action != nil {
			made.action, made.execution = aws.ToString(context.Action.Name), aws.ToString(context.Action.ActionExecutionId)
		}
	}
	if len(data.InputArtifacts) > 0 {
		if location := data.InputArtifacts[0].Location; location != nil && location.S3Location != nil {
			made.input.Package = fmt.Sprintf("s3://%s/%s", aws.ToString(location.S3Location.BucketName), aws.ToString(location.S3Location.ObjectKey))
		}
	}
	return made
}

// startJob starts the release that the job's parameters describe. The action
// that is run again, because a person retried the stage, is another run and another release.
func (r *reception) startJob(ctx context.Context, j job) (Result, error) {
	document, err := r.jobDocument(ctx, j)
	var settled *settlement
	if errors.As(err, &settled) {
		return r.refuseJob(ctx, j, settled.reason)
	}
	if err != nil {
		return Result{}, err
	}
	result, err := r.start(ctx, idOf(TriggerJob, j.pipeline, j.pipeline, j.stage, j.action, cmp.Or(j.execution, j.id)), document)
	if err != nil {
		return Result{}, err
	}
	return result, r.continueJob(ctx, j, result.Release)
}

// jobDocument reads the document that UserParameters is, or the file that it
// names. Without an artifact of its own it releases the job's first input artifact.
func (r *reception) jobDocument(ctx context.Context, j job) (release.Document, error) {
	const hint = `write {"release": "KEY"}, the key of a release file in the artifact bucket, or a whole release document in JSON`
	if j.parameters == "" {
		return release.Document{}, refuse("the action has no UserParameters; %s", hint)
	}
	written := file{name: "UserParameters", content: []byte(j.parameters)}
	var named struct {
		Release string `json:"release"`
	}
	folders := []string{objectFolder, imageFolder, pipelineFolder} // what the function's role may read
	// A document has no key "release"; one that is malformed is told so below.
	if err := json.Unmarshal(written.content, &named); err == nil && named.Release != "" {
		if err := checkKey(named.Release); err != nil {
			return release.Document{}, err
		}
		if folder, _, _ := strings.Cut(named.Release, "/"); !slices.Contains(folders, folder) {
			return release.Document{}, refuse("the key %s, which UserParameters names, is not below one of %s", quote(named.Release), strings.Join(folders, "/, ")+"/")
		}
		written, err = r.readFile(ctx, named.Release)
		if isMissing(err) {
			return release.Document{}, refuse("there is no s3://%s/%s, which UserParameters names; %s", r.options.Bucket, named.Release, hint)
		}
		if err != nil {
			return release.Document{}, err
		}
	}
	request := release.Request{
		By:     "CodePipeline " + j.pipeline,
		Reason: fmt.Sprintf("action %s of stage %s ran", j.action, j.stage),
	}
	return written.documentOr(j.input, request)
}
