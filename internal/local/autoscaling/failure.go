package autoscaling

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// validation is the error that AWS has for most mistakes; the SDK has no type for it.
func validation(format string, arguments ...any) error {
	return reply.Failure(http.StatusBadRequest, &smithy.GenericAPIError{Code: "ValidationError", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient})
}

func required(field string) error {
	return validation("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", field)
}

// unsupported refuses what AWS can do and the local cloud can't.
func unsupported(what string) error { return validation("The local Auto Scaling has no %s", what) }

func alreadyExists(name string) error {
	return reply.Failure(http.StatusBadRequest, &types.AlreadyExistsFault{Message: aws.String("AutoScalingGroup by this name already exists - A group with the name " + name + " already exists")})
}

func inUse(message string) error {
	return reply.Failure(http.StatusBadRequest, &types.ResourceInUseFault{Message: &message})
}

func activityInProgress(name string) error {
	return reply.Failure(http.StatusBadRequest, &types.ScalingActivityInProgressFault{Message: aws.String("You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group: " + name)})
}

func refreshInProgress(message string) error {
	return reply.Failure(http.StatusBadRequest, &types.InstanceRefreshInProgressFault{Message: &message})
}

func noActiveRefresh(name string) error {
	return reply.Failure(http.StatusBadRequest, &types.ActiveInstanceRefreshNotFoundFault{Message: aws.String("No in progress or pending Instance Refresh found for Auto Scaling group " + name)})
}

func irreversible(message string) error {
	return reply.Failure(http.StatusBadRequest, &types.IrreversibleInstanceRefreshFault{Message: &message})
}

func internalFailure(err error) error {
	return reply.Failure(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalFailure", Message: err.Error(), Fault: smithy.FaultServer})
}
