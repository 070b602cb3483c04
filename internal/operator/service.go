package operator

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// A Ledger is what an operator reads of the ledger, and the locks it sets.
// [ledger.Ledger] satisfies it.
type Ledger interface {
	Release(ctx context.Context, id string) (ledger.Record, error)
	Releases(ctx context.Context, service, environment string, limit int) ([]ledger.Record, error)
	Services(ctx context.Context) ([]ledger.ServiceEnvironment, error)
	Timeline(ctx context.Context, id string) ([]ledger.Entry, error)
	Stable(ctx context.Context, service, environment string) (ledger.Stable, bool, error)
	Rejected(ctx context.Context, service, environment, sha256 string) (releaseID, reason string, rejected bool, err error)
	Holder(ctx context.Context, service, environment string) (*ledger.Lease, *ledger.PersonLock, error)
	Holders(ctx context.Context) ([]ledger.Lease, error)
	LockByPerson(ctx context.Context, service, environment string, lock ledger.PersonLock) error
	UnlockByPerson(ctx context.Context, service, environment string) error
}

// Executions starts the workflow and asks after it. Step Functions' client satisfies it.
type Executions interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
}

// Artifacts keeps packages. S3's client satisfies it.
type Artifacts interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Dependencies are what a Service works with. All are needed except those that say so.
type Dependencies struct {
	Ledger     Ledger
	Executions Executions
	// StateMachine is the ARN of the workflow's state machine.
	StateMachine string
	Artifacts    Artifacts
	// Bucket is where packages are kept.
	Bucket string
	// Target makes the target of a document, for the release of that id.
	Target func(document release.Document, releaseID string) (target.Target, error)
	// Signal writes a signal to the ledger, and then wakes the release.
	Signal func(ctx context.Context, releaseID string, signal ledger.Signal) error
	// Recover makes one sweep: it brings back every release whose execution is
	// dead, and returns their ids.
	Recover func(ctx context.Context) ([]string, error)
	// Drift looks for what runs and was not released.
	Drift func(ctx context.Context, request DriftRequest) ([]ledger.DriftReport, error)
	// CollectImages deletes the golden images of the document's service that nobody needs and that are not to be kept,
	// and returns their ids; dry: it only returns them. It asks keep anew before each deletion; keep's error ends it.
	CollectImages func(ctx context.Context, document release.Document, releaseID string, keep func(context.Context) ([]string, error), dry bool) ([]string, error)
	// Now tells the time.
	Now func() time.Time
	// Entropy makes ids unique.
	Entropy io.Reader
	// Inspect looks at a package before it is stored, and returns an error when
	// it cannot run here. Optional.
	Inspect func(ctx context.Context, name string, body io.ReadSeeker) error
	// Prepare is called before an execution starts, so that a local cloud can make
	// what people make by themselves in AWS, such as the function. Optional.
	Prepare func(ctx context.Context, document release.Document) error
	// Missing says in one sentence what Prepare would make before the first release,
	// and is empty when that is there. Optional, where Prepare is.
	Missing func(ctx context.Context, document release.Document) (string, error)
	// Flags follow every command that a status names, such as "--local". Optional.
	Flags string
}

// A Service does what operators ask for. It keeps nothing in memory and may be
// used from several goroutines at once.
type Service struct {
	use Dependencies
}

// New returns a service that works with dependencies.
func New(dependencies Dependencies) *Service { return &Service{use: dependencies} }

var _ Operator = (*Service)(nil)
