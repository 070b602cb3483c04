package cloudwatch

import (
	"fmt"

	"github.com/aws/smithy-go"
)

// validationError is CloudWatch's answer to a request that cannot be. It has
// no type in the SDK; only its code tells.
func validationError(format string, arguments ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationError", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient}
}
