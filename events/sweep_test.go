package events_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// sweep gives a sample to the sweep function, which must answer it.
func (w *world) sweep(name string) []workflow.Swept {
	w.t.Helper()
	var swept []workflow.Swept
	if err := w.invoke("sweep", read(w.t, name), &swept); err != nil {
		w.t.Fatal(err)
	}
	return swept
}

// Whatever says that an execution died, and however often: its release comes home once.
func TestADeadExecutionIsSwept(t *testing.T) {
	t.Parallel()
	for _, sample := range []string{"execution-aborted.json", "execution-timed-out.json", "execution-failed.json", "sweep-schedule.json"} {
		t.Run(sample, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.released()
			id := w.running()
			if swept := w.sweep(sample); len(swept) != 0 {
				t.Fatalf("swept %+v, which runs", swept)
			}
			_, err := w.engine.StepFunctions.StopExecution(context.Background(), &sfn.StopExecutionInput{ExecutionArn: aws.String(w.record(id).Execution)})
			if err != nil {
				t.Fatal(err)
			}
			swept := w.sweep(sample)
			if len(swept) != 1 || swept[0].Release != id || swept[0].Outcome != release.Aborted {
				t.Errorf("swept %+v", swept)
			}
			if again := w.sweep(sample); len(again) != 0 {
				t.Errorf("the same event again swept %+v", again)
			}
			if record := w.record(id); record.Outcome != release.Aborted || !record.Actual.Same(release.Pure("1")) {
				t.Errorf("outcome %s, traffic on %s", record.Outcome, record.Actual)
			}
		})
	}
}
