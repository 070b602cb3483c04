// Package wire is the composition root: it has the table of target kinds, makes
// the AWS clients, and puts handlers and operators together from their parts.
// Only commands, functions and the local engine import it.
package wire

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
	"github.com/goldfinch-dev/goldfinch/internal/target/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// Clients are the AWS APIs that Goldfinch calls, as few methods of each as it
// needs. AWS's own clients satisfy them, and so does the local cloud.
type Clients struct {
	DynamoDB       ledger.API
	Lambda         apigateway.LambdaAPI
	CloudWatch     lambda.CloudWatchAPI
	S3             S3
	APIGateway     apigateway.API
	LoadBalancing  LoadBalancing
	AutoScaling    AutoScaling
	EC2            EC2
	ImageBuilder   image.ImageBuilderAPI
	Route53        route53.RecordsAPI
	CloudFormation route53.StacksAPI
	AppConfig      flag.API
	Identity       flag.IdentityAPI
	StepFunctions  StepFunctions
	EventBridge    announce.Events
	CodePipeline   trigger.Jobs
	// Download fetches a version's package from where Lambda says it is; nil is an HTTP GET.
	Download func(ctx context.Context, location string) ([]byte, error)
	// ShortPeriods: CloudWatch has AWS's own metrics by less than a minute, which AWS's has not.
	ShortPeriods bool
	// ShiftLimit bounds one shift of traffic of targets whose API has no lock, and so for how long one that was overtaken may still write; 0
	// is longer than a function of the workflow lives in AWS.
	ShiftLimit time.Duration
	// Propagation is how long Route 53's name servers take at most to hear of a change; 0 is AWS's minute.
	Propagation time.Duration
	// HTTP makes the checks of new versions; nil is http.DefaultClient.
	HTTP *http.Client
	// Region is where everything is.
	Region string
	// Custom are targets that are none of Goldfinch's own, by the names of their kinds; see release.CustomTarget.
	Custom map[string]Constructor
}

// AutoScaling is what targets need of Amazon EC2 Auto Scaling.
type AutoScaling interface {
	asg.AutoScalingAPI
	image.AutoScalingAPI
}

// LoadBalancing is what targets need of Elastic Load Balancing.
type LoadBalancing interface {
	alb.LoadBalancingAPI
	asg.LoadBalancingAPI
}

// EC2 is what targets and drift need of Amazon EC2.
type EC2 interface {
	alb.EC2API
	asg.EC2API
	drift.Instances
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

// Workflow puts the handlers together.
func Workflow(clients Clients, settings Settings, now Now, newID NewID, log *slog.Logger) *workflow.Workflow {
	handlers := withoutTarget(clients, settings, now, newID, log)
	handlers.Targets, handlers.Packages = targets(clients, now), clients.S3
	return handlers
}

// withoutTarget puts those handlers together that have nothing to do with the target of a release.
func withoutTarget(clients Clients, settings Settings, now Now, newID NewID, log *slog.Logger) *workflow.Workflow {
	return &workflow.Workflow{
		Ledger:     ledger.New(clients.DynamoDB, settings.Table, now),
		Executions: clients.StepFunctions,
		Planner:    planner.Planner{},
		Now:        now,
		NewID:      newID,
		Poll:       cmp.Or(settings.Poll, 5*time.Second),
		Log:        log,
	}
}

// Detector puts together what finds drift.
func Detector(clients Clients, settings Settings, now Now, newID NewID, log *slog.Logger) *drift.Detector {
	return &drift.Detector{
		Ledger: ledger.New(clients.DynamoDB, settings.Table, now), Targets: targets(clients, now), Instances: clients.EC2, Now: now, NewID: newID, Log: log,
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
		Drift: func(ctx context.Context, request operator.DriftRequest) ([]ledger.DriftReport, error) {
			scope := drift.Scope{Service: request.Service, Environment: request.Environment, Fix: request.Fix, Report: !request.Fix}
			return Detector(clients, settings, now, rand.Text, handlers.Log).Look(ctx, scope)
		},
		CollectImages: func(ctx context.Context, document release.Document, releaseID string, keep func(context.Context) ([]string, error), dry bool) ([]string, error) {
			return newImage(clients, document, releaseID, now).Collect(ctx, keep, dry)
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
