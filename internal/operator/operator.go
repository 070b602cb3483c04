package operator

import (
	"context"
	"io"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

// An Operator does with releases what people ask for.
//
// An error that a caller can do something about is a [*InvalidError], a
// [*NotFoundError] or a [*release.Failure]; [ExitCode] tells what the command
// line makes of it.
type Operator interface {
	// Upload stores a function package under its SHA-256 and returns the
	// artifact that names it. The same content again is the same artifact.
	// Name is what people call the file, and only for messages.
	Upload(ctx context.Context, name string, body io.ReadSeeker) (release.Artifact, error)
	// UploadTemplate stores a CloudFormation template under its SHA-256 and returns where: "s3://bucket/key". Name is what people call the
	// file, and only for messages.
	UploadTemplate(ctx context.Context, name string, body io.ReadSeeker) (location string, err error)
	// Deploy starts a release and returns at once. The document's artifact must
	// have been uploaded, unless Request.From names a promoted release whose
	// artifact is taken instead; then a document that has no service is that
	// release's own, in the environment given. An artifact that was rolled
	// back is refused without Request.Again and Request.Reason.
	Deploy(ctx context.Context, document release.Document) (Started, error)
	// Plan says what Deploy would do, without starting it. A release that
	// would be refused is a preview with Refusals, not an error.
	Plan(ctx context.Context, document release.Document) (Preview, error)
	// Status is where a release stands.
	Status(ctx context.Context, reference Reference) (Status, error)
	// List is where the releases stand that the filter lets through, newest first.
	List(ctx context.Context, filter Filter) ([]Status, error)
	// History is everything that was recorded of a release, oldest first.
	History(ctx context.Context, reference Reference) (History, error)
	// Recording is the release with everything that was recorded of it, so that it can be judged again.
	Recording(ctx context.Context, reference Reference) (replay.Recording, error)
	// Traffic is what the stable version of the release's service did in the day before now.
	Traffic(ctx context.Context, reference Reference) (Day, error)
	// Judged names the newest releases of a service in an environment that have ended after a
	// canary had traffic, the newest first; Filter.Limit, 1–1000, says how many at most.
	Judged(ctx context.Context, filter Filter) ([]string, error)
	// Signal steers a running release: its Kind, By and Reason are the
	// caller's, its ID and At are made here when they are zero. A signal that
	// means nothing where the release stands is refused.
	Signal(ctx context.Context, reference Reference, signal ledger.Signal) (Status, error)
	// Rollback aborts a running release, or starts one that returns to an
	// earlier version when the last one was promoted.
	Rollback(ctx context.Context, request RollbackRequest) (Started, error)
	// Lock keeps every new release of a service out of an environment.
	Lock(ctx context.Context, service, environment string, lock ledger.PersonLock) error
	// Unlock takes away a person's lock, or recovers a release whose execution
	// is dead and frees what it held. It never takes the lock from a live
	// release. What is not locked stays so, without an error.
	Unlock(ctx context.Context, service, environment, by, reason string) error
	// Doctor finds what dead releases left behind, and mends it when fix is set.
	Doctor(ctx context.Context, fix bool) ([]Finding, error)
	// Drift finds what runs and was not released, and mends it, as far as one go can, when Fix is set.
	Drift(ctx context.Context, request DriftRequest) ([]ledger.DriftReport, error)
	// Images finds the golden images of a service that nobody needs any more, and deletes them when Delete is set.
	Images(ctx context.Context, request ImagesRequest) (Images, error)
}

// A RollbackRequest asks to go back.
type RollbackRequest struct {
	// Reference is the release, or the service, to go back in.
	Reference Reference `json:"reference"`
	// To is the version to return to, or the id of a promoted release that
	// made it. Empty: the version that was stable before the present one.
	To string `json:"to,omitempty"`
	// By is who asks, and Reason why.
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// Started says which release was started, or is being aborted.
type Started struct {
	// ID is the release's id.
	ID          string `json:"id"`
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Execution is the ARN of the execution that runs the release.
	Execution string `json:"execution"`
	// Artifact is what is released.
	Artifact release.Artifact `json:"artifact"`
	// Aborting: the release was running already, and was told to go back.
	Aborting bool `json:"aborting,omitempty"`
	// Notes are what the person should know, such as a missing check.
	Notes []string `json:"notes,omitempty"`
}

// A Filter chooses releases. Its zero value chooses the newest of all services.
type Filter struct {
	// Service and Environment choose only theirs, when not empty.
	Service     string `json:"service,omitempty"`
	Environment string `json:"environment,omitempty"`
	// Running leaves out releases that have an outcome.
	Running bool `json:"running,omitempty"`
	// Limit is how many releases at most, 1–100; 0 is 20.
	Limit int `json:"limit,omitempty"`
}
