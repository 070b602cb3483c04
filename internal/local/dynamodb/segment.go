package dynamodb

import (
	"hash/fnv"
	"iter"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A segment is one worker's share of a parallel scan.
type segment struct{ number, of uint32 }

// maximumSegments is the most workers of a parallel scan.
const maximumSegments = 1_000_000

// newSegment checks Segment and TotalSegments: both, or neither.
func newSegment(number, of *int32) (segment, error) {
	switch {
	case number == nil && of == nil:
		return segment{of: 1}, nil
	case number == nil:
		return segment{}, attribute.Invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case of == nil:
		return segment{}, attribute.Invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case *of < 1 || *of > maximumSegments || *number < 0 || *number >= *of:
		return segment{}, attribute.Invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not less than TotalSegments: %d", *number, *of)
	}
	return segment{number: uint32(*number), of: uint32(*of)}, nil
}

func (s segment) has(partition string) bool {
	if s.of == 1 {
		return true
	}
	hash := fnv.New32a()
	hash.Write([]byte(partition))
	return hash.Sum32()%s.of == s.number
}

// after are the segment's entries behind a key, which need not exist; all of them when it is nil.
func (t *table) after(start *key, part segment) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		from := 0
		if start != nil {
			from, _ = slices.BinarySearch(t.order, start.partition)
		}
		for _, k := range t.order[from:] {
			if !part.has(k) {
				continue
			}
			p := t.partitions[k]
			entries := p.entries
			if start != nil && k == start.partition {
				at, found := p.find(start.sort)
				if found {
					at++
				}
				entries = entries[at:]
			}
			for _, e := range entries {
				if !yield(e) {
					return
				}
			}
		}
	}
}
