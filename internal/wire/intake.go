package wire

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/goldfinch-dev/goldfinch/internal/metric"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// Triggers puts together what starts releases.
func Triggers(clients Clients, settings Settings) *trigger.Handler {
	return trigger.New(trigger.Options{
		Executions: clients.StepFunctions, Artifacts: clients.S3, Jobs: clients.CodePipeline,
		StateMachine: settings.StateMachine, Bucket: settings.Bucket,
	})
}

// intake serves the workflow's states, which name themselves, and everything
// else that can start a release.
func intake(w *workflow.Workflow, t *trigger.Handler) workflow.Handler[json.RawMessage, any] {
	return func(ctx context.Context, payload json.RawMessage) (any, error) {
		input, err := workflow.ReadInput(payload)
		if err == nil && input.State != "" {
			return w.Intake(ctx, input)
		}
		if !json.Valid(payload) {
			return nil, release.Fail(release.KindRefused, "read the input of intake").Because(err)
		}
		result, err := t.Handle(ctx, payload)
		if err != nil {
			return nil, err
		}
		tell(ctx, w, result)
		return result, nil
	}
}

// tell logs what became of an event. The line is also metric Events, by Trigger and Result.
func tell(ctx context.Context, w *workflow.Workflow, result trigger.Result) {
	w.Log.LogAttrs(ctx, slog.LevelInfo, "event answered", metric.Line{
		At:         w.Now(),
		Values:     []metric.Value{{Name: "Events", Unit: metric.Count, Amount: 1}},
		Dimensions: map[string]string{"Trigger": string(result.Trigger), "Result": string(result.Result)},
		Sets:       [][]string{{"Trigger", "Result"}},
		About:      map[string]any{"release": result.Release, "reason": result.Reason},
	}.Attributes()...)
}
