package lambda

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// The errors of the service, in the SDK's types, with AWS's words and HTTP status.

func sprintf(format string, arguments []any) *string {
	return aws.String(fmt.Sprintf(format, arguments...))
}

func notFound(format string, arguments ...any) error {
	return reply.Failure(http.StatusNotFound, &types.ResourceNotFoundException{Message: sprintf(format, arguments), Type: aws.String("User")})
}

func functionNotFound(arn string) error { return notFound("Function not found: %s", arn) }

func aliasNotFound(arn string) error { return notFound("Cannot find alias arn: %s", arn) }

func conflict(format string, arguments ...any) error {
	return reply.Failure(http.StatusConflict, &types.ResourceConflictException{Message: sprintf(format, arguments), Type: aws.String("User")})
}

func invalid(format string, arguments ...any) error {
	return reply.Failure(http.StatusBadRequest, &types.InvalidParameterValueException{Message: sprintf(format, arguments), Type: aws.String("User")})
}

func staleRevision(call string) error {
	return reply.Failure(http.StatusPreconditionFailed, &types.PreconditionFailedException{
		Message: sprintf("The Revision Id provided does not match the latest Revision Id. Call the %s API to retrieve the latest Revision Id", []any{call}),
		Type:    aws.String("User"),
	})
}

func throttled() error {
	return reply.Failure(http.StatusTooManyRequests, &types.TooManyRequestsException{
		Message:           aws.String("Rate Exceeded."),
		Reason:            types.ThrottleReasonConcurrentInvocationLimitExceeded,
		RetryAfterSeconds: aws.String("1"),
		Type:              aws.String("User"),
	})
}

func tooLarge(size, limit int) error {
	return reply.Failure(http.StatusRequestEntityTooLarge, &types.RequestTooLargeException{
		Message: sprintf("Request must be smaller than %d bytes for the InvokeFunction operation; it has %d", []any{limit, size}),
		Type:    aws.String("User"),
	})
}

func notJSON() error {
	return reply.Failure(http.StatusBadRequest, &types.InvalidRequestContentException{
		Message: aws.String("Could not parse request body into json"),
		Type:    aws.String("User"),
	})
}

func provisionedNotFound() error {
	return reply.Failure(http.StatusNotFound, &types.ProvisionedConcurrencyConfigNotFoundException{
		Message: aws.String("No Provisioned Concurrency Config found for this function"),
		Type:    aws.String("User"),
	})
}

func internal(err error) error {
	return reply.Failure(http.StatusInternalServerError, &types.ServiceException{Message: aws.String(err.Error()), Type: aws.String("Service")})
}
