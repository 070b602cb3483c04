package ec2

import (
	"fmt"
	"net/http"

	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// The SDK has no types for EC2's errors, only their codes.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html

// respond is an error as the SDK returns it after an HTTP response with the status.
func respond(status int, code, format string, arguments ...any) error {
	return reply.Failure(status, &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(format, arguments...), Fault: fault(status)})
}

func fault(status int) smithy.ErrorFault {
	if status >= http.StatusInternalServerError {
		return smithy.FaultServer
	}
	return smithy.FaultClient
}

// refuse is a client's error.
func refuse(code, format string, arguments ...any) error {
	return respond(http.StatusBadRequest, code, format, arguments...)
}

func missing(parameter string) error {
	return refuse("MissingParameter", "The request must contain the parameter %s", parameter)
}

func invalid(format string, arguments ...any) error {
	return refuse("InvalidParameterValue", format, arguments...)
}

// unsupported refuses what AWS can do and the local cloud can't.
func unsupported(what string) error {
	return refuse("UnsupportedOperation", "The local EC2 has no %s", what)
}

func mismatch() error {
	return refuse("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
}

func wouldSucceed() error {
	return respond(http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}

func internal(err error) error {
	return respond(http.StatusInternalServerError, "InternalError", "%v", err)
}
