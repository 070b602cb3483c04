package appconfig

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// The errors of the service, in the SDK's types, with AWS's HTTP status.

func notFound(format string, arguments ...any) error {
	return reply.Failure(http.StatusNotFound, &types.ResourceNotFoundException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

func badRequest(format string, arguments ...any) error {
	return reply.Failure(http.StatusBadRequest, &types.BadRequestException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

// invalidConfiguration says what is wrong with a configuration, and where.
func invalidConfiguration(found []types.InvalidConfigurationDetail) error {
	return reply.Failure(http.StatusBadRequest, &types.BadRequestException{
		Message: aws.String("Error uploading configuration: " + aws.ToString(found[0].Location) + ": " + aws.ToString(found[0].Reason)),
		Reason:  types.BadRequestReasonInvalidConfiguration,
		Details: &types.BadRequestDetailsMemberInvalidConfiguration{Value: found},
	})
}

func conflict(format string, arguments ...any) error {
	return reply.Failure(http.StatusConflict, &types.ConflictException{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

// tooLarge refuses content of more bytes than a configuration may have.
func tooLarge(limit, size int) error {
	return reply.Failure(http.StatusRequestEntityTooLarge, &types.PayloadTooLargeException{
		Message: aws.String(fmt.Sprintf("The configuration has %d bytes, more than %d.", size, limit)),
		Limit:   float32(limit) / 1024, Size: float32(size) / 1024, Measure: types.BytesMeasureKilobytes,
	})
}

// exceeded says that there are as many of something as an account may have.
func exceeded(most int, what string) error {
	return reply.Failure(http.StatusPaymentRequired, &types.ServiceQuotaExceededException{Message: aws.String(fmt.Sprintf("The limit of %d %s is reached.", most, what))})
}

// unsupported refuses what AWS can do and this package can't.
func unsupported(what string) error { return badRequest("The local AppConfig does not have %s.", what) }

func internal(err error) error {
	return reply.Failure(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalServerException", Message: err.Error(), Fault: smithy.FaultServer})
}
