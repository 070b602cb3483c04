package transient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/goldfinch-dev/goldfinch/internal/transient"
)

func TestWhatMayWorkInAMoment(t *testing.T) {
	t.Parallel()
	api := func(code string, fault smithy.ErrorFault) error {
		return &smithy.GenericAPIError{Code: code, Message: "no", Fault: fault}
	}
	status := func(code int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: errors.New("no")}
	}
	tests := map[string]struct {
		err  error
		want bool
	}{
		"nothing":                 {nil, false},
		"throttling":              {api("ThrottlingException", smithy.FaultUnknown), true},
		"DynamoDB's throttling":   {api("ProvisionedThroughputExceededException", smithy.FaultClient), true},
		"Lambda's throttling":     {&types.TooManyRequestsException{Message: aws.String("slower")}, true},
		"AWS's own fault":         {api("SomethingBroke", smithy.FaultServer), true},
		"a status of AWS's fault": {status(http.StatusBadGateway), true},
		"a timeout":               {fmt.Errorf("call: %w", context.DeadlineExceeded), true},
		"a failed connection":     {&smithyhttp.RequestSendError{Err: io.ErrUnexpectedEOF}, true},
		"denied":                  {api("AccessDeniedException", smithy.FaultUnknown), false},
		"a status of denial":      {status(http.StatusForbidden), false},
		"missing":                 {&types.ResourceNotFoundException{Message: aws.String("no function")}, false},
		"wrong":                   {api("ValidationException", smithy.FaultClient), false},
		"not AWS's":               {errors.New("decode"), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := transient.Is(test.err); got != test.want {
				t.Errorf("%v: %t, want %t", test.err, got, test.want)
			}
		})
	}
}
