package wire

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"os"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// A Function is a handler as Lambda calls it: JSON in, JSON out, and errors by
// the names that the workflow knows.
type Function func(ctx context.Context, payload json.RawMessage) (any, error)

// Functions are all of Goldfinch's Lambda functions by their names, which are
// also the names of their folders.
func Functions(w *workflow.Workflow, t *trigger.Handler, a *announce.Handler, d *drift.Detector) map[string]Function {
	without := *w // as in AWS: see [StartWithoutTarget]
	without.Targets, without.Packages = nil, nil
	return map[string]Function{
		"announce": workflow.Boundary(w.Log, "announce", a.Handle),
		"bake":     workflow.Boundary(w.Log, "bake", w.Bake),
		"deploy":   workflow.Boundary(w.Log, "deploy", w.Deploy),
		"drift":    workflow.Boundary(w.Log, "drift", d.Handle),
		"evaluate": workflow.Boundary(w.Log, "evaluate", w.Evaluate),
		"intake":   workflow.Boundary(w.Log, "intake", intake(w, t)),
		"observe":  workflow.Boundary(w.Log, "observe", without.Observe),
		"promote":  workflow.Boundary(w.Log, "promote", w.Promote),
		"retire":   workflow.Boundary(w.Log, "retire", w.Retire),
		"rollback": workflow.Boundary(w.Log, "rollback", w.Rollback),
		"shift":    workflow.Boundary(w.Log, "shift", w.Shift),
		"signal":   workflow.Boundary(w.Log, "signal", without.Signal),
		"sweep":    workflow.Boundary(w.Log, "sweep", w.SweepOn),
		"verify":   workflow.Boundary(w.Log, "verify", w.Verify),
	}
}

// Announcer puts together what announces changes; metrics is where a function's lines in the embedded metric format go.
func Announcer(clients Clients, settings Settings, metrics io.Writer, log *slog.Logger) *announce.Handler {
	return announce.New(announce.Options{Events: clients.EventBridge, Bus: settings.EventBus, Metrics: metrics, Log: log})
}

// StartFunction serves one function's invocations; it is all that a function's
// main does. The handler is a method of Workflow, so that the linker leaves out what the others need.
// It does not return, unless the function can't start: then the process exits with 1.
func StartFunction[In, Out any](name string, handler func(*workflow.Workflow, context.Context, In) (Out, error)) {
	start(name, func(loaded aws.Config, settings Settings, log *slog.Logger) workflow.Handler[In, Out] {
		return of(Workflow(clientsOf(loaded), settings, UTC, rand.Text, log), handler)
	})
}

// StartWithoutTarget serves the invocations of a function that has nothing to do with the target of a release; see [StartFunction].
// It has no client of AWS beside those of the ledger and of the workflow's executions, nor any kind of target: a third of the binary.
func StartWithoutTarget[In, Out any](name string, handler func(*workflow.Workflow, context.Context, In) (Out, error)) {
	start(name, func(loaded aws.Config, settings Settings, log *slog.Logger) workflow.Handler[In, Out] {
		return of(withoutTarget(ledgerClients(loaded), settings, UTC, rand.Text, log), handler)
	})
}

// of makes a handler of a method of Workflow.
func of[In, Out any](handlers *workflow.Workflow, handler func(*workflow.Workflow, context.Context, In) (Out, error)) workflow.Handler[In, Out] {
	return func(ctx context.Context, input In) (Out, error) { return handler(handlers, ctx, input) }
}

// StartIntake serves the intake function's invocations; see [StartFunction].
func StartIntake() {
	start("intake", func(loaded aws.Config, settings Settings, log *slog.Logger) workflow.Handler[json.RawMessage, any] {
		clients := clientsOf(loaded)
		return intake(Workflow(clients, settings, UTC, rand.Text, log), Triggers(clients, settings))
	})
}

// StartAnnounce serves the announce function's invocations; see [StartFunction].
func StartAnnounce() {
	start("announce", func(loaded aws.Config, settings Settings, log *slog.Logger) workflow.Handler[json.RawMessage, any] {
		return Announcer(Clients{EventBridge: eventbridge.NewFromConfig(quickly(loaded))}, settings, os.Stdout, log).Handle
	})
}

// StartDrift serves the drift function's invocations; see [StartFunction].
func StartDrift() {
	start("drift", func(loaded aws.Config, settings Settings, log *slog.Logger) workflow.Handler[json.RawMessage, drift.Answer] {
		return Detector(clientsOf(loaded), settings, UTC, rand.Text, log).Handle
	})
}

func start[In, Out any](name string, compose func(aws.Config, Settings, *slog.Logger) workflow.Handler[In, Out]) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("function", name)
	loaded, err := configuration(context.Background(), "", "")
	if err != nil {
		log.Error("function can't start", "error", err.Error())
		os.Exit(1)
	}
	awslambda.StartWithOptions(workflow.Boundary(log, name, compose(loaded, SettingsFromEnvironment(os.Getenv), log)))
}
