package appconfig

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// longestPage is how many items a list has at most, and without MaxResults.
const longestPage = 50

// below are the records whose keys begin with prefix, in the order of their keys.
func below[V any](records map[string]V, prefix string) []V {
	var values []V
	for _, key := range slices.Sorted(maps.Keys(records)) {
		if strings.HasPrefix(key, prefix) {
			values = append(values, records[key])
		}
	}
	return values
}

// page cuts out of all values those from a token on, which is where a page before ended; next is nil on the last page.
func page[V any](all []V, most *int32, token *string) (values []V, next *string, err error) {
	length := longestPage
	if most != nil {
		if *most < 1 || *most > longestPage {
			return nil, nil, badRequest("MaxResults must be between 1 and %d.", longestPage)
		}
		length = int(*most)
	}
	begin := 0
	if token != nil {
		if begin, err = strconv.Atoi(*token); err != nil || begin < 0 || begin > len(all) {
			return nil, nil, badRequest("Invalid NextToken.")
		}
	}
	end := min(begin+length, len(all))
	if end < len(all) {
		next = aws.String(strconv.Itoa(end))
	}
	return all[begin:end], next, nil
}

// optional is nil for an empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
