package events_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
	"github.com/goldfinch-dev/goldfinch/internal/wire"
)

// A course is what a sample brought about.
type course struct {
	Result *trigger.Result `json:"result,omitempty"`
	// Document is what Intake recorded.
	Document *release.Document `json:"document,omitempty"`
	Outcome  release.Outcome   `json:"outcome,omitempty"`
	// States are those that ran, each once.
	States []string `json:"states,omitempty"`
}

// TestSamplesBecomeReleases follows each sample that may start a release to its end, and again.
func TestSamplesBecomeReleases(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"s3-object-created", "ecr-image-push", "codepipeline-succeeded", "codepipeline-job", "imagebuilder-available",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.released()
			sample := read(t, name+".json")
			result := w.happen(sample)
			got := course{Result: &result}
			if id := result.Release; id != "" {
				if again := w.happen(sample); again.Result != trigger.Joined || again.Release != id {
					t.Errorf("the same event while the release runs: %+v", again)
				}
				w.follow(id, &got)
				if late := w.happen(sample); late.Result != trigger.Joined || late.Release != id {
					t.Errorf("the same event after the release has ended: %+v", late)
				}
			}
			w.compare(name, got)
			w.noSecrets()
		})
	}
}

// TestInputsOfExecutionsAreReleases starts executions with the samples as their
// input, as the StepFunctions action of CodePipeline and a person in the console do.
func TestInputsOfExecutionsAreReleases(t *testing.T) {
	t.Parallel()
	for name, execution := range map[string]string{
		"codepipeline-stepfunctions-input": "pipeline-77777777-abcd-7777-abcd-777777abcdef",
		"console-input":                    "6f1c9b1e-2a4d-4e1f-9a53-3b5e1c0d7f42",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.released()
			w.execute(execution, w.local.Replace(read(t, name+".json")))
			var got course
			w.follow(execution, &got)
			w.compare(name, got)
		})
	}
}

// TestAJobOfAPipelineIsAnswered follows the job of a Lambda action: continued
// while its release runs, then done, with variables for the actions that follow.
func TestAJobOfAPipelineIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.released()
	started := w.happen(read(t, "codepipeline-job.json"))
	token := aws.ToString(w.jobs.successes[0].ContinuationToken)
	w.jobs.know("22222222-abcd-2222-abcd-222222abcdef", "000000000000", `{"release":"releases/echo-pipeline/release.yaml"}`, token)
	continued := read(t, "codepipeline-job-continued.json")
	if !strings.Contains(continued, strings.ReplaceAll(token, `"`, `\"`)) {
		t.Errorf("the sample does not have the token %s", token)
	}
	if got := w.happen(continued); got.Result != trigger.Joined || !strings.Contains(got.Reason, "is running") {
		t.Errorf("while the release runs: %+v", got)
	}
	w.finish(started.Release)
	if got := w.happen(continued); got.Result != trigger.Joined || !strings.Contains(got.Reason, "is promoted") {
		t.Errorf("after the release: %+v", got)
	}
	if len(w.jobs.successes) != 3 || len(w.jobs.failures) != 0 || aws.ToString(w.jobs.successes[1].ContinuationToken) != token {
		t.Fatalf("answered %+v and %+v", w.jobs.successes, w.jobs.failures)
	}
	if last := w.jobs.successes[2]; last.ContinuationToken != nil || last.OutputVariables["outcome"] != "promoted" || last.OutputVariables["release"] != started.Release {
		t.Errorf("the last answer is %+v", last)
	}
	w.noSecrets()
}

// TestEverySampleIsForAFunction keeps the folder free of samples that nothing reads.
func TestEverySampleIsForAFunction(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{
		"alarm-state-change", "bake", "codepipeline-job-continued", "codepipeline-job", "codepipeline-stepfunctions-input", "codepipeline-succeeded",
		"console-input", "drift-schedule", "ec2-modify-instance-attribute", "ecr-image-push", "execution-aborted", "execution-failed", "execution-timed-out", "imagebuilder-available",
		"s3-object-created", "schedule-evaluate", "ssm-send-command", "ssm-start-session", "sweep-schedule",
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".json")
	}
	if diff := cmp.Diff(known, names); diff != "" {
		t.Errorf("samples (-tested +there):\n%s", diff)
	}
}

// TestAStateCanBeInvokedAlone bakes with the sample that sam local invoke gets, in a release that has come so far.
func TestAStateCanBeInvokedAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.released()
	w.running()
	err := w.invoke("bake", read(t, "bake.json"), new(any))
	if err == nil || !strings.Contains(err.Error(), "echo-release is canary by now") {
		t.Errorf("a release at its canary is baked: %v", err)
	}
}

// TestTheScheduledEvaluationLeavesTrafficAlone feeds the schedule's payload.
func TestTheScheduledEvaluationLeavesTrafficAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.released()
	w.clock.RunUntil(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)) // when the sample is due
	if err := w.invoke("evaluate", read(t, "schedule-evaluate.json"), new(any)); err != nil {
		t.Fatal(err)
	}
	if len(w.states) != 0 {
		t.Errorf("states %v ran", w.states)
	}
}

// follow lets a release run to its end.
func (w *world) follow(id string, into *course) {
	w.t.Helper()
	record := w.finish(id)
	var document release.Document
	if err := json.Unmarshal([]byte(w.sample.Replace(asJSON(w.t, record.Document))), &document); err != nil {
		w.t.Fatal(err)
	}
	into.Document, into.Outcome, into.States = &document, record.Outcome, slices.Clone(w.states)
	if record.Outcome != release.Promoted {
		w.t.Errorf("release %s is %s: %s", id, record.Outcome, record.Reason)
	}
}

// compare holds a course to the golden one.
func (w *world) compare(name string, got course) {
	w.t.Helper()
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		w.t.Fatal(err)
	}
	golden(w.t, filepath.Join("testdata", name+".golden.json"), string(text)+"\n")
}

// golden holds a text to that of a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, file), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// noSecrets wants nothing of a job's credentials in the log, and something of the job.
func (w *world) noSecrets() {
	w.t.Helper()
	log := w.log.String()
	for _, secret := range []string{"AKIDEXAMPLE", "secret-of-the-job", "session-of-the-job"} {
		if strings.Contains(log, secret) {
			w.t.Errorf("the log tells %s", secret)
		}
	}
	if !strings.Contains(log, `"msg":"event answered"`) || !strings.Contains(log, `"_aws":{"Timestamp":`) {
		w.t.Errorf("the log has no line of the event, and CloudWatch no metric:\n%s", log)
	}
}

var _ wire.StepFunctions = aliased{}
