package dynamodb

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// DynamoDB's limits on a transaction.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-transactions
const (
	maximumActions         = 100
	maximumTransactionSize = 4 << 20
)

// TransactWriteItems makes up to 100 writes and checks, all or none. When one
// fails, it is a TransactionCanceledException with a reason for each, in their order.
func (s *Service) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	return call(ctx, s, "TransactWriteItems", in, s.transactWriteItems)
}

func (s *Service) transactWriteItems(in *dynamodb.TransactWriteItemsInput) (*dynamodb.TransactWriteItemsOutput, error) {
	writes, err := s.prepareActions(in.TransactItems)
	if err != nil {
		return nil, err
	}
	token, err := s.newToken(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if seen, err := s.tokens.seen(token, s.clock.Now()); seen || err != nil {
		return &dynamodb.TransactWriteItemsOutput{}, err
	}
	done, err := s.commit(writes, transactional)
	if err != nil {
		return nil, err
	}
	if !done {
		return nil, cancelled(writes)
	}
	s.tokens.keep(token, s.clock.Now())
	return &dynamodb.TransactWriteItemsOutput{}, nil
}

func (s *Service) prepareActions(actions []types.TransactWriteItem) ([]*write, error) {
	if err := checkActions(len(actions)); err != nil {
		return nil, err
	}
	size := 0
	writes := make([]*write, len(actions))
	for i, action := range actions {
		w, err := s.prepareAction(action)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(writes[:i], func(other *write) bool { return other.table == w.table && other.key == w.key }) {
			return nil, attribute.Invalid("Transaction request cannot include multiple operations on one item")
		}
		size += w.size
		writes[i] = w
	}
	if size > maximumTransactionSize {
		return nil, attribute.Invalid("The aggregate size of the items in the transaction exceeds %d bytes", maximumTransactionSize)
	}
	return writes, nil
}

func checkActions(n int) error {
	if n < 1 || n > maximumActions {
		return attribute.Invalid("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to %d, and greater than or equal to 1; got %d", maximumActions, n)
	}
	return nil
}

func (s *Service) prepareAction(action types.TransactWriteItem) (*write, error) {
	given := 0
	for _, is := range []bool{action.Put != nil, action.Update != nil, action.Delete != nil, action.ConditionCheck != nil} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, attribute.Invalid("TransactItems can only contain one of Check, Put, Update or Delete")
	case action.Put != nil:
		return s.preparePut(*action.Put)
	case action.Update != nil:
		if action.Update.UpdateExpression == nil {
			return nil, attribute.Invalid("The expression can not be null; parameter: UpdateExpression")
		}
		return s.prepareUpdate(*action.Update)
	case action.Delete != nil:
		return s.prepareDelete(*action.Delete)
	default:
		return s.prepareCheck(*action.ConditionCheck)
	}
}

// cancelled says why a transaction was not made.
func cancelled(writes []*write) error {
	reasons := make([]types.CancellationReason, len(writes))
	codes := make([]string, len(writes))
	for i, w := range writes {
		reasons[i] = reasonOf(w.failure)
		codes[i] = *reasons[i].Code
	}
	return &types.TransactionCanceledException{
		Message:             aws.String("Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]"),
		CancellationReasons: reasons,
	}
}

func reasonOf(failure error) types.CancellationReason {
	if failure == nil {
		return types.CancellationReason{Code: aws.String("None")}
	}
	var condition *types.ConditionalCheckFailedException
	if errors.As(failure, &condition) {
		return types.CancellationReason{Code: aws.String("ConditionalCheckFailed"), Message: condition.Message, Item: condition.Item}
	}
	return types.CancellationReason{Code: aws.String("ValidationError"), Message: aws.String(messageOf(failure))}
}

// TransactGetItems reads up to 100 items at one moment.
func (s *Service) TransactGetItems(ctx context.Context, in *dynamodb.TransactGetItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactGetItemsOutput, error) {
	return call(ctx, s, "TransactGetItems", in, s.transactGetItems)
}

func (s *Service) transactGetItems(in *dynamodb.TransactGetItemsInput) (*dynamodb.TransactGetItemsOutput, error) {
	if err := checkActions(len(in.TransactItems)); err != nil {
		return nil, err
	}
	reads := make([]read, len(in.TransactItems))
	for i, action := range in.TransactItems {
		if action.Get == nil {
			return nil, attribute.Invalid("TransactItems can only contain Get")
		}
		var err error
		if reads[i], err = s.prepareRead(action.Get.TableName, action.Get.Key, action.Get.ProjectionExpression, action.Get.ExpressionAttributeNames); err != nil {
			return nil, err
		}
	}
	items, err := s.read(reads, transactional)
	if err != nil {
		return nil, err
	}
	out := &dynamodb.TransactGetItemsOutput{Responses: make([]types.ItemResponse, len(items))}
	for i, item := range items {
		out.Responses[i].Item = item
	}
	return out, nil
}
