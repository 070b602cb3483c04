package imagebuilder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// serve answers one call of the SDK: through the interceptor, with errors wrapped as the SDK wraps them, and one at a time.
func serve[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "imagebuilder:"+operation, func(ctx context.Context) (*Out, error) {
		if err := ctx.Err(); err != nil {
			return nil, wrap(operation, &smithy.CanceledError{Err: err})
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		out, err := answer()
		if err != nil {
			return nil, wrap(operation, err)
		}
		return out, nil
	})
}

func wrap(operation string, err error) error {
	return &smithy.OperationError{ServiceID: "imagebuilder", OperationName: operation, Err: err}
}

// requested is what a call asks for, and a token that AWS allows
// (https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartImagePipelineExecution.html).
func requested(operation string, token *string, in any) (request, error) {
	if length := len(aws.ToString(token)); length < 1 || length > 64 {
		return request{}, invalid("The value supplied for parameter 'clientToken' has %d characters, and must have 1 to 64", length)
	}
	asked, err := json.Marshal(in)
	if err != nil {
		return request{}, internal(err)
	}
	sum := sha256.Sum256(asked)
	return request{Operation: operation, Token: *token, Asked: hex.EncodeToString(sum[:])}, nil
}

// repeats reports whether a call is one that made a record before; with the same token and other parameters it is a mistake.
func (r request) repeats(before request) (bool, error) {
	switch {
	case r.Operation != before.Operation || r.Token != before.Token:
		return false, nil
	case r.Asked != before.Asked:
		return false, mismatch(r.Token)
	default:
		return true, nil
	}
}

var (
	namePattern    = regexp.MustCompile(`^[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]$`)
	versionPattern = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)
	unfit          = regexp.MustCompile(`[^a-z0-9]+`)
)

// named checks a name, and a version where the resource has one.
func named(name, version *string) error {
	if !namePattern.MatchString(aws.ToString(name)) {
		return invalid("The value supplied for parameter 'name' is not valid: '%s'", aws.ToString(name))
	}
	if version != nil && !versionPattern.MatchString(*version) {
		return invalid("The value supplied for parameter 'semanticVersion' is not valid: '%s'", *version)
	}
	return nil
}

// arn names a resource: its name in lower case, with hyphens for all else.
func (s *Service) arn(kind, name string, rest ...any) string {
	arn := fmt.Sprintf("arn:aws:imagebuilder:%s:%s:%s/%s", s.options.Region, s.options.AccountID, kind, unfit.ReplaceAllString(strings.ToLower(name), "-"))
	for _, part := range rest {
		arn += fmt.Sprintf("/%v", part)
	}
	return arn
}
