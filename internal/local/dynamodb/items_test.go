package dynamodb_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

func get(t testing.TB, s *local.Service, pk, sk string) map[string]types.AttributeValue {
	t.Helper()
	out, err := s.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String(tableName), Key: itemKey(pk, sk)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

func TestWritesReturnWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	ctx, name := t.Context(), aws.String(tableName)
	first := item("a", "1", "n", number("1"), "m", members("x", number("1"), "y", number("2")))

	if out, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: first, ReturnValues: types.ReturnValueAllOld}); err != nil || out.Attributes != nil {
		t.Errorf("%+v, %v", out, err)
	}
	if out, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: first, ReturnValues: types.ReturnValueAllOld}); err != nil || !cmp.Equal(first, out.Attributes, ignoreUnexported) {
		t.Errorf("%+v, %v", out, err)
	}
	second := item("a", "1", "n", number("2"), "m", members("x", number("2"), "y", number("2")))
	wants := map[types.ReturnValue]map[string]types.AttributeValue{
		"":                          nil,
		types.ReturnValueNone:       nil,
		types.ReturnValueAllOld:     first,
		types.ReturnValueAllNew:     second,
		types.ReturnValueUpdatedOld: attributes("n", number("1"), "m", members("x", number("1"))),
		types.ReturnValueUpdatedNew: attributes("n", number("2"), "m", members("x", number("2"))),
	}
	for values, want := range wants {
		put(t, s, first)
		out, err := s.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: name, Key: itemKey("a", "1"), ReturnValues: values,
			UpdateExpression: aws.String("SET n = n + :one, m.x = m.x + :one"), ExpressionAttributeValues: attributes(":one", number("1"))})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.Attributes, ignoreUnexported); diff != "" {
			t.Errorf("%s (-want +got):\n%s", values, diff)
		}
	}
	if out, err := s.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: name, Key: itemKey("new", "1"), ReturnValues: types.ReturnValueUpdatedNew}); err != nil || out.Attributes != nil {
		t.Errorf("%+v, %v", out, err)
	}
	if diff := cmp.Diff(item("new", "1"), get(t, s, "new", "1"), ignoreUnexported); diff != "" {
		t.Errorf("an update of nothing (-want +got):\n%s", diff)
	}
	if out, err := s.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: name, Key: itemKey("a", "1"), ReturnValues: types.ReturnValueAllOld}); err != nil || !cmp.Equal(second, out.Attributes, ignoreUnexported) {
		t.Errorf("%+v, %v", out, err)
	}
	if out, err := s.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: name, Key: itemKey("a", "1"), ReturnValues: types.ReturnValueAllOld}); err != nil || out.Attributes != nil {
		t.Errorf("%+v, %v", out, err)
	}
	if got := get(t, s, "a", "1"); got != nil {
		t.Errorf("a deleted item is %v", got)
	}
}

func TestConditionsGuardEveryWrite(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	kept := item("a", "1", "n", number("1"))
	put(t, s, kept)
	ctx, name, condition, values := t.Context(), aws.String(tableName), aws.String("n = :n"), attributes(":n", number("2"))
	show := types.ReturnValuesOnConditionCheckFailureAllOld
	calls := map[string]func(string, types.ReturnValuesOnConditionCheckFailure) error{
		"PutItem": func(sk string, show types.ReturnValuesOnConditionCheckFailure) error {
			_, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: item("a", sk), ConditionExpression: condition, ExpressionAttributeValues: values, ReturnValuesOnConditionCheckFailure: show})
			return err
		},
		"UpdateItem": func(sk string, show types.ReturnValuesOnConditionCheckFailure) error {
			_, err := s.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: name, Key: itemKey("a", sk), UpdateExpression: aws.String("SET n = :n"), ConditionExpression: condition, ExpressionAttributeValues: values, ReturnValuesOnConditionCheckFailure: show})
			return err
		},
		"DeleteItem": func(sk string, show types.ReturnValuesOnConditionCheckFailure) error {
			_, err := s.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: name, Key: itemKey("a", sk), ConditionExpression: condition, ExpressionAttributeValues: values, ReturnValuesOnConditionCheckFailure: show})
			return err
		},
	}
	for operation, call := range calls {
		for _, test := range []struct {
			sk   string
			show types.ReturnValuesOnConditionCheckFailure
			want map[string]types.AttributeValue
		}{{"1", show, kept}, {"1", "", nil}, {"2", show, nil}} {
			err := call(test.sk, test.show)
			var failed *types.ConditionalCheckFailedException
			if !errors.As(err, &failed) || failed.ErrorMessage() != "The conditional request failed" {
				t.Errorf("%s: got %v", operation, err)
				continue
			}
			if diff := cmp.Diff(test.want, failed.Item, ignoreUnexported); diff != "" {
				t.Errorf("%s: item (-want +got):\n%s", operation, diff)
			}
		}
	}
	if diff := cmp.Diff([]map[string]types.AttributeValue{kept}, scanAll(t, s), ignoreUnexported); diff != "" {
		t.Errorf("a failed condition changed something (-want +got):\n%s", diff)
	}
}

func TestItemsAreIsolated(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	given := item("a", "1", "m", members("x", number("1")))
	put(t, s, given)
	given["m"].(*types.AttributeValueMemberM).Value["x"] = text("changed by the caller")
	got := get(t, s, "a", "1")
	got["m"].(*types.AttributeValueMemberM).Value["x"] = text("changed by the reader")
	if diff := cmp.Diff(item("a", "1", "m", members("x", number("1"))), get(t, s, "a", "1"), ignoreUnexported); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	put(t, s, item("a", "1", "n", number("1"), "big", text(strings.Repeat("x", 300<<10))))
	if _, err := s.CreateTable(t.Context(), tableInput("bytes", "B", "N")); err != nil {
		t.Fatal(err)
	}
	ctx, name := t.Context(), aws.String(tableName)
	long := func(n int) types.AttributeValue { return text(strings.Repeat("k", n)) }
	putItem := func(i map[string]types.AttributeValue) func() error {
		return func() error { _, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: i}); return err }
	}
	update := func(in dynamodb.UpdateItemInput) func() error {
		return func() error {
			in.TableName = name
			if in.Key == nil {
				in.Key = itemKey("a", "1")
			}
			_, err := s.UpdateItem(ctx, &in)
			return err
		}
	}
	getItem := func(in dynamodb.GetItemInput) func() error {
		return func() error {
			if in.TableName == nil {
				in.TableName = name
			}
			_, err := s.GetItem(ctx, &in)
			return err
		}
	}
	deleteItem := func(in dynamodb.DeleteItemInput) func() error {
		return func() error { in.TableName = name; _, err := s.DeleteItem(ctx, &in); return err }
	}
	tests := []struct {
		name string
		call func() error
		want string
	}{
		{"no partition key", putItem(attributes("sk", text("1"))), "One or more parameter values were invalid: Missing the key pk in the item"},
		{"no sort key", putItem(attributes("pk", text("1"))), "Missing the key sk in the item"},
		{"key of another type", putItem(attributes("pk", number("1"), "sk", text("1"))), "Type mismatch for key pk expected: S actual: N"},
		{"empty partition key", putItem(item("", "1")), "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		{"empty sort key", putItem(item("a", "")), "The AttributeValue for a key attribute cannot contain an empty string value. Key: sk"},
		{"empty binary key", func() error {
			_, err := s.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("bytes"), Key: attributes("pk", &types.AttributeValueMemberB{}, "sk", number("1"))})
			return err
		}, "cannot contain an empty binary value. Key: pk"},
		{"long partition key", putItem(attributes("pk", long(2049), "sk", text("1"))), "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		{"long sort key", putItem(attributes("pk", text("1"), "sk", long(1025))), "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
		{"large item", putItem(item("a", "2", "x", long(400<<10))), "Item size has exceeded the maximum allowed size"},
		{"bad value", putItem(item("a", "2", "x", number("x"))), "cannot be converted to a numeric value: x"},
		{"ReturnValues of a put", func() error {
			_, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: item("a", "2"), ReturnValues: types.ReturnValueAllNew})
			return err
		}, "ReturnValues can only be ALL_OLD or NONE"},
		{"Expected of a put", func() error {
			_, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: item("a", "2"), Expected: map[string]types.ExpectedAttributeValue{}})
			return err
		}, "Expected is not supported"},

		{"key of an update", update(dynamodb.UpdateItemInput{UpdateExpression: aws.String("SET sk = :x"), ExpressionAttributeValues: attributes(":x", text("x"))}), "Cannot update attribute sk. This attribute is part of the key"},
		{"large update", update(dynamodb.UpdateItemInput{UpdateExpression: aws.String("SET x = :x"), ExpressionAttributeValues: attributes(":x", long(200<<10))}), "Item size to update has exceeded the maximum allowed size"},
		{"operand of an update", update(dynamodb.UpdateItemInput{UpdateExpression: aws.String("SET x = absent")}), "refers to an attribute that does not exist"},
		{"syntax of an update", update(dynamodb.UpdateItemInput{UpdateExpression: aws.String("SET x")}), "Invalid UpdateExpression: Syntax error"},
		{"syntax of a condition", update(dynamodb.UpdateItemInput{UpdateExpression: aws.String("REMOVE x"), ConditionExpression: aws.String("x")}), "Invalid ConditionExpression: Syntax error"},
		{"value of a placeholder", update(dynamodb.UpdateItemInput{UpdateExpression: aws.String("SET x = :x"), ExpressionAttributeValues: attributes(":x", number("x"))}), "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :x"},
		{"unused placeholder", update(dynamodb.UpdateItemInput{UpdateExpression: aws.String("REMOVE x"), ExpressionAttributeValues: attributes(":x", number("1"))}), "unused in expressions: keys: {:x}"},
		{"placeholder without an expression", update(dynamodb.UpdateItemInput{ExpressionAttributeNames: map[string]string{"#x": "x"}}), "can only be specified when using expressions"},
		{"ReturnValues of an update", update(dynamodb.UpdateItemInput{ReturnValues: "SOME"}), "got SOME"},
		{"key of an update is none", update(dynamodb.UpdateItemInput{Key: attributes("pk", text("a"))}), "The provided key element does not match the schema"},
		{"AttributeUpdates", update(dynamodb.UpdateItemInput{AttributeUpdates: map[string]types.AttributeValueUpdate{}}), "AttributeUpdates is not supported"},

		{"no key", getItem(dynamodb.GetItemInput{}), "The provided key element does not match the schema"},
		{"more than a key", getItem(dynamodb.GetItemInput{Key: item("a", "1", "n", number("1"))}), "The provided key element does not match the schema"},
		{"another key", getItem(dynamodb.GetItemInput{Key: attributes("pk", text("a"), "n", text("1"))}), "The provided key element does not match the schema"},
		{"bad key", getItem(dynamodb.GetItemInput{Key: attributes("pk", text("a"), "sk", number("x"))}), "cannot be converted"},
		{"bad projection", getItem(dynamodb.GetItemInput{Key: itemKey("a", "1"), ProjectionExpression: aws.String("a,")}), "Invalid ProjectionExpression: Syntax error"},
		{"AttributesToGet", getItem(dynamodb.GetItemInput{Key: itemKey("a", "1"), AttributesToGet: []string{"n"}}), "AttributesToGet is not supported"},

		{"ReturnValues of a delete", deleteItem(dynamodb.DeleteItemInput{Key: itemKey("a", "1"), ReturnValues: types.ReturnValueUpdatedOld}), "ReturnValues can only be ALL_OLD or NONE"},
		{"ConditionalOperator", deleteItem(dynamodb.DeleteItemInput{Key: itemKey("a", "1"), ConditionalOperator: "AND"}), "ConditionalOperator is not supported"},
		{"key of a delete", deleteItem(dynamodb.DeleteItemInput{}), "The provided key element does not match the schema"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := refusal(t, test.call()); !strings.HasPrefix(got, "ValidationException: ") || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	t.Run("no table", func(t *testing.T) {
		t.Parallel()
		for _, err := range []error{
			getItem(dynamodb.GetItemInput{TableName: aws.String("another"), Key: itemKey("a", "1")})(),
			func() error {
				_, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("another")})
				return err
			}(),
			func() error {
				_, err := s.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String("another")})
				return err
			}(),
		} {
			if got := refusal(t, err); got != "ResourceNotFoundException: Requested resource not found" {
				t.Error(got)
			}
		}
	})
}

func TestNumericKeysAreNumbers(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	if _, err := s.CreateTable(t.Context(), tableInput("numbers", "N", "N")); err != nil {
		t.Fatal(err)
	}
	name := aws.String("numbers")
	for _, sk := range []string{"10", "9", "-1", "1e-3", "1.0", "0"} {
		if _, err := s.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: name, Item: attributes("pk", number("1"), "sk", number(sk))}); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := s.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: name, Key: attributes("pk", number("1.00"), "sk", number("1"))}); err != nil || out.Item == nil {
		t.Errorf("%+v, %v", out, err)
	}
	out, err := s.Query(t.Context(), &dynamodb.QueryInput{TableName: name, KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :low AND :high"),
		ExpressionAttributeValues: attributes(":pk", number("1"), ":low", number("-0.5"), ":high", number("9"))})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range out.Items {
		got = append(got, i["sk"].(*types.AttributeValueMemberN).Value)
	}
	if diff := cmp.Diff([]string{"0", "0.001", "1", "9"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	ctx := t.Context()
	big := text(strings.Repeat("x", attribute.MaximumItemSize-100))
	var keys []map[string]types.AttributeValue
	for i := range 50 {
		sk := string(rune('A' + i))
		put(t, s, item("a", sk, "big", big))
		keys = append(keys, itemKey("a", sk))
	}
	read := func(keys ...map[string]types.AttributeValue) (*dynamodb.BatchGetItemOutput, error) {
		return s.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{tableName: {Keys: keys}}})
	}
	out, err := read(keys...)
	if err != nil {
		t.Fatal(err)
	}
	if got, left := len(out.Responses[tableName]), len(out.UnprocessedKeys[tableName].Keys); got != 40 || left != 10 {
		t.Errorf("%d items, %d unprocessed keys", got, left)
	}
	if out, err = read(itemKey("a", "A"), itemKey("a", "absent")); err != nil || len(out.Responses[tableName]) != 1 || len(out.UnprocessedKeys) != 0 {
		t.Errorf("%d items, %v", len(out.Responses[tableName]), err)
	}
	write := func(requests ...types.WriteRequest) error {
		_, err := s.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{tableName: requests}})
		return err
	}
	remove := types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: itemKey("a", "A")}}
	if err := write(remove, types.WriteRequest{PutRequest: &types.PutRequest{Item: item("a", "B")}}); err != nil {
		t.Fatal(err)
	}
	if get(t, s, "a", "A") != nil || len(get(t, s, "a", "B")) != 2 {
		t.Error("the batch was not written")
	}
	many := make([]map[string]types.AttributeValue, 101)
	for i := range many {
		many[i] = itemKey("a", strings.Repeat("k", i+1))
	}
	puts := make([]types.WriteRequest, 26)
	for i := range puts {
		puts[i] = types.WriteRequest{PutRequest: &types.PutRequest{Item: many[i]}}
	}
	for want, call := range map[string]func() error{
		"Too many items requested":                  func() error { _, err := read(many...); return err },
		"Provided list of item keys contains dupli": func() error { _, err := read(keys[0], keys[0]); return err },
		"greater than or equal to 1":                func() error { _, err := read(); return err },
		"does not match the schema":                 func() error { _, err := read(attributes("pk", text("a"))); return err },
		"got 26":                                    func() error { return write(puts...) },
		"got 0":                                     func() error { return write() },
		"item keys contains duplicates":             func() error { return write(remove, remove) },
		"exactly one of PutRequest and Delete":      func() error { return write(types.WriteRequest{}) },
		"AttributesToGet is not supported": func() error {
			_, err := s.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{tableName: {AttributesToGet: []string{"a"}}}})
			return err
		},
	} {
		if got := refusal(t, call()); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
