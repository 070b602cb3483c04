package lambda

import "github.com/aws/aws-sdk-go-v2/aws"

// pageSize is the most that a list returns at once, whatever the caller asks:
// https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html
const pageSize = 50

// page returns the items behind marker, at most limit of them, and the marker of
// the next page or nil. Items are in the order of their keys.
func page[T any](items []T, key func(T) string, marker *string, limit *int32) ([]T, *string) {
	size := pageSize
	if limit != nil && *limit > 0 && int(*limit) < pageSize {
		size = int(*limit)
	}
	start := 0
	for marker != nil && start < len(items) && key(items[start]) <= *marker {
		start++
	}
	items = items[start:]
	if len(items) <= size {
		return items, nil
	}
	return items[:size], aws.String(key(items[size-1]))
}
