package cloudwatch

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// page says which of the items [0, total) come after token, at most size of
// them, and the token of the page after them.
func page(token *string, total, size int) (from, to int, next *string, err error) {
	if token != nil {
		from, err = strconv.Atoi(*token)
		if err != nil || from < 0 || from > total {
			return 0, 0, nil, &types.InvalidNextToken{Message: aws.String("The next token " + *token + " is not valid.")}
		}
	}
	to = min(from+size, total)
	if to < total {
		next = aws.String(strconv.Itoa(to))
	}
	return from, to, next, nil
}
