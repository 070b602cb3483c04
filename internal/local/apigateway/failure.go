package apigateway

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// The errors of the service, in the SDK's types, with AWS's words and HTTP status.

func notFound(format string, arguments ...any) error {
	return reply.Failure(http.StatusNotFound, &types.NotFoundException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

func invalid(format string, arguments ...any) error {
	return reply.Failure(http.StatusBadRequest, &types.BadRequestException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

// unsupported refuses what AWS can do and this package can't.
func unsupported(what string) error { return invalid("The local API Gateway does not have %s.", what) }

func conflict(format string, arguments ...any) error {
	return reply.Failure(http.StatusConflict, &types.ConflictException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

func tooMany(retryAfter string) error {
	return reply.Failure(http.StatusTooManyRequests, &types.TooManyRequestsException{Message: aws.String("Too Many Requests"), RetryAfterSeconds: aws.String(retryAfter)})
}

func internal(err error) error {
	return reply.Failure(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalFailure", Message: err.Error(), Fault: smithy.FaultServer})
}
