package apigateway

import (
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	pageLength        = 25
	longestPageLength = 500
)

// sorted are the values in the order of their keys.
func sorted[V any](records map[string]V) []V {
	var values []V
	for _, key := range slices.Sorted(maps.Keys(records)) {
		values = append(values, records[key])
	}
	return values
}

// page cuts out of all values those from a position on, which is where a page before ended; next is nil on the last page.
func page[V any](all []V, limit *int32, position *string) (values []V, next *string, err error) {
	length := pageLength
	if limit != nil {
		length = min(max(int(*limit), 1), longestPageLength)
	}
	begin := 0
	if position != nil {
		if begin, err = strconv.Atoi(aws.ToString(position)); err != nil || begin < 0 || begin > len(all) {
			return nil, nil, invalid("Invalid position parameter")
		}
	}
	end := min(begin+length, len(all))
	if end < len(all) {
		next = aws.String(strconv.Itoa(end))
	}
	return all[begin:end], next, nil
}
