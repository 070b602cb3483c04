package lambda_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// denied is how AWS answers a call that the role's policy does not allow.
func denied(action string) error {
	return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized to perform: " + action, Fault: smithy.FaultClient}
}

// answered is an error that came with an HTTP status and no code.
func answered(status int) error {
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: errors.New(http.StatusText(status))}
}

// TestErrors: what may work in a moment is transient, and nothing else is.
func TestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		kind release.Kind
	}{
		{"throttled", &types.TooManyRequestsException{}, release.KindTransient},
		{"a fault of AWS", &types.ServiceException{}, release.KindTransient},
		{"any other fault of AWS", &smithy.GenericAPIError{Code: "Whatever", Fault: smithy.FaultServer}, release.KindTransient},
		{"bad gateway", answered(http.StatusBadGateway), release.KindTransient},
		{"timeout of the call", context.DeadlineExceeded, release.KindTransient},
		{"denied", denied("lambda:GetAlias"), ""},
		{"forbidden", answered(http.StatusForbidden), ""},
		{"invalid", &types.InvalidParameterValueException{}, ""},
		{"unknown", errBroken, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.fail("lambda:GetAlias", test.err)
			_, err := c.target().Split(t.Context())
			if !errors.Is(err, test.err) {
				t.Fatalf("the cause is lost: %v", err)
			}
			if kind, _ := release.KindOf(err); kind != test.kind {
				t.Errorf("kind %q, want %q: %v", kind, test.kind, err)
			}
			expectText(t, err, "lambda: read alias echo:live")
		})
	}
}

// TestErrorsOfACancelledHandler: AWS has nothing to do with it.
func TestErrorsOfACancelledHandler(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.target().Split(ctx)
	if kind, _ := release.KindOf(err); !errors.Is(err, context.Canceled) || kind != "" {
		t.Errorf("got kind %q: %v", kind, err)
	}
}

// TestEveryCallHasADeadline: no call can use up a handler's whole time.
func TestEveryCallHasADeadline(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	calls := 0
	check := func(ctx context.Context) error {
		calls++
		if _, ok := ctx.Deadline(); !ok {
			t.Error("a call has no deadline")
		}
		return nil
	}
	for _, operation := range []string{"lambda:GetFunction", "lambda:UpdateFunctionCode", "lambda:PublishVersion", "lambda:GetAlias", "lambda:UpdateAlias", "lambda:InvokeFunction", "s3:GetObject"} {
		c.next(operation, check)
	}
	target := c.target()
	done, err := target.Bake(t.Context())
	if err != nil || !done {
		t.Fatal(done, err)
	}
	version, _, err := target.Deploy(t.Context(), "1")
	must(t, err)
	must(t, target.Verify(t.Context(), version))
	_, err = target.Shift(t.Context(), release.Pure(version), mine(stable))
	must(t, err)
	if calls != 7 {
		t.Errorf("looked at %d calls, want 7", calls)
	}
}

// expectText wants a part in an error's text.
func expectText(t *testing.T, err error, part string) {
	t.Helper()
	kind, _ := release.KindOf(err)
	expectKind(t, err, kind, part)
}
