package dynamodb

import (
	"iter"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/expression"
)

// maximumPage is the most bytes of items that one Query or Scan evaluates.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
const maximumPage = 1 << 20

// A selection is what Query and Scan have in common.
type selection struct {
	filter     *expression.Condition
	projection *expression.Projection
	scope      expression.Scope
	// limit is how many items are evaluated at most; 0: any number.
	limit int
	// countOnly: no items are returned.
	countOnly bool
}

// prepareSelection checks what Query and Scan have in common, but for the expressions.
func prepareSelection(limit *int32, selected types.Select, projection *string) (selection, error) {
	var out selection
	if limit != nil {
		if *limit < 1 {
			return out, attribute.Invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", *limit)
		}
		out.limit = int(*limit)
	}
	switch selected {
	case "", types.SelectAllAttributes, types.SelectSpecificAttributes:
	case types.SelectCount:
		out.countOnly = true
	default:
		return out, attribute.Invalid("One or more parameter values were invalid: Select type %s is not supported for tables", selected)
	}
	if projection != nil && selected != "" && selected != types.SelectSpecificAttributes {
		return out, attribute.Invalid("Cannot specify the ProjectionExpression when choosing to get %s", selected)
	}
	if projection == nil && selected == types.SelectSpecificAttributes {
		return out, attribute.Invalid("Must specify the ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	}
	return out, nil
}

// A page is what one Query or Scan returns.
type page struct {
	items          []attribute.Item
	count, scanned int32
	// size is the bytes of the items that were evaluated, returned or not.
	size int
	// last is the key to go on after; nil: there is no more.
	last attribute.Item
}

// read evaluates entries up to the limits. The service's lock must be held.
func (s selection) read(key schema, entries iter.Seq[entry]) page {
	out := page{}
	if !s.countOnly {
		out.items = []attribute.Item{}
	}
	var previous attribute.Item
	for e := range entries {
		if previous != nil && out.size+e.size > maximumPage {
			out.last = attribute.CopyItem(key.of(previous))
			return out
		}
		out.size += e.size
		previous = e.item
		out.scanned++
		if s.filter == nil || s.filter.Match(e.item, s.scope) {
			out.count++
			if !s.countOnly {
				out.items = append(out.items, projected(e.item, s.projection, s.scope))
			}
		}
		if s.limit > 0 && int(out.scanned) == s.limit {
			out.last = attribute.CopyItem(key.of(e.item))
			return out
		}
	}
	return out
}

// checkFilter refuses a Query's filter on the key: that belongs into its key condition.
func (s selection) checkFilter(key schema) error {
	if s.filter == nil {
		return nil
	}
	for _, name := range s.filter.Attributes(s.scope) {
		if key.isKey(name) {
			return attribute.Invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", name)
		}
	}
	return nil
}
