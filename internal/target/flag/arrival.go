package flag

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// agentPoll is how often the AWS AppConfig Agent asks for a new configuration when it is not told otherwise
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html).
const agentPoll = 45 * time.Second

// Arrives is when the target's part has arrived and every agent has asked for the flag's since its deployment reached everybody. A deployment
// that was rolled back meanwhile, by a person or by an alarm that the environment monitors, is a KindUnhealthy failure.
func (t *Target) Arrives(ctx context.Context, shifted target.Shifted) (at time.Time, got release.Split, err error) {
	below := shifted
	below.Split = t.ladder.beneath(shifted.Split)
	at, got = shifted.At, below.Split
	if lagging, ok := t.Target.(target.Lagging); ok {
		if at, got, err = lagging.Arrives(ctx, below); err != nil {
			return time.Time{}, got, err
		}
	}
	found, err := t.look(ctx)
	if err != nil {
		return time.Time{}, got, err
	}
	got = t.together(got, found.standing)
	if found.standing.foreign != "" || found.standing.position != t.ladder.position(shifted.Split) {
		return time.Time{}, got, t.undone(found)
	}
	everywhere := everywhere(found.current)
	if at.IsZero() || everywhere.IsZero() {
		return time.Time{}, got, nil
	}
	if heard := everywhere.Add(agentPoll); heard.After(at) {
		at = heard
	}
	return at, got, nil
}

// undone is the failure of a deployment that did not last; nil when the youngest one did.
func (t *Target) undone(found state) error {
	if found.ended == nil || found.ended.DeploymentNumber < found.current.DeploymentNumber {
		return nil
	}
	return release.Fail(release.KindUnhealthy, "deployment %d of configuration profile %s to environment %s is %s", found.ended.DeploymentNumber, t.match().Profile, t.match().Environment, found.ended.State).
		WithHint("an alarm that the environment monitors, or a person, took the flag back: `aws appconfig get-deployment` says which")
}

// everywhere is when a deployment reached everybody; zero while it has not.
func everywhere(deployment *appconfig.GetDeploymentOutput) time.Time {
	for _, event := range deployment.EventLog {
		if event.EventType == types.DeploymentEventTypeBakeTimeStarted {
			return aws.ToTime(event.OccurredAt)
		}
	}
	return aws.ToTime(deployment.CompletedAt)
}
