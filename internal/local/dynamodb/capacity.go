package dynamodb

import "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"

// A Capacity is what DynamoDB would charge for, in request units: a strongly
// consistent read of up to 4 KB, or a write of up to 1 KB. A transaction takes twice as much.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
type Capacity struct{ Read, Write int }

const (
	readUnit  = 4 << 10
	writeUnit = 1 << 10
)

// units is how many of that size are needed; what is not there takes one, too.
func units(size, unit int) int { return max(1, (size+unit-1)/unit) }

// meter tells Options.Consumed, if there is one.
func (s *Service) meter(used Capacity) {
	if s.consumed != nil {
		s.consumed(used)
	}
}

// meterWrites counts attempted writes, whether or not they were made: the larger
// of the items before and after each.
func (s *Service) meterWrites(writes []*write, times int) {
	if s.consumed == nil {
		return
	}
	used := 0
	for _, w := range writes {
		used += units(max(attribute.ItemSize(w.old), attribute.ItemSize(w.new)), writeUnit)
	}
	s.meter(Capacity{Write: times * used})
}
