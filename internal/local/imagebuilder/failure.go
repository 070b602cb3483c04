package imagebuilder

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

func text(format string, arguments []any) *string {
	message := fmt.Sprintf(format, arguments...)
	return &message
}

// invalid refuses a parameter.
func invalid(format string, arguments ...any) error {
	return reply.Failure(http.StatusBadRequest, &types.InvalidParameterException{Message: text(format, arguments)})
}

// impossible refuses a request that makes no sense as things are.
func impossible(format string, arguments ...any) error {
	return reply.Failure(http.StatusBadRequest, &types.InvalidRequestException{Message: text(format, arguments)})
}

// unsupported refuses what AWS can do and the local cloud can't.
func unsupported(what string) error {
	return invalid("The local Image Builder has no %s", what)
}

func notFound(what, arn string) error {
	return reply.Failure(http.StatusNotFound, &types.ResourceNotFoundException{Message: text("The %s %s does not exist", []any{what, arn})})
}

func exists(arn string) error {
	return reply.Failure(http.StatusBadRequest, &types.ResourceAlreadyExistsException{Message: text("%s already exists", []any{arn})})
}

func mismatch(token string) error {
	return reply.Failure(http.StatusBadRequest, &types.IdempotentParameterMismatchException{
		Message: text("The client token %s was used with other parameters before", []any{token}),
	})
}

func internal(err error) error {
	return reply.Failure(http.StatusInternalServerError, &types.ServiceException{Message: text("%v", []any{err})})
}
