package dynamodb

import (
	"context"
	"iter"
	"sort"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/expression"
)

// Query reads items of one partition in the order of their sort keys, at most 1 MB or Limit of them.
func (s *Service) Query(ctx context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return call(ctx, s, "Query", in, s.query)
}

func (s *Service) query(in *dynamodb.QueryInput) (*dynamodb.QueryOutput, error) {
	err := refuse(unsupported{"AttributesToGet", in.AttributesToGet != nil}, unsupported{"KeyConditions", in.KeyConditions != nil},
		unsupported{"QueryFilter", in.QueryFilter != nil}, unsupported{"ConditionalOperator", in.ConditionalOperator != ""})
	if err != nil {
		return nil, err
	}
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, err
	}
	if in.IndexName != nil {
		return nil, errNoIndex(*in.IndexName)
	}
	if in.KeyConditionExpression == nil {
		return nil, attribute.Invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	chosen, err := prepareSelection(in.Limit, in.Select, in.ProjectionExpression)
	if err != nil {
		return nil, err
	}
	r := s.request(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	condition := r.condition("KeyConditionExpression", in.KeyConditionExpression)
	chosen.filter = r.condition("FilterExpression", in.FilterExpression)
	chosen.projection = r.projection(in.ProjectionExpression)
	chosen.scope = r.scope
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := chosen.checkFilter(t.Key); err != nil {
		return nil, err
	}
	within, err := t.sortRange(condition, r.scope)
	if err != nil {
		return nil, err
	}
	forward := in.ScanIndexForward == nil || *in.ScanIndexForward
	if in.ExclusiveStartKey != nil {
		if err := within.startAfter(t, in.ExclusiveStartKey, forward); err != nil {
			return nil, err
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.tables[t.Name] != t {
		return nil, errNoTable()
	}
	found := chosen.read(t.Key, within.entries(t, forward))
	s.meter(Capacity{Read: units(found.size, readUnit)})
	return &dynamodb.QueryOutput{Items: found.items, Count: found.count, ScannedCount: found.scanned, LastEvaluatedKey: found.last}, nil
}

func errNoIndex(name string) error {
	return attribute.Invalid("The table does not have the specified index: %s", name)
}

// A sortRange is a part of one partition: the entries whose sort keys, encoded, are
// selected by an operator and its bounds, and are behind or before some key.
type sortRange struct {
	partition string
	operator  string
	// low is the first bound or the only one, high the second.
	low, high string
	// after and before, where they are not nil, are not in the range, nor is what is beyond them.
	after, before *string
}

// isBelow reports whether a sort key is still before the range. It is true up to some key and false from there on.
func (r *sortRange) isBelow(sort string) bool {
	if r.after != nil && sort <= *r.after {
		return true
	}
	switch r.operator {
	case "=", ">=", "BETWEEN", "begins_with":
		return sort < r.low
	case ">":
		return sort <= r.low
	default:
		return false
	}
}

// isWithin reports whether a sort key is not yet behind the range. It is true up to some key and false from there on.
func (r *sortRange) isWithin(sort string) bool {
	if r.before != nil && sort >= *r.before {
		return false
	}
	switch r.operator {
	case "=", "<=":
		return sort <= r.low
	case "<":
		return sort < r.low
	case "BETWEEN":
		return sort <= r.high
	case "begins_with":
		return sort < r.low || strings.HasPrefix(sort, r.low)
	default:
		return true
	}
}

// sortRange is the range that a key condition selects.
func (t *table) sortRange(condition *expression.Condition, scope expression.Scope) (sortRange, error) {
	selected, err := condition.KeyRange(scope, t.Key.Partition.Name, t.Key.sortName())
	if err != nil {
		return sortRange{}, err
	}
	if err := t.Key.Partition.checkOperand(selected.Partition, true); err != nil {
		return sortRange{}, err
	}
	out := sortRange{partition: attribute.Ordered(selected.Partition), operator: selected.Operator}
	for i, operand := range selected.Operands {
		if err := t.Key.Sort.checkOperand(operand, false); err != nil {
			return sortRange{}, err
		}
		if i == 0 {
			out.low = attribute.Ordered(operand)
		} else {
			out.high = attribute.Ordered(operand)
		}
	}
	return out, nil
}

// checkOperand refuses what a key attribute cannot be compared with.
func (k keyAttribute) checkOperand(v attribute.Value, isPartition bool) error {
	if attribute.TypeOf(v) != k.Type {
		return attribute.Invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
	}
	return checkKeyValue(k.Name, v, isPartition)
}

// startAfter leaves out the entries up to a key, in the direction of the query.
func (r *sortRange) startAfter(t *table, start attribute.Item, forward bool) error {
	k, err := t.keyOf(start)
	if err != nil || k.partition != r.partition || r.isBelow(k.sort) || !r.isWithin(k.sort) {
		return attribute.Invalid("The provided starting key is invalid")
	}
	if forward {
		r.after = &k.sort
	} else {
		r.before = &k.sort
	}
	return nil
}

// entries are the range's, from the first or from the last.
func (r *sortRange) entries(t *table, forward bool) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		p := t.partitions[r.partition]
		if p == nil {
			return
		}
		from := sort.Search(len(p.entries), func(i int) bool { return !r.isBelow(p.entries[i].key.sort) })
		to := sort.Search(len(p.entries), func(i int) bool { return !r.isWithin(p.entries[i].key.sort) })
		for i := range to - from {
			at := from + i
			if !forward {
				at = to - 1 - i
			}
			if !yield(p.entries[at]) {
				return
			}
		}
	}
}

// Scan reads items of all partitions, at most 1 MB or Limit of them.
func (s *Service) Scan(ctx context.Context, in *dynamodb.ScanInput, _ ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	return call(ctx, s, "Scan", in, s.scan)
}

func (s *Service) scan(in *dynamodb.ScanInput) (*dynamodb.ScanOutput, error) {
	err := refuse(unsupported{"AttributesToGet", in.AttributesToGet != nil}, unsupported{"ScanFilter", in.ScanFilter != nil},
		unsupported{"ConditionalOperator", in.ConditionalOperator != ""})
	if err != nil {
		return nil, err
	}
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, err
	}
	if in.IndexName != nil {
		return nil, errNoIndex(*in.IndexName)
	}
	part, err := newSegment(in.Segment, in.TotalSegments)
	if err != nil {
		return nil, err
	}
	chosen, err := prepareSelection(in.Limit, in.Select, in.ProjectionExpression)
	if err != nil {
		return nil, err
	}
	r := s.request(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	chosen.filter = r.condition("FilterExpression", in.FilterExpression)
	chosen.projection = r.projection(in.ProjectionExpression)
	chosen.scope = r.scope
	if err := r.check(); err != nil {
		return nil, err
	}
	var start *key
	if in.ExclusiveStartKey != nil {
		k, err := t.keyOf(in.ExclusiveStartKey)
		if err != nil {
			return nil, attribute.Invalid("The provided starting key is invalid: %s", messageOf(err))
		}
		start = &k
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.tables[t.Name] != t {
		return nil, errNoTable()
	}
	found := chosen.read(t.Key, t.after(start, part))
	s.meter(Capacity{Read: units(found.size, readUnit)})
	return &dynamodb.ScanOutput{Items: found.items, Count: found.count, ScannedCount: found.scanned, LastEvaluatedKey: found.last}, nil
}
