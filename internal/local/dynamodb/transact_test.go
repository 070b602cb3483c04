package dynamodb_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
)

func putAction(i map[string]types.AttributeValue) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{TableName: aws.String(tableName), Item: i}}
}

func transact(t testing.TB, s *local.Service, token string, actions ...types.TransactWriteItem) error {
	t.Helper()
	in := &dynamodb.TransactWriteItemsInput{TransactItems: actions}
	if token != "" {
		in.ClientRequestToken = &token
	}
	_, err := s.TransactWriteItems(t.Context(), in)
	return err
}

func TestTransactionsAreAllOrNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	name := aws.String(tableName)
	put(t, s, item("a", "updated", "n", number("1"), "s", text("s")))
	put(t, s, item("a", "deleted"))
	put(t, s, item("a", "checked", "n", number("7")))
	actions := func(checked string, updateExpression string) []types.TransactWriteItem {
		return []types.TransactWriteItem{
			putAction(item("a", "put")),
			{Update: &types.Update{TableName: name, Key: itemKey("a", "updated"), UpdateExpression: aws.String(updateExpression), ConditionExpression: aws.String("n = :one"), ExpressionAttributeValues: attributes(":one", number("1"))}},
			{Delete: &types.Delete{TableName: name, Key: itemKey("a", "deleted"), ConditionExpression: aws.String("attribute_exists(pk)")}},
			{ConditionCheck: &types.ConditionCheck{TableName: name, Key: itemKey("a", "checked"), ConditionExpression: aws.String("n = :n"), ExpressionAttributeValues: attributes(":n", number(checked)),
				ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}},
		}
	}
	before := scanAll(t, s)
	for _, test := range []struct {
		actions []types.TransactWriteItem
		message string
		reasons []types.CancellationReason
	}{
		{actions("8", "SET n = n + :one"), "[None, None, None, ConditionalCheckFailed]", []types.CancellationReason{
			{Code: aws.String("None")}, {Code: aws.String("None")}, {Code: aws.String("None")},
			{Code: aws.String("ConditionalCheckFailed"), Message: aws.String("The conditional request failed"), Item: item("a", "checked", "n", number("7"))},
		}},
		{actions("7", "SET n = s + :one"), "[None, ValidationError, None, None]", []types.CancellationReason{
			{Code: aws.String("None")},
			{Code: aws.String("ValidationError"), Message: aws.String("An operand in the update expression has an incorrect data type")},
			{Code: aws.String("None")}, {Code: aws.String("None")},
		}},
	} {
		err := transact(t, s, "", test.actions...)
		var cancelled *types.TransactionCanceledException
		if !errors.As(err, &cancelled) {
			t.Fatalf("got %v", err)
		}
		if want := "Transaction cancelled, please refer cancellation reasons for specific reasons " + test.message; *cancelled.Message != want {
			t.Errorf("got %q, want %q", *cancelled.Message, want)
		}
		if diff := cmp.Diff(test.reasons, cancelled.CancellationReasons, ignoreUnexported); diff != "" {
			t.Errorf("reasons (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, scanAll(t, s), ignoreUnexported); diff != "" {
			t.Errorf("a cancelled transaction changed something (-before +after):\n%s", diff)
		}
	}
	if err := transact(t, s, "", actions("7", "SET n = n + :one")...); err != nil {
		t.Fatal(err)
	}
	want := []map[string]types.AttributeValue{item("a", "checked", "n", number("7")), item("a", "put"), item("a", "updated", "n", number("2"), "s", text("s"))}
	if diff := cmp.Diff(want, scanAll(t, s), ignoreUnexported); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}

func TestTransactionsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	name := aws.String(tableName)
	many := func(n, size int) []types.TransactWriteItem {
		var actions []types.TransactWriteItem
		for i := range n {
			actions = append(actions, putAction(item("a", fmt.Sprint("sort key ", i), "x", text(strings.Repeat("x", size)))))
		}
		return actions
	}
	check := &types.ConditionCheck{TableName: name, Key: itemKey("a", "1"), ConditionExpression: aws.String("attribute_not_exists(pk)")}
	tests := []struct {
		name, token string
		actions     []types.TransactWriteItem
		want        string
	}{
		{"no action", "", nil, "got 0"},
		{"101 actions", "", many(101, 1), "got 101"},
		{"more than 4 MB", "", many(11, 390<<10), "exceeds 4194304 bytes"},
		{"one item twice", "", []types.TransactWriteItem{{ConditionCheck: check}, putAction(item("a", "1"))}, "Transaction request cannot include multiple operations on one item"},
		{"an empty action", "", []types.TransactWriteItem{{}}, "can only contain one of Check, Put, Update or Delete"},
		{"two actions in one", "", []types.TransactWriteItem{{ConditionCheck: check, Put: &types.Put{}}}, "can only contain one of Check, Put, Update or Delete"},
		{"a check of nothing", "", []types.TransactWriteItem{{ConditionCheck: &types.ConditionCheck{TableName: name, Key: itemKey("a", "1")}}}, "parameter: ConditionExpression"},
		{"an update of nothing", "", []types.TransactWriteItem{{Update: &types.Update{TableName: name, Key: itemKey("a", "1")}}}, "parameter: UpdateExpression"},
		{"no table", "", []types.TransactWriteItem{{ConditionCheck: &types.ConditionCheck{TableName: aws.String("another")}}}, "Requested resource not found"},
		{"an empty token", "none", many(1, 1), ""},
		{"a long token", strings.Repeat("t", 37), many(1, 1), "got 37"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := refusal(t, transact(t, s, test.token, test.actions...)); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAHundredActionsAreOneTransaction(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	var actions []types.TransactWriteItem
	for i := range 100 {
		actions = append(actions, putAction(item("a", fmt.Sprint(i))))
	}
	if err := transact(t, s, "", actions...); err != nil {
		t.Fatal(err)
	}
	if n := len(scanAll(t, s)); n != 100 {
		t.Errorf("%d items", n)
	}
}

func TestATokenMakesOneTransactionForTenMinutes(t *testing.T) {
	t.Parallel()
	now := clock.NewVirtual(start)
	s := newService(t, local.Options{Clock: now})
	createTable(t, s)
	add := func(n string) types.TransactWriteItem {
		return types.TransactWriteItem{Update: &types.Update{TableName: aws.String(tableName), Key: itemKey("a", "1"), UpdateExpression: aws.String("ADD n :n"),
			ConditionExpression: aws.String("attribute_not_exists(locked)"), ExpressionAttributeValues: attributes(":n", number(n))}}
	}
	wantN := func(want string) {
		t.Helper()
		if diff := cmp.Diff(number(want), get(t, s, "a", "1")["n"], ignoreUnexported); diff != "" {
			t.Errorf("n (-want +got):\n%s", diff)
		}
	}
	for range 3 {
		if err := transact(t, s, "token", add("1")); err != nil {
			t.Fatal(err)
		}
	}
	wantN("1")
	var mismatch *types.IdempotentParameterMismatchException
	if err := transact(t, s, "token", add("2")); !errors.As(err, &mismatch) {
		t.Errorf("got %v", err)
	}
	if err := transact(t, s, "another", add("1")); err != nil {
		t.Fatal(err)
	}
	wantN("2")
	now.RunUntil(start.Add(10*time.Minute - time.Nanosecond))
	if err := transact(t, s, "token", add("1")); err != nil {
		t.Fatal(err)
	}
	wantN("2")
	now.RunUntil(start.Add(10 * time.Minute))
	if err := transact(t, s, "token", add("5")); err != nil {
		t.Fatal(err)
	}
	wantN("7")

	// A transaction that was cancelled is not remembered.
	put(t, s, item("a", "1", "n", number("0"), "locked", text("")))
	var cancelled *types.TransactionCanceledException
	if err := transact(t, s, "third", add("1")); !errors.As(err, &cancelled) {
		t.Errorf("got %v", err)
	}
	put(t, s, item("a", "1", "n", number("0")))
	if err := transact(t, s, "third", add("1")); err != nil {
		t.Fatal(err)
	}
	wantN("1")
}

func TestATokenIsOfOneRequestInAllItsParts(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	updated := func(change func(*types.Update)) types.TransactWriteItem {
		update := &types.Update{
			TableName: aws.String(tableName), Key: itemKey("a", "1"), UpdateExpression: aws.String("SET #n = :n"), ConditionExpression: aws.String("attribute_not_exists(#n)"),
			ExpressionAttributeNames: map[string]string{"#n": "n"}, ExpressionAttributeValues: attributes(":n", number("1")),
		}
		change(update)
		return types.TransactWriteItem{Update: update}
	}
	if err := transact(t, s, "token", updated(func(*types.Update) {})); err != nil {
		t.Fatal(err)
	}
	if err := transact(t, s, "token", updated(func(*types.Update) {})); err != nil {
		t.Errorf("the same request again: %v", err)
	}
	name, key := aws.String(tableName), itemKey("a", "1")
	exists := aws.String("attribute_exists(pk)")
	for what, action := range map[string]types.TransactWriteItem{
		"another key":       updated(func(u *types.Update) { u.Key = itemKey("a", "2") }),
		"another name":      updated(func(u *types.Update) { u.ExpressionAttributeNames["#n"] = "m" }),
		"another value":     updated(func(u *types.Update) { u.ExpressionAttributeValues = attributes(":n", number("2")) }),
		"another update":    updated(func(u *types.Update) { u.UpdateExpression = aws.String("ADD #n :n") }),
		"another condition": updated(func(u *types.Update) { u.ConditionExpression = aws.String("attribute_exists(#n)") }),
		"another answer": updated(func(u *types.Update) {
			u.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
		}),
		"a put":    putAction(item("a", "1")),
		"a delete": {Delete: &types.Delete{TableName: name, Key: key}},
		"a check":  {ConditionCheck: &types.ConditionCheck{TableName: name, Key: key, ConditionExpression: exists}},
	} {
		var mismatch *types.IdempotentParameterMismatchException
		if err := transact(t, s, "token", action); !errors.As(err, &mismatch) {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestTransactionalReads(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	put(t, s, item("a", "1", "n", number("1"), "m", number("2")))
	out, err := s.TransactGetItems(t.Context(), &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{
		{Get: &types.Get{TableName: aws.String(tableName), Key: itemKey("a", "2")}},
		{Get: &types.Get{TableName: aws.String(tableName), Key: itemKey("a", "1"), ProjectionExpression: aws.String("#n"), ExpressionAttributeNames: map[string]string{"#n": "n"}}},
	}})
	if err != nil || len(out.Responses) != 2 || out.Responses[0].Item != nil || !cmp.Equal(out.Responses[1].Item, attributes("n", number("1")), ignoreUnexported) {
		t.Errorf("%+v, %v", out, err)
	}
	for want, actions := range map[string][]types.TransactGetItem{
		"got 0":                    nil,
		"can only contain Get":     {{}},
		"does not match the schem": {{Get: &types.Get{TableName: aws.String(tableName)}}},
	} {
		_, err := s.TransactGetItems(t.Context(), &dynamodb.TransactGetItemsInput{TransactItems: actions})
		if got := refusal(t, err); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestCompareAndSetFromManyGoroutines counts with a condition: no count may be lost.
func TestCompareAndSetFromManyGoroutines(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	put(t, s, item("a", "1", "n", number("0")))
	const goroutines, counts = 8, 50
	var wait sync.WaitGroup
	for range goroutines {
		wait.Go(func() {
			for done := 0; done < counts; {
				old := get(t, s, "a", "1")["n"]
				_, err := s.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: aws.String(tableName), Key: itemKey("a", "1"),
					UpdateExpression: aws.String("SET n = n + :one"), ConditionExpression: aws.String("n = :old"), ExpressionAttributeValues: attributes(":one", number("1"), ":old", old)})
				var failed *types.ConditionalCheckFailedException
				if err == nil {
					done++
				} else if !errors.As(err, &failed) {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	if diff := cmp.Diff(number(fmt.Sprint(goroutines*counts)), get(t, s, "a", "1")["n"], ignoreUnexported); diff != "" {
		t.Errorf("n (-want +got):\n%s", diff)
	}
}
