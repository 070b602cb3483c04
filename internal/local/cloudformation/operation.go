package cloudformation

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// serve answers one call of the SDK: through the interceptor, with errors wrapped
// as the SDK wraps them.
func serve[Out any](ctx context.Context, s *Service, operation string, answer func(context.Context) (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudformation:"+operation, func(ctx context.Context) (*Out, error) {
		if err := ctx.Err(); err != nil {
			return nil, wrap(operation, &smithy.CanceledError{Err: err})
		}
		out, err := answer(ctx)
		if err != nil {
			return nil, wrap(operation, err)
		}
		return out, nil
	})
}

// locked is serve with s.mu held.
func locked[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return serve(ctx, s, operation, func(context.Context) (*Out, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return answer()
	})
}

func wrap(operation string, err error) error {
	return &smithy.OperationError{ServiceID: "CloudFormation", OperationName: operation, Err: err}
}

func invalid(format string, arguments ...any) error {
	return reply.Failure(http.StatusBadRequest, &smithy.GenericAPIError{Code: "ValidationError", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient})
}

// unsupported refuses what AWS offers and this service doesn't.
func unsupported(format string, arguments ...any) error {
	return invalid("the local CloudFormation has no %s", fmt.Sprintf(format, arguments...))
}

func noStack(name string) error { return invalid("Stack with id %s does not exist", name) }

func alreadyExists(name string) error {
	return reply.Failure(http.StatusBadRequest, &types.AlreadyExistsException{Message: aws.String(fmt.Sprintf("Stack [%s] already exists", name))})
}

func tokenExists(token string) error {
	return reply.Failure(http.StatusBadRequest, &types.TokenAlreadyExistsException{Message: aws.String(fmt.Sprintf("ClientRequestToken [%s] has been used for another stack", token))})
}

func insufficient(capability types.Capability) error {
	return reply.Failure(http.StatusBadRequest, &types.InsufficientCapabilitiesException{Message: aws.String(fmt.Sprintf("Requires capabilities : [%s]", capability))})
}

func internal(err error) error {
	return reply.Failure(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "InternalFailure", Message: err.Error(), Fault: smithy.FaultServer})
}

// identifier returns a UUID that was never returned before. It is a function of
// the time and of the calls before, so that a simulation repeats itself.
func (s *Service) identifier() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", s.now().UnixNano(), s.identified.Add(1)))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made our own way (RFC 9562)
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
