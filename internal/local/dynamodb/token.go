package dynamodb

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// What DynamoDB promises of a ClientRequestToken.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const (
	// tokenLifetime is for how long the same token is the same transaction.
	tokenLifetime      = 10 * time.Minute
	maximumTokenLength = 36
)

// A token makes one transaction out of several equal requests.
type token struct {
	text string
	// digest is kept in memory alone, and nobody chooses what collides: a quick one will do.
	digest uint64
}

// newToken digests the request; the zero token when it has none.
func (s *Service) newToken(in *dynamodb.TransactWriteItemsInput) (token, error) {
	if in.ClientRequestToken == nil {
		return token{}, nil
	}
	if n := len(*in.ClientRequestToken); n < 1 || n > maximumTokenLength {
		return token{}, attribute.Invalid("1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length between 1 and %d; got %d", maximumTokenLength, n)
	}
	written, _ := s.transcripts.Get().(*transcript)
	if written == nil {
		written = &transcript{}
	}
	defer s.transcripts.Put(written)
	*written = (*written)[:0]
	for _, action := range in.TransactItems {
		written.action(action)
	}
	return token{text: *in.ClientRequestToken, digest: maphash.Bytes(s.tokens.seed, *written)}, nil
}

// A transcript is what a transaction asks for, as bytes that are the same for
// equal requests and for no others. It has everything of an action that is looked at.
type transcript []byte

func (t *transcript) action(action types.TransactWriteItem) {
	switch {
	case action.Put != nil:
		a := action.Put
		t.write("Put", a.TableName, a.Item, a.ConditionExpression, nil, a.ExpressionAttributeNames, a.ExpressionAttributeValues, a.ReturnValuesOnConditionCheckFailure)
	case action.Update != nil:
		a := action.Update
		t.write("Update", a.TableName, a.Key, a.ConditionExpression, a.UpdateExpression, a.ExpressionAttributeNames, a.ExpressionAttributeValues, a.ReturnValuesOnConditionCheckFailure)
	case action.Delete != nil:
		a := action.Delete
		t.write("Delete", a.TableName, a.Key, a.ConditionExpression, nil, a.ExpressionAttributeNames, a.ExpressionAttributeValues, a.ReturnValuesOnConditionCheckFailure)
	case action.ConditionCheck != nil:
		a := action.ConditionCheck
		t.write("ConditionCheck", a.TableName, a.Key, a.ConditionExpression, nil, a.ExpressionAttributeNames, a.ExpressionAttributeValues, a.ReturnValuesOnConditionCheckFailure)
	}
}

func (t *transcript) write(kind string, table *string, item attribute.Item, condition, update *string, names map[string]string, values attribute.Item, onFailure types.ReturnValuesOnConditionCheckFailure) {
	t.text(kind)
	t.text(aws.ToString(table))
	*t = attribute.AppendDistinct(*t, &types.AttributeValueMemberM{Value: item})
	t.text(aws.ToString(condition))
	t.text(aws.ToString(update))
	*t = binary.AppendUvarint(*t, uint64(len(names)))
	placeholders := make([]string, 0, len(names))
	for placeholder := range names {
		placeholders = append(placeholders, placeholder)
	}
	slices.Sort(placeholders)
	for _, placeholder := range placeholders {
		t.text(placeholder)
		t.text(names[placeholder])
	}
	*t = attribute.AppendDistinct(*t, &types.AttributeValueMemberM{Value: values})
	t.text(string(onFailure))
}

func (t *transcript) text(s string) {
	*t = append(binary.AppendUvarint(*t, uint64(len(s))), s...)
}

// tokens remembers the transactions that were made in the last ten minutes.
// Whoever calls its methods holds the service's lock.
type tokens struct {
	seed  maphash.Seed
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
