package wire

import (
	"context"
	"encoding/json"

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
		var input workflow.Input
		if err := json.Unmarshal(payload, &input); err == nil && input.State != "" {
			return w.Intake(ctx, input)
		}
		result, err := t.Handle(ctx, payload)
		if err != nil {
			return nil, err
		}
		tell(ctx, w, result)
		return result, nil
	}
}

// tell logs what became of an event. The line is also one of CloudWatch's embedded
// metric format: metric Events of namespace Goldfinch, by Trigger and Result.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func tell(ctx context.Context, w *workflow.Workflow, result trigger.Result) {
	type metric struct{ Name, Unit string }
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []metric
	}
	w.Log.InfoContext(ctx, "event answered",
		"Trigger", result.Trigger, "Result", result.Result, "Events", 1, "release", result.Release, "reason", result.Reason,
		"_aws", struct {
			Timestamp         int64
			CloudWatchMetrics []directive
		}{w.Now().UnixMilli(), []directive{{
			Namespace: "Goldfinch", Dimensions: [][]string{{"Trigger", "Result"}}, Metrics: []metric{{Name: "Events", Unit: "Count"}},
		}}})
}
