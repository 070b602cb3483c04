package elasticloadbalancingv2

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// The errors of the service, in the SDK's types and with AWS's words.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html

func refuse(err smithy.APIError) error { return reply.Failure(http.StatusBadRequest, err) }

func sprintf(format string, arguments []any) *string {
	return aws.String(fmt.Sprintf(format, arguments...))
}

func invalid(format string, arguments ...any) error {
	return refuse(&smithy.GenericAPIError{Code: "ValidationError", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient})
}

// unsupported refuses what AWS offers and this service doesn't.
func unsupported(format string, arguments ...any) error {
	return invalid("the local load balancer has no %s", fmt.Sprintf(format, arguments...))
}

func misconfigured(format string, arguments ...any) error {
	return refuse(&types.InvalidConfigurationRequestException{Message: sprintf(format, arguments)})
}

func notPermitted(format string, arguments ...any) error {
	return refuse(&types.OperationNotPermittedException{Message: sprintf(format, arguments)})
}

func inUse(format string, arguments ...any) error {
	return refuse(&types.ResourceInUseException{Message: sprintf(format, arguments)})
}

func loadBalancerNotFound(name string) error {
	return refuse(&types.LoadBalancerNotFoundException{Message: sprintf("Load balancer '%s' not found", []any{name})})
}

func targetGroupNotFound(name string) error {
	return refuse(&types.TargetGroupNotFoundException{Message: sprintf("Target group '%s' not found", []any{name})})
}

func listenerNotFound(arn string) error {
	return refuse(&types.ListenerNotFoundException{Message: sprintf("Listener '%s' not found", []any{arn})})
}

func ruleNotFound(arn string) error {
	return refuse(&types.RuleNotFoundException{Message: sprintf("Rule '%s' not found", []any{arn})})
}

func priorityInUse(priority int32) error {
	return refuse(&types.PriorityInUseException{Message: sprintf("Priority '%d' is currently in use", []any{priority})})
}

func internal(err error) error {
	return reply.Failure(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalFailure", Message: err.Error(), Fault: smithy.FaultServer})
}
