package apigateway

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// What each thing may take, so that a handler is done within a minute, beside what package lambda takes.
const (
	// preflightTimeout bounds one Preflight.
	preflightTimeout = 20 * time.Second
	// workTimeout bounds one Retire or Restore.
	workTimeout = 35 * time.Second
)

// isMissing reports that API Gateway does not know the resource.
func isMissing(err error) bool { return call.Is[*types.NotFoundException](err) }

// isRaced reports that somebody else changed the resource at the same time (409).
func isRaced(err error) bool { return call.Is[*types.ConflictException](err) }

// isUsed reports that a stage leads to a deployment that was to be deleted: API Gateway says so by a BadRequestException.
func isUsed(err error) bool { return call.Is[*types.BadRequestException](err) }

// isPresent reports that a permission is there already.
func isPresent(err error) bool { return call.Is[*lambdatypes.ResourceConflictException](err) }

// isFunctionMissing reports that AWS Lambda does not know the version, or its policy.
func isFunctionMissing(err error) bool { return call.Is[*lambdatypes.ResourceNotFoundException](err) }

// slowedDown is a throttled call's error, with the time to wait that API Gateway gives, under either of its names for that; any other error is as it was. CreateDeployment may
// be called once in five seconds by a whole account
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
func slowedDown(err error) error {
	var throttled *types.TooManyRequestsException
	var limited *types.LimitExceededException
	seconds := ""
	switch {
	case errors.As(err, &throttled):
		seconds = aws.ToString(throttled.RetryAfterSeconds)
	case errors.As(err, &limited):
		seconds = aws.ToString(limited.RetryAfterSeconds)
	}
	if seconds == "" {
		return err
	}
	return release.Fail(release.KindTransient, "API Gateway takes no more deployments of this account for now").Because(err).
		WithHint("it says that it will in %s s", seconds)
}
