package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// fakeDatabase is one table, as far as a Table uses one. A nil map is a table that does not exist.
type fakeDatabase struct {
	items map[string]map[string]types.AttributeValue
	// broken, when set, is what every call answers.
	broken error
}

func (f *fakeDatabase) fault(table *string) error {
	if f.broken != nil {
		return f.broken
	}
	if f.items == nil || *table != "things" {
		return &types.ResourceNotFoundException{Message: aws.String("Requested resource not found")}
	}
	return nil
}

func (f *fakeDatabase) GetItem(_ context.Context, input *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if err := f.fault(input.TableName); err != nil {
		return nil, err
	}
	return &dynamodb.GetItemOutput{Item: f.items[keyOf(input.Key)]}, nil
}

func (f *fakeDatabase) PutItem(_ context.Context, input *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if err := f.fault(input.TableName); err != nil {
		return nil, err
	}
	id := keyOf(input.Item)
	if f.items[id] != nil && aws.ToString(input.ConditionExpression) == "attribute_not_exists(id)" {
		return nil, &types.ConditionalCheckFailedException{Message: aws.String("The conditional request failed")}
	}
	f.items[id] = input.Item
	return &dynamodb.PutItemOutput{}, nil
}

func keyOf(item map[string]types.AttributeValue) string {
	return item["id"].(*types.AttributeValueMemberS).Value
}

// newService is a service of the variant on the database; what it logs is in the buffer.
func newService(variant string, database Database) (*Service, *bytes.Buffer) {
	var log bytes.Buffer
	return &Service{
		Variant: variant,
		Items:   &Table{Name: "things", Connect: func(context.Context) (Database, error) { return database, nil }},
		Fault:   faultOf(variant),
		Metrics: &Metrics{Version: "7", Out: &log},
	}, &log
}

func empty() *fakeDatabase {
	return &fakeDatabase{items: map[string]map[string]types.AttributeValue{}}
}

func request(method, path, body string) events.LambdaFunctionURLRequest {
	r := events.LambdaFunctionURLRequest{RawPath: path, Body: body}
	r.RequestContext.HTTP.Method = method
	return r
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	encoded := request("POST", "/echo", base64.StdEncoding.EncodeToString([]byte("binary")))
	encoded.IsBase64Encoded = true
	lying := request("POST", "/echo", "!")
	lying.IsBase64Encoded = true
	lyingItem := lying
	lyingItem.RawPath = "/items/1"
	queried := request("GET", "/", "")
	queried.RawQueryString, queried.Headers = "a=b", map[string]string{"x-test": "yes"}

	stored := empty()
	stored.items["a/b"] = map[string]types.AttributeValue{
		"id": &types.AttributeValueMemberS{Value: "a/b"}, "content": &types.AttributeValueMemberS{Value: "first"},
	}
	bare := empty()
	bare.items["1"] = map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}}

	for name, c := range map[string]struct {
		request  events.LambdaFunctionURLRequest
		database *fakeDatabase
		status   int
		body     string
	}{
		"root":              {queried, empty(), 200, `{"variant":"v2","method":"GET","path":"/","query":"a=b","headers":{"x-test":"yes"}}`},
		"root, head":        {request("HEAD", "/", ""), empty(), 200, `"method":"HEAD"`},
		"root, wrong":       {request("POST", "/", ""), empty(), 405, `only GET is allowed here`},
		"echo":              {request("POST", "/echo", "hello"), empty(), 200, `"body":"hello"`},
		"echo, encoded":     {encoded, empty(), 200, `"body":"binary"`},
		"echo, lying":       {lying, empty(), 400, `not the base64`},
		"echo, wrong":       {request("GET", "/echo", ""), empty(), 405, `only POST is allowed here`},
		"version":           {request("GET", "/version", ""), empty(), 200, `{"variant":"v2"}`},
		"nowhere":           {request("GET", "/nowhere", ""), empty(), 404, `there is nothing at /nowhere`},
		"item":              {request("GET", "/items/a%2Fb", ""), stored, 200, `{"id":"a/b","content":"first"}`},
		"item, absent":      {request("GET", "/items/2", ""), stored, 404, `there is no item 2`},
		"item, no content":  {request("GET", "/items/1", ""), bare, 503, `item 1 has no content`},
		"item, created":     {request("PUT", "/items/2", "x"), empty(), 201, `{"id":"2","content":"x"}`},
		"item, posted":      {request("POST", "/items/2", "x"), empty(), 201, `{"id":"2","content":"x"}`},
		"item, again":       {request("PUT", "/items/a%2Fb", "x"), stored, 409, `there is an item a/b already`},
		"item, lying":       {func() events.LambdaFunctionURLRequest { lyingItem.RequestContext.HTTP.Method = "PUT"; return lyingItem }(), empty(), 400, `not the base64`},
		"item, wrong":       {request("DELETE", "/items/2", ""), empty(), 405, `only GET, HEAD, POST, PUT`},
		"item, no id":       {request("GET", "/items/", ""), empty(), 400, `1 to 200 bytes`},
		"item, bad id":      {request("GET", "/items/%zz", ""), empty(), 400, `1 to 200 bytes`},
		"item, long id":     {request("GET", "/items/"+strings.Repeat("x", 201), ""), empty(), 400, `1 to 200 bytes`},
		"no table":          {request("GET", "/items/1", ""), &fakeDatabase{}, 503, `table things does not exist; create it with a string partition key named id`},
		"no table to write": {request("PUT", "/items/1", ""), &fakeDatabase{}, 503, `table things does not exist`},
		"broken":            {request("PUT", "/items/1", ""), &fakeDatabase{broken: errors.New("no route")}, 503, `table things: no route`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service, log := newService("v2", c.database)
			response, err := service.Handle(context.Background(), c.request)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != c.status || !strings.Contains(response.Body, c.body) {
				t.Errorf("answer is %d %s, want %d %s", response.StatusCode, response.Body, c.status, c.body)
			}
			if !json.Valid([]byte(response.Body)) || response.Headers["content-type"] != "application/json" {
				t.Errorf("answer is not JSON: %v %s", response.Headers, response.Body)
			}
			if counted := strings.Count(log.String(), "\n"); (counted == 1) != (c.status >= 500) {
				t.Errorf("%d server errors were counted for a %d", counted, c.status)
			}
		})
	}
}

func TestCreatedItemSaysWhereItIs(t *testing.T) {
	t.Parallel()
	service, _ := newService("v1", empty())
	response, err := service.Handle(context.Background(), request("PUT", "/items/a%2Fb", "x"))
	if err != nil || response.Headers["location"] != "/items/a%2Fb" {
		t.Fatalf("location is %q, %v", response.Headers["location"], err)
	}
	response, err = service.Handle(context.Background(), request("GET", response.Headers["location"], ""))
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("the location answers %d, %v", response.StatusCode, err)
	}
}

func TestConnectionIsMadeOnceItWorks(t *testing.T) {
	t.Parallel()
	attempts := 0
	table := &Table{Name: "things", Connect: func(context.Context) (Database, error) {
		if attempts++; attempts == 1 {
			return nil, errors.New("no credentials")
		}
		return empty(), nil
	}}
	if err := table.Create(context.Background(), "1", "x"); err == nil || !strings.Contains(err.Error(), "table things: no credentials") {
		t.Errorf("error is %v", err)
	}
	if _, err := table.Get(context.Background(), "1"); !errors.Is(err, ErrNoItem) {
		t.Errorf("error is %v, want ErrNoItem", err)
	}
	if err := table.Create(context.Background(), "1", "x"); err != nil || attempts != 2 {
		t.Errorf("%d connections, %v; want 2", attempts, err)
	}
}

func TestDatabaseIsFoundByTheEndpoint(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_REGION", "eu-west-1")
	database, err := connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	options := database.(*dynamodb.Client).Options()
	if options.Region != "eu-west-1" || aws.ToString(options.BaseEndpoint) != "http://127.0.0.1:1" {
		t.Errorf("client is for %s at %s", options.Region, aws.ToString(options.BaseEndpoint))
	}
}

func TestGoodVariantsNeverFail(t *testing.T) {
	t.Parallel()
	for _, variant := range []string{"v1", "v2"} {
		service, log := newService(variant, empty())
		for range 100 {
			response, err := service.Handle(context.Background(), request("GET", "/version", ""))
			if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(response.Body, variant) {
				t.Fatalf("%s answered %d %s, %v", variant, response.StatusCode, response.Body, err)
			}
		}
		if log.Len() > 0 {
			t.Errorf("%s counted server errors: %s", variant, log)
		}
	}
}

func TestBadVariantFailsAFifthBothWays(t *testing.T) {
	t.Parallel()
	service, log := newService("v3", empty())
	functionErrors, serverErrors := 0, 0
	for range 1000 {
		response, err := service.Handle(context.Background(), request("GET", "/", ""))
		switch {
		case err != nil:
			functionErrors++
		case response.StatusCode == http.StatusInternalServerError:
			serverErrors++
		case response.StatusCode != http.StatusOK:
			t.Fatalf("answer is %d", response.StatusCode)
		}
	}
	if functionErrors != 100 || serverErrors != 100 {
		t.Errorf("%d function errors and %d answers of 500, want 100 each", functionErrors, serverErrors)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 100 {
		t.Fatalf("%d lines of metrics, want 100", len(lines))
	}
	var line struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
		ExecutedVersion string
		ServerErrors    float64
	}
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	directive := line.AWS.CloudWatchMetrics[0]
	if directive.Namespace != "Echo" || directive.Dimensions[0][0] != "ExecutedVersion" || directive.Metrics[0].Name != "ServerErrors" ||
		line.ExecutedVersion != "7" || line.ServerErrors != 1 || time.Since(time.UnixMilli(line.AWS.Timestamp)) > time.Minute {
		t.Errorf("line is not what CloudWatch reads: %s", lines[0])
	}
}

func TestSlowVariantIsCorrect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service, _ := newService("v4", empty())
		began := time.Now()
		response, err := service.Handle(context.Background(), request("GET", "/version", ""))
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("answer is %d, %v", response.StatusCode, err)
		}
		if took := time.Since(began); took != slowness {
			t.Errorf("answer took %s, want %s", took, slowness)
		}
		canceled, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := service.Handle(canceled, request("GET", "/", "")); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want that the request was canceled", err)
		}
	})
}
