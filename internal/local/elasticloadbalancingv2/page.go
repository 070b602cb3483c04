package elasticloadbalancingv2

import "github.com/aws/aws-sdk-go-v2/aws"

// pageSize is the most that a description has at once:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html
const pageSize = 400

// page returns the items behind the marker, at most size of them, and the marker
// of the next page or nil. A marker is the key of the last item before.
func page[T any](items []T, key func(T) string, marker *string, size *int32) ([]T, *string, error) {
	limit := pageSize
	if size != nil {
		if *size < 1 || *size > pageSize {
			return nil, nil, invalid("Page size '%d' must be between 1 and %d", *size, pageSize)
		}
		limit = int(*size)
	}
	if marker != nil {
		start := -1
		for i, item := range items {
			if key(item) == *marker {
				start = i + 1
				break
			}
		}
		if start < 0 {
			return nil, nil, invalid("Marker '%s' is not valid", *marker)
		}
		items = items[start:]
	}
	if len(items) <= limit {
		return items, nil, nil
	}
	return items[:limit], aws.String(key(items[limit-1])), nil
}
