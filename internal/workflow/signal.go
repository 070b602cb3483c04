package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// An AlarmEvent is a "CloudWatch Alarm State Change" event, as far as it matters here.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
type AlarmEvent struct {
	ID         string    `json:"id"`
	Source     string    `json:"source"`
	DetailType string    `json:"detail-type"`
	Account    string    `json:"account"`
	Region     string    `json:"region"`
	Time       time.Time `json:"time"`
	Detail     struct {
		AlarmName string `json:"alarmName"`
		State     struct {
			Value  judge.AlarmState `json:"value"`
			Reason string           `json:"reason"`
		} `json:"state"`
	} `json:"detail"`
}

// fires reports whether the event says that an alarm began to fire.
func (e AlarmEvent) fires() bool {
	return e.Source == "aws.cloudwatch" && e.DetailType == "CloudWatch Alarm State Change" &&
		e.Detail.AlarmName != "" && e.Detail.State.Value == judge.AlarmFiring
}

// isFrom reports whether the event is of the account and region of an execution.
func (e AlarmEvent) isFrom(execution string) bool {
	home, err := arn.Parse(execution)
	return err == nil && e.Account == home.AccountID && e.Region == home.Region
}

// Signal serves alarm events: it wakes every running release that watches the
// alarm. The event may come twice and late; Evaluate reads the alarm itself.
func (w *Workflow) Signal(ctx context.Context, event AlarmEvent) (any, error) {
	if !event.fires() {
		return nil, nil
	}
	leases, err := w.Ledger.Holders(ctx)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, lease := range leases {
		record, err := w.Ledger.Release(ctx, lease.Release)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if !event.isFrom(record.Execution) || !awaits(record, event.Detail.AlarmName) {
			continue
		}
		failed = append(failed, w.Send(ctx, record.ID, ledger.Signal{
			ID: "alarm-" + event.ID, Kind: ledger.SignalAlarm, At: event.Time,
			By: "alarm " + event.Detail.AlarmName, Reason: event.Detail.State.Reason,
		}))
	}
	return nil, errors.Join(failed...)
}

// awaits reports whether the alarm is news to the release: it watches the alarm,
// its canary has traffic, and the alarm was not firing before that.
func awaits(record ledger.Record, alarm string) bool {
	return slices.Contains(record.Document.Analysis.Alarms, alarm) && !record.CanaryBegan.IsZero() && !slices.Contains(record.FiringBefore, alarm)
}

// Send gives a signal to a release: into the ledger first, where it can't be
// lost, and then to the waiting state, if one waits.
func (w *Workflow) Send(ctx context.Context, releaseID string, signal ledger.Signal) error {
	if err := w.Ledger.AddSignal(ctx, releaseID, signal); err != nil {
		return err
	}
	token, err := w.Ledger.Token(ctx, releaseID)
	if err != nil || token == "" {
		return err
	}
	return w.answer(ctx, token)
}

// answer ends the wait of a token. That it is over already is no error: then
// whatever follows reads the signal from the ledger.
func (w *Workflow) answer(ctx context.Context, token string) error {
	_, err := w.Executions.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String(token), Output: aws.String("{}")})
	var over *sfntypes.TaskTimedOut
	var gone *sfntypes.TaskDoesNotExist
	if err == nil || errors.As(err, &over) || errors.As(err, &gone) {
		return nil
	}
	return fmt.Errorf("answer a task token: %w", err)
}
