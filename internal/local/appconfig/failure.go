package appconfig

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The errors of the service, in the SDK's types, with AWS's HTTP status.

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
	return respond(http.StatusNotFound, &types.ResourceNotFoundException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

func badRequest(format string, arguments ...any) error {
	return respond(http.StatusBadRequest, &types.BadRequestException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

// invalidConfiguration says what is wrong with a configuration, and where.
func invalidConfiguration(found []types.InvalidConfigurationDetail) error {
	return respond(http.StatusBadRequest, &types.BadRequestException{
		Message: aws.String("Error uploading configuration: " + aws.ToString(found[0].Location) + ": " + aws.ToString(found[0].Reason)),
		Reason:  types.BadRequestReasonInvalidConfiguration,
		Details: &types.BadRequestDetailsMemberInvalidConfiguration{Value: found},
	})
}

func conflict(format string, arguments ...any) error {
	return respond(http.StatusConflict, &types.ConflictException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

// unsupported refuses what AWS can do and this package can't.
func unsupported(what string) error { return badRequest("The local AppConfig does not have %s.", what) }

func internal(err error) error {
	return respond(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalServerException", Message: err.Error(), Fault: smithy.FaultServer})
}
