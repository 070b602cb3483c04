package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// endings are releases that together enter every state of the definition, each
// named by the state that it ends in and must end in.
var endings = map[string]func(t *testing.T, seen *coverage){
	"Promoted": func(t *testing.T, seen *coverage) {
		w := seen.watch(released(t))
		w.release(w.document("two"))
	},
	"Promoted, after a wait for another": func(t *testing.T, seen *coverage) {
		w := seen.watch(released(t))
		w.start(w.document("two"))
		w.pass(time.Minute)
		w.release(w.document("three", func(d *release.Document) { d.Strategy.OnNewRelease = release.QueueNewRelease }))
	},
	"Promoted, though nobody listened for signals": func(t *testing.T, seen *coverage) {
		w := seen.watch(released(t))
		w.handler = func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
			if function == "observe" {
				return nil, errors.New("broken")
			}
			return run(ctx)
		}
		w.release(w.document("two"))
	},
	"Promoted, the first": func(t *testing.T, seen *coverage) {
		w := seen.watch(newWorld(t))
		w.release(w.document("one"))
	},
	"Promoted, when traffic arrives late": func(t *testing.T, seen *coverage) {
		w, _ := distantWorld(t)
		seen.watch(w)
		w.release(w.document("two"))
	},
	"RolledBack, when traffic arrives late": func(t *testing.T, seen *coverage) {
		w, _ := distantWorld(t)
		seen.watch(w)
		w.broken["2"] = 0.5
		w.release(w.document("two"))
	},
	"RolledBack, and a topic is not reached": func(t *testing.T, seen *coverage) {
		w := seen.watch(released(t))
		w.broken["2"] = 0.2
		w.otherCall = func(ctx context.Context, operation string, call func(context.Context) error) error {
			if operation == "sns:Publish" {
				return errBroken
			}
			return call(ctx)
		}
		w.release(w.document("two", func(d *release.Document) {
			d.Notify = []release.Notification{{Topic: "arn:aws:sns:us-east-1:000000000000:releases"}}
		}))
	},
	"Aborted": func(t *testing.T, seen *coverage) {
		w := seen.watch(released(t))
		id := w.start(w.document("two"))
		w.pass(2 * time.Minute)
		w.signal(id, ledger.SignalAbort, "wrong build")
		w.finish(id)
	},
	"Refused": func(t *testing.T, seen *coverage) {
		w := seen.watch(released(t))
		w.release(w.document("one"))
	},
	"Refused, not even taken in": func(t *testing.T, seen *coverage) {
		w := seen.watch(newWorld(t))
		_, err := w.engine.StepFunctions.StartExecution(context.Background(), &sfn.StartExecutionInput{
			StateMachineArn: aws.String(w.engine.StepFunctions.MachineARN()), Name: aws.String("by-hand"), Input: aws.String(`{"service":"echo"}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
	},
	"FailedDirty, because somebody else changes the alias again and again": func(t *testing.T, seen *coverage) {
		w := seen.watch(released(t))
		id := w.start(w.document("two"))
		w.pass(2 * time.Minute)
		changes := 0
		w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
			if operation != "lambda:UpdateAlias" || ctx.Value(handlerKey{}) != "rollback" {
				return call(ctx)
			}
			changes++
			_, err := w.engine.Lambda.UpdateAlias(context.Background(), &sdklambda.UpdateAliasInput{
				FunctionName: aws.String("echo"), Name: aws.String("live"), Description: aws.String(fmt.Sprintf("change %d", changes)),
			})
			return errors.Join(err, call(ctx))
		}
		w.signal(id, ledger.SignalAbort, "wrong build")
		w.finish(id)
	},
	"OutcomeUnwritten, because the ledger can't be written for hours": func(t *testing.T, seen *coverage) {
		w := seen.watch(released(t))
		w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
			if len(w.path) > 0 && w.path[len(w.path)-1] == "Unlock" && strings.HasPrefix(operation, "dynamodb:") {
				return errBroken
			}
			return call(ctx)
		}
		w.release(w.document("two"))
	},
}

// coverage is the executions of releases that ran with the real handlers.
type coverage struct{ executions map[*asl.Execution]bool }

// watch has the coverage see what the world runs from now on.
func (c *coverage) watch(w *world) *world {
	w.entered = func(execution *asl.Execution) { c.executions[execution] = true }
	return w
}

// count adds up how often each state was entered, and how often it was left: the
// states that end an execution are left when it has ended.
func (c *coverage) count(entered, left map[string]int) {
	for execution := range c.executions {
		last := ""
		for _, event := range execution.History() {
			switch {
			case strings.HasSuffix(event.Type, "StateEntered"):
				entered[event.State]++
				last = event.State
			case strings.HasSuffix(event.Type, "StateExited"):
				left[event.State]++
			case event.Type == "ExecutionFailed":
				left[last]++
			}
		}
	}
}

// TestEveryStateRunsWithTheRealHandlers fails for a state of the definition that no
// release enters and leaves again.
func TestEveryStateRunsWithTheRealHandlers(t *testing.T) {
	entered, left := map[string]int{}, map[string]int{}
	for name, play := range endings {
		t.Run(name, func(t *testing.T) {
			seen := &coverage{map[*asl.Execution]bool{}}
			play(t, seen)
			seen.count(entered, left)
			want, _, _ := strings.Cut(name, ",")
			if !seen.ends(want) {
				t.Errorf("no release ended in %s", want)
			}
		})
	}
	machine, err := asl.Load([]byte(workflow.Definition()))
	if err != nil {
		t.Fatal(err)
	}
	covered := 0
	for _, state := range machine.States() {
		switch {
		case entered[state.Name] == 0:
			t.Errorf("no release enters %s", state.Name)
		case left[state.Name] == 0:
			t.Errorf("%s is entered %d times and never left", state.Name, entered[state.Name])
		default:
			covered++
		}
	}
	measured.Log(t, "state coverage: %d of %d (%d%%), with the real handlers", covered, len(machine.States()), 100*covered/len(machine.States()))
}

// ends tells whether an execution ended in the state.
func (c *coverage) ends(state string) bool {
	for execution := range c.executions {
		if path := execution.Path(); execution.Status() != asl.Running && path[len(path)-1] == state {
			return true
		}
	}
	return false
}
