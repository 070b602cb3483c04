package ec2

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// tokenPrefix begins every NextToken; what follows is how many items came before.
const tokenPrefix = "local-page-"

// page returns the items behind the token, at most limit of them, and the token
// of the next page, or nil.
func page[T any](items []T, token *string, limit *int32) ([]T, *string, error) {
	start := 0
	if token != nil {
		digits, ours := strings.CutPrefix(*token, tokenPrefix)
		number, err := strconv.Atoi(digits)
		if !ours || err != nil || number < 0 {
			return nil, nil, invalid("The token '%s' is invalid", *token)
		}
		start = min(number, len(items))
	}
	items = items[start:]
	if limit == nil || int(*limit) >= len(items) {
		return items, nil, nil
	}
	if *limit < 1 {
		return nil, nil, invalid("Value ( %d ) for parameter maxResults is invalid.", *limit)
	}
	return items[:*limit], aws.String(tokenPrefix + strconv.Itoa(start+int(*limit))), nil
}
