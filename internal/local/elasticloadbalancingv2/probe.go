package elasticloadbalancingv2

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// errNoAddress: the instance of a target isn't there.
var errNoAddress = errors.New("the instance has no address")

// An unexpectedStatus is the answer of a target that did not pass a check.
type unexpectedStatus int

func (u unexpectedStatus) Error() string {
	return fmt.Sprintf("Health checks failed with these codes: [%d]", int(u))
}

// probe asks a target by HTTP as the load balancer's health checks do: GET, on a
// connection of its own, following no redirect.
func probe(ctx context.Context, address string, check Check) error {
	passing, err := statuses(check.Statuses)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+check.Path, nil)
	if err != nil {
		return err
	}
	request.Close = true
	request.Header.Set("User-Agent", "ELB-HealthChecker/2.0")
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if !passing(response.StatusCode) {
		return unexpectedStatus(response.StatusCode)
	}
	return nil
}

// statuses reads a matcher: "200", "200,202" or "200-299", from 200 to 499.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
func statuses(matcher string) (passes func(status int) bool, err error) {
	var ranges [][2]int
	for part := range strings.SplitSeq(matcher, ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		low, lowErr := strconv.Atoi(from)
		high, highErr := strconv.Atoi(to)
		if lowErr != nil || highErr != nil || low < 200 || high > 499 || low > high {
			return nil, fmt.Errorf("'%s' is neither a status from 200 to 499 nor a range of them", part)
		}
		ranges = append(ranges, [2]int{low, high})
	}
	return func(status int) bool {
		for _, r := range ranges {
			if status >= r[0] && status <= r[1] {
				return true
			}
		}
		return false
	}, nil
}

// reasonOf tells why a check failed in AWS's words.
func reasonOf(err error) (types.TargetHealthReasonEnum, string) {
	if _, ok := errors.AsType[unexpectedStatus](err); ok {
		return types.TargetHealthReasonEnumResponseCodeMismatch, err.Error()
	}
	if timedOut(err) {
		return types.TargetHealthReasonEnumTimeout, "Request timed out"
	}
	return types.TargetHealthReasonEnumFailedHealthChecks, "Health checks failed"
}

func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}
