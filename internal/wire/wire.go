// Package wire is the composition root: it has the table of target kinds, makes
// the AWS clients, and puts handlers and operators together from their parts.
// Only commands, functions and the local engine import it.
package wire

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// Clients are the AWS APIs that Goldfinch calls, as few methods of each as it
// needs. AWS's own clients satisfy them, and so does the local cloud.
type Clients struct {
	DynamoDB      ledger.API
	Lambda        lambda.LambdaAPI
	CloudWatch    lambda.CloudWatchAPI
	S3            S3
	StepFunctions StepFunctions
	EventBridge   announce.Events
	CodePipeline  trigger.Jobs
	// Download fetches a version's package from where Lambda says it is; nil is an HTTP GET.
	Download func(ctx context.Context, location string) ([]byte, error)
	// ShortPeriods: CloudWatch has Lambda's metrics by less than a minute, which AWS's has not.
	ShortPeriods bool
}

// S3 is what targets and operators need of S3.
type S3 interface {
	lambda.S3API
	operator.Artifacts
}

// StepFunctions is what handlers and operators need of Step Functions.
type StepFunctions interface {
	workflow.Executions
	operator.Executions
}

// Settings name what belongs to one installation.
type Settings struct {
	// Table is the ledger's DynamoDB table.
	Table string
	// Bucket is where packages are kept.
	Bucket string
	// StateMachine is the ARN of the workflow's state machine, with the alias on which releases start if it has one.
	StateMachine string
	// EventBus is the name of the bus on which changes are announced.
	EventBus string
	// Poll is how long the workflow waits between two looks at what the cloud is
	// making; zero is 5 s, which is about what Lambda takes to update a function.
	Poll time.Duration
}

// Now tells the time; NewID makes unique ids.
type (
	Now   func() time.Time
	NewID func() string
)

// targets is the closed table of kinds: a document's target to its constructor.
func targets(clients Clients, now Now) workflow.Targets {
	return func(document release.Document, releaseID string) (target.Target, error) {
		switch {
		case document.Target.Lambda != nil:
			return lambda.New(lambda.Options{
				Release: releaseID, Document: document,
				Lambda: clients.Lambda, CloudWatch: clients.CloudWatch, S3: clients.S3, Now: now, Download: clients.Download, ShortPeriods: clients.ShortPeriods,
			}), nil
		default:
			return nil, release.Fail(release.KindRefused, "the document's target is of no known kind").WithHint("the known kinds are: lambda")
		}
	}
}

// Workflow puts the handlers together.
func Workflow(clients Clients, settings Settings, now Now, newID NewID, log *slog.Logger) *workflow.Workflow {
	return &workflow.Workflow{
		Ledger:     ledger.New(clients.DynamoDB, settings.Table, now),
		Executions: clients.StepFunctions,
		Targets:    targets(clients, now),
		Packages:   clients.S3,
		Planner:    planner.Planner{},
		Now:        now,
		NewID:      newID,
		Poll:       cmp.Or(settings.Poll, 5*time.Second),
		Log:        log,
	}
}

// Local is what an operator of a local cloud adds; see [operator.Dependencies].
type Local struct {
	Inspect func(ctx context.Context, name string, body io.ReadSeeker) error
	Prepare func(ctx context.Context, document release.Document) error
	Missing func(ctx context.Context, document release.Document) (string, error)
}

// Operator puts together what people do with releases.
func Operator(clients Clients, settings Settings, now Now, entropy io.Reader, handlers *workflow.Workflow, local *Local) *operator.Service {
	dependencies := operator.Dependencies{
		Ledger:       ledger.New(clients.DynamoDB, settings.Table, now),
		Executions:   clients.StepFunctions,
		StateMachine: settings.StateMachine,
		Artifacts:    clients.S3,
		Bucket:       settings.Bucket,
		Target:       targets(clients, now),
		Signal:       handlers.Send,
		Recover: func(ctx context.Context) ([]string, error) {
			swept, err := handlers.Sweep(ctx)
			ids := make([]string, len(swept))
			for i, one := range swept {
				ids[i] = one.Release
			}
			return ids, err
		},
		Now:     now,
		Entropy: entropy,
	}
	if local != nil {
		dependencies.Inspect, dependencies.Prepare, dependencies.Missing = local.Inspect, local.Prepare, local.Missing
		dependencies.Flags = "--local"
	}
	return operator.New(dependencies)
}
