package apigateway

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The errors of the service, in the SDK's types, with AWS's words and HTTP status.

// respond wraps an error as the SDK does after an HTTP response with the status.
func respond(status int, err smithy.APIError) error {
	return &awshttp.ResponseError{
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}},
			Err:      err,
		},
		RequestID: "local",
	}
}

func notFound(format string, arguments ...any) error {
	return respond(http.StatusNotFound, &types.NotFoundException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

func invalid(format string, arguments ...any) error {
	return respond(http.StatusBadRequest, &types.BadRequestException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

// unsupported refuses what AWS can do and this package can't.
func unsupported(what string) error { return invalid("The local API Gateway does not have %s.", what) }

func conflict(format string, arguments ...any) error {
	return respond(http.StatusConflict, &types.ConflictException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

func tooMany(retryAfter string) error {
	return respond(http.StatusTooManyRequests, &types.TooManyRequestsException{Message: aws.String("Too Many Requests"), RetryAfterSeconds: aws.String(retryAfter)})
}

func internal(err error) error {
	return respond(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalFailure", Message: err.Error(), Fault: smithy.FaultServer})
}
