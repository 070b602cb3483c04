package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/expression"
)

// A read is one item that a request asks for.
type read struct {
	table      *table
	key        key
	projection *expression.Projection
	scope      expression.Scope
}

func (s *Service) prepareRead(name *string, given attribute.Item, projection *string, names map[string]string) (read, error) {
	t, err := s.table(name)
	if err != nil {
		return read{}, err
	}
	out := read{table: t}
	if out.key, err = t.keyOf(given); err != nil {
		return read{}, err
	}
	r := s.request(names, nil)
	out.projection, out.scope = r.projection(projection), r.scope
	return out, r.check()
}

// read copies the items at one moment; nil for those that do not exist. Each unit
// of them takes times request units.
func (s *Service) read(reads []read, times int) ([]attribute.Item, error) {
	items := make([]attribute.Item, len(reads))
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i, r := range reads {
		if s.tables[r.table.Name] != r.table {
			return nil, errNoTable()
		}
		found := r.table.get(r.key)
		s.meter(Capacity{Read: times * units(found.size, readUnit)})
		if found.item != nil {
			items[i] = projected(found.item, r.projection, r.scope)
		}
	}
	return items, nil
}

// projected copies an item, or those parts of it that an optional projection names.
func projected(item attribute.Item, projection *expression.Projection, scope expression.Scope) attribute.Item {
	if projection == nil {
		return attribute.CopyItem(item)
	}
	return projection.Of(item, scope)
}

// GetItem reads an item; Item is nil when there is none.
func (s *Service) GetItem(ctx context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return call(ctx, s, "GetItem", in, s.getItem)
}

func (s *Service) getItem(in *dynamodb.GetItemInput) (*dynamodb.GetItemOutput, error) {
	if err := refuse(unsupported{"AttributesToGet", in.AttributesToGet != nil}); err != nil {
		return nil, err
	}
	r, err := s.prepareRead(in.TableName, in.Key, in.ProjectionExpression, in.ExpressionAttributeNames)
	if err != nil {
		return nil, err
	}
	items, err := s.read([]read{r}, single)
	if err != nil {
		return nil, err
	}
	return &dynamodb.GetItemOutput{Item: items[0]}, nil
}
