package dynamodb_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// A stream is what a service has said that was changed.
type stream struct{ changes []local.Change }

func (s *stream) changed(changes []local.Change) { s.changes = append(s.changes, changes...) }

// thing is an item of the table of tests.
func thing(sort, value string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "a"}, "sk": &types.AttributeValueMemberS{Value: sort},
		"value": &types.AttributeValueMemberS{Value: value}, "size": &types.AttributeValueMemberN{Value: "7"},
	}
}

func thingKey(sort string) map[string]types.AttributeValue {
	key := thing(sort, "")
	delete(key, "value")
	delete(key, "size")
	return key
}

func TestTheStreamHasEveryChangeOnceAndInOrder(t *testing.T) {
	t.Parallel()
	var seen stream
	service := newService(t, local.Options{Changed: seen.changed})
	createTable(t, service)
	put(t, service, thing("1", "first"))
	put(t, service, thing("1", "first")) // changes nothing
	put(t, service, thing("1", "second"))
	_, err := service.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: aws.String(tableName), Item: thing("2", "two")}},
		{ConditionCheck: &types.ConditionCheck{TableName: aws.String(tableName), Key: thingKey("3"), ConditionExpression: aws.String("attribute_not_exists(pk)")}},
		{Delete: &types.Delete{TableName: aws.String(tableName), Key: thingKey("1")}},
		{Delete: &types.Delete{TableName: aws.String(tableName), Key: thingKey("4")}}, // there is none
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = service.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: thing("2", "never"), ConditionExpression: aws.String("attribute_not_exists(pk)")})
	if err == nil {
		t.Fatal("a condition was not heeded")
	}
	var got []string
	for _, change := range seen.changes {
		got = append(got, change.Name()+" "+change.Key["sk"].(*types.AttributeValueMemberS).Value)
	}
	if diff := cmp.Diff([]string{"INSERT 1", "MODIFY 1", "INSERT 2", "REMOVE 1"}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if !slices.IsSortedFunc(seen.changes, func(a, b local.Change) int { return int(a.Sequence) - int(b.Sequence) }) {
		t.Errorf("sequences are out of order: %v", seen.changes)
	}
}

func TestASequenceGoesOnWhereAFormerProcessEnded(t *testing.T) {
	t.Parallel()
	var seen stream
	kept, now := store.Memory(), clock.NewVirtual(start)
	service := newService(t, local.Options{Store: kept, Clock: now, Changed: seen.changed})
	createTable(t, service)
	put(t, service, thing("1", "first"))
	now.RunUntil(start.Add(time.Minute))
	put(t, newService(t, local.Options{Store: kept, Clock: now, Changed: seen.changed}), thing("1", "second"))
	if len(seen.changes) != 2 || seen.changes[1].Name() != "MODIFY" || seen.changes[1].SequenceNumber() <= seen.changes[0].SequenceNumber() {
		t.Errorf("changes %+v", seen.changes)
	}
}

// aws-lambda-go reads what a function would get.
func TestAStreamEventIsWhatLambdaMakesOfChanges(t *testing.T) {
	t.Parallel()
	var seen stream
	service := newService(t, local.Options{Changed: seen.changed})
	createTable(t, service)
	put(t, service, thing("1", "first"))
	put(t, service, thing("1", "second"))
	if _, err := service.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: thingKey("1")}); err != nil {
		t.Fatal(err)
	}
	body, err := local.StreamEvent("us-east-1", "123456789012", seen.changes)
	if err != nil {
		t.Fatal(err)
	}
	var event events.DynamoDBEvent
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatal(err)
	}
	if len(event.Records) != 3 {
		t.Fatalf("%d records: %s", len(event.Records), body)
	}
	record := event.Records[1]
	if record.EventName != "MODIFY" || record.EventSource != "aws:dynamodb" || record.EventSourceArn != "arn:aws:dynamodb:us-east-1:123456789012:table/things/stream/local" {
		t.Errorf("record %+v", record)
	}
	change := record.Change
	if change.Keys["sk"].String() != "1" || change.NewImage["value"].String() != "second" || change.OldImage["value"].String() != "first" || change.NewImage["size"].Number() != "7" {
		t.Errorf("change %+v", change)
	}
	if !change.ApproximateCreationDateTime.Equal(start) || change.SequenceNumber != seen.changes[1].SequenceNumber() || change.SizeBytes != 51 {
		t.Errorf("change at %s, number %s, %d bytes", change.ApproximateCreationDateTime, change.SequenceNumber, change.SizeBytes)
	}
	if event.Records[0].Change.OldImage != nil || event.Records[2].Change.NewImage != nil {
		t.Error("there is an image of no item")
	}
}
