package route53

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// The errors of the service, in the SDK's types, with AWS's words and HTTP status.

func noZone(id string) error {
	return reply.Failure(http.StatusNotFound, &types.NoSuchHostedZone{Message: aws.String("No hosted zone found with ID: " + id)})
}

func noChange(id string) error {
	return reply.Failure(http.StatusNotFound, &types.NoSuchChange{Message: aws.String("Could not find resource with ID: " + id)})
}

func noHealthCheck(id string) error {
	return reply.Failure(http.StatusNotFound, &types.NoSuchHealthCheck{Message: aws.String("A health check with id " + id + " does not exist.")})
}

func invalidInput(format string, arguments ...any) error {
	return reply.Failure(http.StatusBadRequest, &types.InvalidInput{Message: aws.String(fmt.Sprintf(format, arguments...))})
}

// unsupported refuses what AWS can do and this package can't.
func unsupported(what string) error {
	return invalidInput("The local Route 53 does not have %s.", what)
}

// invalidBatch says everything that is wrong with a batch.
func invalidBatch(messages []string) error {
	return reply.Failure(http.StatusBadRequest, &types.InvalidChangeBatch{
		Message: aws.String("[" + strings.Join(messages, ", ") + "]"), Messages: messages,
	})
}

func busy() error {
	return reply.Failure(http.StatusBadRequest, &types.PriorRequestNotComplete{
		Message: aws.String("The request was rejected because Route 53 was still processing a prior request."),
	})
}

func throttled() error {
	return reply.Failure(http.StatusBadRequest, &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded", Fault: smithy.FaultClient})
}

func zoneExists(reference string) error {
	return reply.Failure(http.StatusConflict, &types.HostedZoneAlreadyExists{
		Message: aws.String("A hosted zone has already been created with the specified caller reference: " + reference),
	})
}

func healthCheckExists(reference string) error {
	return reply.Failure(http.StatusConflict, &types.HealthCheckAlreadyExists{
		Message: aws.String("The health check with caller reference " + reference + " has other settings."),
	})
}

func internal(err error) error {
	return reply.Failure(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalFailure", Message: err.Error(), Fault: smithy.FaultServer})
}
