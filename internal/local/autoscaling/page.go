package autoscaling

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

// Pages have as many records as the caller asks, 50 if he doesn't, and at most 100.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html
const (
	usualPage   = 50
	largestPage = 100
)

// tokenPrefix begins every NextToken; what follows is how many items came before.
const tokenPrefix = "local-page-"

// page returns the items behind the token, and the token of the next page, or nil.
func page[T any](items []T, token *string, limit *int32) ([]T, *string, error) {
	size := usualPage
	if limit != nil {
		size = int(*limit)
	}
	if size < 1 || size > largestPage {
		return nil, nil, validation("The maxRecords must be from 1 to %d", largestPage)
	}
	start := 0
	if token != nil {
		digits, ours := strings.CutPrefix(*token, tokenPrefix)
		number, err := strconv.Atoi(digits)
		if !ours || err != nil || number < 0 {
			return nil, nil, reply.Failure(http.StatusBadRequest, &types.InvalidNextToken{Message: aws.String("The token '" + *token + "' is invalid")})
		}
		start = min(number, len(items))
	}
	items = items[start:]
	if len(items) <= size {
		return items, nil, nil
	}
	return items[:size], aws.String(tokenPrefix + strconv.Itoa(start+size)), nil
}
