package dynamodb

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// DynamoDB's limits on the batches.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const (
	maximumBatchReads  = 100
	maximumBatchWrites = 25
	maximumBatchSize   = 16 << 20
)

// BatchGetItem reads up to 100 items and 16 MB; keys beyond that come back unprocessed.
func (s *Service) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return call(ctx, s, "BatchGetItem", in, s.batchGetItem)
}

func (s *Service) batchGetItem(in *dynamodb.BatchGetItemInput) (*dynamodb.BatchGetItemOutput, error) {
	out := &dynamodb.BatchGetItemOutput{
		Responses:       map[string][]map[string]types.AttributeValue{},
		UnprocessedKeys: map[string]types.KeysAndAttributes{},
	}
	total, size := 0, 0
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		asked := in.RequestItems[name]
		if err := refuse(unsupported{"AttributesToGet", asked.AttributesToGet != nil}); err != nil {
			return nil, err
		}
		if total += len(asked.Keys); total > maximumBatchReads {
			return nil, attribute.Invalid("Too many items requested for the BatchGetItem call")
		}
		items, err := s.batchRead(name, asked)
		if err != nil {
			return nil, err
		}
		out.Responses[name] = []map[string]types.AttributeValue{}
		left := asked
		left.Keys = nil
		for i, item := range items {
			if size += attribute.ItemSize(item); size > maximumBatchSize {
				left.Keys = append(left.Keys, asked.Keys[i])
			} else if item != nil {
				out.Responses[name] = append(out.Responses[name], item)
			}
		}
		if left.Keys != nil {
			out.UnprocessedKeys[name] = left
		}
	}
	if total == 0 {
		return nil, attribute.Invalid("1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	return out, nil
}

// batchRead reads one table's items; nil for those that do not exist.
func (s *Service) batchRead(name string, asked types.KeysAndAttributes) ([]attribute.Item, error) {
	reads := make([]read, len(asked.Keys))
	seen := map[key]bool{}
	for i, given := range asked.Keys {
		r, err := s.prepareRead(&name, given, asked.ProjectionExpression, asked.ExpressionAttributeNames)
		if err != nil {
			return nil, err
		}
		if seen[r.key] {
			return nil, errDuplicateKeys()
		}
		seen[r.key] = true
		reads[i] = r
	}
	return s.read(reads, single)
}

func errDuplicateKeys() error {
	return attribute.Invalid("Provided list of item keys contains duplicates")
}

// BatchWriteItem puts and deletes up to 25 items. Unlike DynamoDB's it makes all of them or none.
func (s *Service) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	return call(ctx, s, "BatchWriteItem", in, s.batchWriteItem)
}

func (s *Service) batchWriteItem(in *dynamodb.BatchWriteItemInput) (*dynamodb.BatchWriteItemOutput, error) {
	var writes []*write
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		seen := map[key]bool{}
		for _, request := range in.RequestItems[name] {
			w, err := s.prepareBatchWrite(name, request)
			if err != nil {
				return nil, err
			}
			if seen[w.key] {
				return nil, errDuplicateKeys()
			}
			seen[w.key] = true
			writes = append(writes, w)
		}
	}
	if len(writes) < 1 || len(writes) > maximumBatchWrites {
		return nil, attribute.Invalid("1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length between 1 and %d; got %d", maximumBatchWrites, len(writes))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.commit(writes, single); err != nil {
		return nil, err
	}
	return &dynamodb.BatchWriteItemOutput{UnprocessedItems: map[string][]types.WriteRequest{}}, nil
}

func (s *Service) prepareBatchWrite(name string, request types.WriteRequest) (*write, error) {
	switch {
	case request.PutRequest != nil && request.DeleteRequest == nil:
		return s.preparePut(types.Put{TableName: &name, Item: request.PutRequest.Item})
	case request.DeleteRequest != nil && request.PutRequest == nil:
		return s.prepareDelete(types.Delete{TableName: &name, Key: request.DeleteRequest.Key})
	default:
		return nil, attribute.Invalid("Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest")
	}
}
