package lambda

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// What each thing may take. A handler does one Preflight and one Bake at
// most, or one of the others, so it is done within a minute, while the workflow
// gives it 90 seconds and its lease lasts longer still.
const (
	// invokeTimeout bounds one invocation of a check.
	invokeTimeout = 60 * time.Second
	// preflightTimeout bounds one Preflight.
	preflightTimeout = 20 * time.Second
	// workTimeout bounds one Bake, Deploy or Restore.
	workTimeout = 35 * time.Second
)

// isMissing reports that AWS Lambda does not know the resource.
func isMissing(err error) bool { return call.Is[*types.ResourceNotFoundException](err) }

// isBusy reports that an update, or a reference, is in the way for now (409).
func isBusy(err error) bool { return call.Is[*types.ResourceConflictException](err) }

// isOutdated reports that the RevisionId was not the present one (412).
func isOutdated(err error) bool { return call.Is[*types.PreconditionFailedException](err) }
