package dynamodb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
)

// sortKeys are the items' sort keys, as strings.
func sortKeys(items []map[string]types.AttributeValue) []string {
	var out []string
	for _, i := range items {
		out = append(out, i["sk"].(*types.AttributeValueMemberS).Value)
	}
	return out
}

func TestQuerySelectsByTheSortKey(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	for _, sk := range []string{"a", "ab", "abc", "b", "c"} {
		put(t, s, item("p", sk, "length", number(fmt.Sprint(len(sk)))))
	}
	put(t, s, item("q", "a"))
	tests := []struct {
		condition string
		values    []any
		want      string
	}{
		{"pk = :p", nil, "a ab abc b c"},
		{"pk = :p AND sk = :1", []any{":1", text("ab")}, "ab"},
		{"pk = :p AND sk < :1", []any{":1", text("b")}, "a ab abc"},
		{"pk = :p AND sk <= :1", []any{":1", text("b")}, "a ab abc b"},
		{"pk = :p AND sk > :1", []any{":1", text("ab")}, "abc b c"},
		{"pk = :p AND sk >= :1", []any{":1", text("ab")}, "ab abc b c"},
		{"pk = :p AND sk BETWEEN :1 AND :2", []any{":1", text("ab"), ":2", text("b")}, "ab abc b"},
		{"pk = :p AND begins_with(sk, :1)", []any{":1", text("ab")}, "ab abc"},
		{"pk = :p AND begins_with(sk, :1)", []any{":1", text("x")}, ""},
	}
	for _, test := range tests {
		for _, forward := range []bool{true, false} {
			for _, limit := range []int32{0, 1, 2} {
				t.Run(fmt.Sprint(test.condition, forward, limit), func(t *testing.T) {
					t.Parallel()
					want := strings.Fields(test.want)
					if !forward {
						slices.Reverse(want)
					}
					in := &dynamodb.QueryInput{TableName: aws.String(tableName), KeyConditionExpression: aws.String(test.condition),
						ExpressionAttributeValues: attributes(append([]any{":p", text("p")}, test.values...)...), ScanIndexForward: aws.Bool(forward)}
					if limit > 0 {
						in.Limit = aws.Int32(limit)
					}
					got := []string{}
					for {
						out, err := s.Query(t.Context(), in)
						if err != nil {
							t.Fatal(err)
						}
						if limit > 0 && out.Count > limit {
							t.Errorf("%d items on a page", out.Count)
						}
						got = append(got, sortKeys(out.Items)...)
						if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
							break
						}
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

func TestQueryFiltersProjectsAndCounts(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	for i := range 10 {
		put(t, s, item("p", fmt.Sprint(i), "n", number(fmt.Sprint(i%3)), "x", text("x")))
	}
	in := &dynamodb.QueryInput{TableName: aws.String(tableName), KeyConditionExpression: aws.String("pk = :p"), FilterExpression: aws.String("n = :0"), ProjectionExpression: aws.String("sk, #n"),
		ExpressionAttributeNames: map[string]string{"#n": "n"}, ExpressionAttributeValues: attributes(":p", text("p"), ":0", number("0")), Limit: aws.Int32(4)}
	out, err := s.Query(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]types.AttributeValue{attributes("sk", text("0"), "n", number("0")), attributes("sk", text("3"), "n", number("0"))}
	if diff := cmp.Diff(want, out.Items, ignoreUnexported); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if out.Count != 2 || out.ScannedCount != 4 || !cmp.Equal(out.LastEvaluatedKey, itemKey("p", "3"), ignoreUnexported) {
		t.Errorf("count %d, scanned %d, last %v", out.Count, out.ScannedCount, out.LastEvaluatedKey)
	}
	in.Select, in.ProjectionExpression, in.ExpressionAttributeNames, in.Limit = types.SelectCount, nil, nil, nil
	if out, err = s.Query(t.Context(), in); err != nil || out.Count != 4 || out.ScannedCount != 10 || out.Items != nil {
		t.Errorf("%+v, %v", out, err)
	}
	if scanned, err := s.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(tableName), FilterExpression: aws.String("sk = :9"), ExpressionAttributeValues: attributes(":9", text("9"))}); err != nil || scanned.Count != 1 || scanned.ScannedCount != 10 {
		t.Errorf("%+v, %v", scanned, err)
	}
}

func TestAPageHasAMegabyte(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	large := text(strings.Repeat("x", 300<<10))
	for i := range 7 {
		put(t, s, item("p", fmt.Sprint(i), "large", large))
	}
	in := &dynamodb.QueryInput{TableName: aws.String(tableName), KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: attributes(":p", text("p"))}
	var pages []int32
	for {
		out, err := s.Query(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, out.Count)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			break
		}
	}
	if diff := cmp.Diff([]int32{3, 3, 1}, pages); diff != "" {
		t.Errorf("items per page (-want +got):\n%s", diff)
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	if _, err := s.CreateTable(t.Context(), tableInput("unsorted", "S", "")); err != nil {
		t.Fatal(err)
	}
	p := attributes(":p", text("p"))
	tests := []struct {
		name string
		in   dynamodb.QueryInput
		want string
	}{
		{"no condition", dynamodb.QueryInput{}, "Either the KeyConditions or KeyConditionExpression parameter must be specified"},
		{"index", dynamodb.QueryInput{IndexName: aws.String("other")}, "The table does not have the specified index: other"},
		{"KeyConditions", dynamodb.QueryInput{KeyConditions: map[string]types.Condition{}}, "KeyConditions is not supported"},
		{"no partition", dynamodb.QueryInput{KeyConditionExpression: aws.String("sk = :p"), ExpressionAttributeValues: p}, "Query condition missed key schema element: pk"},
		{"another attribute", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p AND n = :p"), ExpressionAttributeValues: p}, "Query condition missed key schema element: sk"},
		{"no such sort key", dynamodb.QueryInput{TableName: aws.String("unsorted"), KeyConditionExpression: aws.String("pk = :p AND sk = :p"), ExpressionAttributeValues: p}, "Query condition missed key schema element: pk"},
		{"partition of another type", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: attributes(":p", number("1"))}, "Condition parameter type does not match schema type"},
		{"sort key of another type", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p AND sk > :1"), ExpressionAttributeValues: attributes(":p", text("p"), ":1", number("1"))}, "Condition parameter type does not match schema type"},
		{"empty partition", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: attributes(":p", text(""))}, "cannot contain an empty string value. Key: pk"},
		{"filter on a key", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), FilterExpression: aws.String("sk = :p"), ExpressionAttributeValues: p}, "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		{"limit", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: p, Limit: aws.Int32(0)}, "greater than or equal to 1"},
		{"undefined value", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p")}, "is not defined; attribute value: :p"},
		{"select", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: p, Select: types.SelectAllProjectedAttributes}, "ALL_PROJECTED_ATTRIBUTES is not supported for tables"},
		{"count with a projection", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: p, Select: types.SelectCount, ProjectionExpression: aws.String("n")}, "Cannot specify the ProjectionExpression when choosing to get COUNT"},
		{"specific without a projection", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: p, Select: types.SelectSpecificAttributes}, "Must specify the ProjectionExpression"},
		{"start in another partition", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: p, ExclusiveStartKey: itemKey("q", "1")}, "The provided starting key is invalid"},
		{"start outside the range", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p AND sk > :p"), ExpressionAttributeValues: p, ExclusiveStartKey: itemKey("p", "a")}, "The provided starting key is invalid"},
		{"start at no key", dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: p, ExclusiveStartKey: attributes("pk", text("p"))}, "The provided starting key is invalid"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.in.TableName == nil {
				test.in.TableName = aws.String(tableName)
			}
			_, err := s.Query(t.Context(), &test.in)
			if got := refusal(t, err); !strings.HasPrefix(got, "ValidationException: ") || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	_, err := s.Query(t.Context(), &dynamodb.QueryInput{TableName: aws.String("another")})
	if got := refusal(t, err); got != "ResourceNotFoundException: Requested resource not found" {
		t.Error(got)
	}
}

func TestScansThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	tests := []struct {
		name string
		in   dynamodb.ScanInput
		want string
	}{
		{"no table", dynamodb.ScanInput{TableName: aws.String("another")}, "Requested resource not found"},
		{"index", dynamodb.ScanInput{IndexName: aws.String("other")}, "does not have the specified index"},
		{"ScanFilter", dynamodb.ScanInput{ScanFilter: map[string]types.Condition{}}, "ScanFilter is not supported"},
		{"only a segment", dynamodb.ScanInput{Segment: aws.Int32(0)}, "TotalSegments parameter is required"},
		{"only segments", dynamodb.ScanInput{TotalSegments: aws.Int32(1)}, "Segment parameter is required"},
		{"segment", dynamodb.ScanInput{Segment: aws.Int32(2), TotalSegments: aws.Int32(2)}, "Segment: 2 is not less than TotalSegments: 2"},
		{"limit", dynamodb.ScanInput{Limit: aws.Int32(-1)}, "greater than or equal to 1"},
		{"filter", dynamodb.ScanInput{FilterExpression: aws.String("n =")}, "Invalid FilterExpression"},
		{"start", dynamodb.ScanInput{ExclusiveStartKey: attributes("pk", text("a"))}, "The provided starting key is invalid"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.in.TableName == nil {
				test.in.TableName = aws.String(tableName)
			}
			_, err := s.Scan(t.Context(), &test.in)
			if got := refusal(t, err); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestScanFindsEveryItemOnce writes and deletes items at random, and then scans
// them in pages and segments.
func TestScanFindsEveryItemOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, err := local.New(local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateTable(t.Context(), tableInput(tableName, "S", "S")); err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		key := rapid.StringMatching("[ab]{1,2}")
		for range rapid.IntRange(0, 30).Draw(t, "writes") {
			pk, sk := key.Draw(t, "pk"), key.Draw(t, "sk")
			if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
				delete(want, pk+" "+sk)
				_, err = s.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: itemKey(pk, sk)})
			} else {
				want[pk+" "+sk] = true
				_, err = s.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: item(pk, sk)})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		segments := rapid.Int32Range(1, 3).Draw(t, "segments")
		got := map[string]bool{}
		for segment := range segments {
			in := &dynamodb.ScanInput{TableName: aws.String(tableName), Segment: aws.Int32(segment), TotalSegments: aws.Int32(segments), Limit: aws.Int32(rapid.Int32Range(1, 4).Draw(t, "limit"))}
			for {
				out, err := s.Scan(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range out.Items {
					id := i["pk"].(*types.AttributeValueMemberS).Value + " " + i["sk"].(*types.AttributeValueMemberS).Value
					if got[id] {
						t.Fatalf("%s was found twice", id)
					}
					got[id] = true
				}
				if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
					break
				}
				if rapid.IntRange(0, 3).Draw(t, "delete the start") == 0 {
					if _, err := s.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: in.ExclusiveStartKey}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("items (-want +got):\n%s", diff)
		}
	})
}
