package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// CreateTableInput describes the ledger's table of that name, billed per request.
func CreateTableInput(table string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   &table,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
	}
}

// An item is what the table keeps, keys included.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func truth(b bool) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: b} }

// stringOf returns a string attribute, "" when it is none.
func stringOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// integerOf returns a number attribute, 0 when it is absent.
func integerOf(v types.AttributeValue) (int64, error) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0, nil
	}
	return strconv.ParseInt(n.Value, 10, 64)
}

// encode writes a value as the table keeps it.
func encode(value any) (string, error) {
	var out strings.Builder
	if err := json.NewEncoder(&out).Encode(value); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// valued makes an item of a key and a value that encode has written.
func valued(k key, value string) item {
	out := k.item()
	out["value"] = text(value)
	return out
}

// valueOf reads the value of an item that valued made.
func valueOf[V any](from item) (V, error) { return read[V](keyOf(from), stringOf(from["value"])) }

// read reads what encode has written for the item of that key.
func read[V any](k key, text string) (value V, err error) {
	if err := decode(text, &value); err != nil {
		return value, fmt.Errorf("decode %s: %w", k, err)
	}
	return value, nil
}

// decode reads what encode has written. It is the ledger's most frequent work, so it is
// done by the successor of encoding/json, which takes a third of the time.
func decode(text string, into any) error {
	return jsonv2.UnmarshalRead(strings.NewReader(text), into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// valuesOf reads the values of items that valued made.
func valuesOf[V any](from []item) ([]V, error) {
	out := make([]V, 0, len(from))
	for _, i := range from {
		value, err := valueOf[V](i)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	return out, nil
}

// get reads one item, or only the attributes of those names; nil when there is none.
func (l *Ledger) get(ctx context.Context, k key, names ...string) (item, error) {
	in := &dynamodb.GetItemInput{TableName: &l.table, Key: k.item(), ConsistentRead: aws.Bool(true)}
	if len(names) > 0 {
		in.ProjectionExpression = aws.String("#" + strings.Join(names, ", #"))
		in.ExpressionAttributeNames = placeholders(names...)
	}
	out, err := l.api.GetItem(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// A listing asks for the items of one partition.
type listing struct {
	// partition and prefix are the partition key, and what the sort keys begin with; an empty prefix is all of them.
	partition, prefix string
	// backward begins with the greatest sort key.
	backward bool
	// limit is how many items are read at most; 0: all.
	limit int
	// pending leaves out items that were consumed.
	pending bool
	// containing leaves out items whose value does not contain that text; empty: none.
	containing string
}

// list reads items in the order of their sort keys, page by page.
func (l *Ledger) list(ctx context.Context, of listing) ([]item, error) {
	in := &dynamodb.QueryInput{
		TableName:                 &l.table,
		KeyConditionExpression:    aws.String("pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(of.partition)},
		ScanIndexForward:          aws.Bool(!of.backward),
		ConsistentRead:            aws.Bool(true),
	}
	if of.prefix != "" {
		in.KeyConditionExpression = aws.String("pk = :pk AND begins_with(sk, :prefix)")
		in.ExpressionAttributeValues[":prefix"] = text(of.prefix)
	}
	if of.pending {
		in.FilterExpression = aws.String("attribute_not_exists(#consumed)")
		in.ExpressionAttributeNames = l.names.consumed
	}
	if of.containing != "" {
		in.FilterExpression = aws.String("contains(#value, :containing)")
		in.ExpressionAttributeNames = l.names.value
		in.ExpressionAttributeValues[":containing"] = text(of.containing)
	}
	if of.limit > 0 {
		in.Limit = aws.Int32(int32(min(of.limit, 1000)))
	}
	var items []item
	for {
		out, err := l.api.Query(ctx, in)
		if err != nil {
			return nil, err
		}
		items = append(items, out.Items...)
		if of.limit > 0 && len(items) >= of.limit {
			return items[:of.limit], nil
		}
		if out.LastEvaluatedKey == nil {
			return items, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// placeholders maps "#name" to each name: many of ours are DynamoDB's reserved words.
func placeholders(names ...string) map[string]string {
	out := make(map[string]string, len(names))
	for _, name := range names {
		out["#"+name] = name
	}
	return out
}

// transact makes all actions or none. lost are the indices of the actions
// whose conditions failed; none was made then. An empty requestToken makes every call another transaction.
func (l *Ledger) transact(ctx context.Context, requestToken string, actions ...types.TransactWriteItem) (lost []int, err error) {
	in := &dynamodb.TransactWriteItemsInput{TransactItems: actions}
	if requestToken != "" {
		in.ClientRequestToken = &requestToken
	}
	_, err = l.api.TransactWriteItems(ctx, in)
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return nil, err
	}
	conflict := false
	for i, reason := range cancelled.CancellationReasons {
		switch aws.ToString(reason.Code) {
		case "ConditionalCheckFailed":
			lost = append(lost, i)
		case "TransactionConflict":
			conflict = true
		}
	}
	switch {
	case lost != nil:
		return lost, nil
	case conflict:
		return nil, release.Fail(release.KindTransient, "another transaction was changing the same items").Because(err)
	default:
		return nil, err
	}
}

// conditionFailed reports whether err says that a write's condition was not met.
func conditionFailed(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

func (l *Ledger) putAction(i item, condition string) types.TransactWriteItem {
	put := &types.Put{TableName: &l.table, Item: i}
	if condition != "" {
		put.ConditionExpression = &condition
	}
	return types.TransactWriteItem{Put: put}
}

func (l *Ledger) deleteAction(k key) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: &l.table, Key: k.item()}}
}
