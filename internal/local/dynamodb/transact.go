package dynamodb

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// DynamoDB's limits on a transaction.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-transactions
const (
	maximumActions         = 100
	maximumTransactionSize = 4 << 20
	// tokenLifetime is for how long the same ClientRequestToken is the same transaction.
	tokenLifetime      = 10 * time.Minute
	maximumTokenLength = 36
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
	token, err := newToken(in)
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
	type place struct {
		table *table
		key   key
	}
	seen := map[place]bool{}
	size := 0
	writes := make([]*write, len(actions))
	for i, action := range actions {
		w, err := s.prepareAction(action)
		if err != nil {
			return nil, err
		}
		at := place{w.table, w.key}
		if seen[at] {
			return nil, attribute.Invalid("Transaction request cannot include multiple operations on one item")
		}
		seen[at] = true
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

// A token makes one transaction out of several equal requests.
type token struct {
	text   string
	digest [sha256.Size]byte
}

// newToken digests the request; the zero token when it has none.
func newToken(in *dynamodb.TransactWriteItemsInput) (token, error) {
	if in.ClientRequestToken == nil {
		return token{}, nil
	}
	if n := len(*in.ClientRequestToken); n < 1 || n > maximumTokenLength {
		return token{}, attribute.Invalid("1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length between 1 and %d; got %d", maximumTokenLength, n)
	}
	data, err := json.Marshal(in.TransactItems, json.WithMarshalers(attribute.Marshalers()), json.Deterministic(true))
	if err != nil {
		return token{}, fmt.Errorf("digest the transaction: %w", err)
	}
	return token{text: *in.ClientRequestToken, digest: sha256.Sum256(data)}, nil
}

// tokens remembers the transactions that were made in the last ten minutes.
// Whoever calls its methods holds the service's lock.
type tokens struct {
	kept  map[string]keptToken
	order []string // from the oldest
}

type keptToken struct {
	token
	at time.Time
}

// seen reports whether that transaction was made already. The token of another one is an error.
func (t *tokens) seen(given token, now time.Time) (bool, error) {
	for len(t.order) > 0 && now.Sub(t.kept[t.order[0]].at) >= tokenLifetime {
		delete(t.kept, t.order[0])
		t.order = t.order[1:]
	}
	if given.text == "" {
		return false, nil
	}
	kept, ok := t.kept[given.text]
	if ok && kept.digest != given.digest {
		return false, &types.IdempotentParameterMismatchException{
			Message: aws.String("The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical"),
		}
	}
	return ok, nil
}

func (t *tokens) keep(given token, now time.Time) {
	if given.text == "" {
		return
	}
	if t.kept == nil {
		t.kept = map[string]keptToken{}
	}
	t.kept[given.text] = keptToken{token: given, at: now}
	t.order = append(t.order, given.text)
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
