package apigateway_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// ask makes one request of stage prod.
func (w *world) ask(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	return w.askOf(t, "/"+w.id+"/prod", method, path, body, headers...)
}

func (w *world) askOf(t *testing.T, stage, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	server := httptest.NewServer(w.Door())
	defer server.Close()
	request, err := http.NewRequest(method, server.URL+stage+path, strings.NewReader(body))
	must(t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := server.Client().Do(request)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return response, string(text)
}

func TestEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	response, body := w.ask(t, "POST", "/items/a%20b/c?x=1&x=2", "hello", "X-Many", "one", "X-Many", "two", "User-Agent", "tester")
	if response.StatusCode != http.StatusOK || body != "version 1" || response.Header.Get(apigateway.ExecutedVersion) != "1" || len(response.Header.Get("X-Amzn-Requestid")) != 36 {
		t.Fatalf("%d %s %v", response.StatusCode, body, response.Header)
	}
	context := w.last["requestContext"].(map[string]any)
	for what, pair := range map[string][2]any{
		"resource":        {w.last["resource"], "/items/{proxy+}"},
		"path":            {w.last["path"], "/items/a%20b/c"},
		"method":          {w.last["httpMethod"], "POST"},
		"body":            {w.last["body"], "hello"},
		"variable":        {w.last["stageVariables"].(map[string]any)["version"], "1"},
		"parameter":       {w.last["pathParameters"].(map[string]any)["proxy"], "a b/c"},
		"query":           {w.last["queryStringParameters"].(map[string]any)["x"], "2"},
		"header":          {w.last["headers"].(map[string]any)["X-Many"], "two"},
		"stage":           {context["stage"], "prod"},
		"path with stage": {context["path"], "/prod/items/a%20b/c"},
		"api":             {context["apiId"], w.id},
		"agent":           {context["identity"].(map[string]any)["userAgent"], "tester"},
		"time":            {context["requestTimeEpoch"], float64(noon.UnixMilli())},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v, want %v", what, pair[0], pair[1])
		}
	}
	if all := w.last["multiValueHeaders"].(map[string]any)["X-Many"].([]any); len(all) != 2 {
		t.Errorf("headers %v", all)
	}
	w.ask(t, "POST", "/items/a", "\xff")
	if w.last["body"] != "/w==" || w.last["isBase64Encoded"] != true {
		t.Errorf("a body that is no text is %v", w.last["body"])
	}
}

// TestSplit draws for each request; the canary has its own deployment and variables.
func TestSplit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.integrate(t, w.root, "PUT", "${stageVariables.version}")
	made := w.deploy(t, "with PUT")
	_, err := w.patch(t, operation(types.OpReplace, "/canarySettings/deploymentId", made), operation(types.OpReplace, "/canarySettings/stageVariableOverrides/version", "2"),
		operation(types.OpReplace, "/canarySettings/percentTraffic", "25.0"))
	must(t, err)
	for draw, want := range map[float64]string{0: "version 2", 0.2499: "version 2", 0.25: "version 1", 0.99: "version 1"} {
		w.draw = draw
		if _, body := w.ask(t, "GET", "/", ""); body != want {
			t.Errorf("at %g, %s", draw, body)
		}
		if response, body := w.ask(t, "PUT", "/", ""); (response.StatusCode == http.StatusOK) != (want == "version 2") {
			t.Errorf("at %g, PUT answered %d %s", draw, response.StatusCode, body)
		}
	}
	if w.draw = 0; w.last["stageVariables"].(map[string]any)["table"] != "orders" {
		t.Errorf("variables %v", w.last["stageVariables"])
	}
	_, err = w.patch(t, operation(types.OpReplace, "/canarySettings/percentTraffic", "0.0"))
	must(t, err)
	if _, body := w.ask(t, "GET", "/", ""); body != "version 1" {
		t.Errorf("at 0%%, %s", body)
	}
}

// TestShare: with real draws the share is about what was said.
func TestShare(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	w := newWorld(t, func(o *apigateway.Options) { o.Random = random.Float64 })
	_, err := w.patch(t, operation(types.OpReplace, "/canarySettings/percentTraffic", "25.0"), operation(types.OpReplace, "/canarySettings/stageVariableOverrides/version", "2"))
	must(t, err)
	door, canary := w.Door(), 0
	for range 2000 {
		recorder := httptest.NewRecorder()
		door.ServeHTTP(recorder, httptest.NewRequest("GET", "/"+w.id+"/prod/", nil))
		if recorder.Body.String() == "version 2" {
			canary++
		}
	}
	if canary < 440 || canary > 560 {
		t.Errorf("%d of 2000", canary)
	}
}

func TestDoorRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before       func(t *testing.T, w *world)
		stage        string
		method, path string
		body         string
		status       int
		message      string
	}{
		"no stage":                   {stage: "/API/beta", status: 403, message: "Forbidden"},
		"no API":                     {stage: "/", status: 403, message: "Forbidden"},
		"no resource":                {path: "/orders", status: 403, message: "Missing Authentication Token"},
		"no method":                  {method: "DELETE", path: "/", status: 403, message: "Missing Authentication Token"},
		"the parent of a greedy one": {path: "/items", status: 403, message: "Missing Authentication Token"},
		"too large":                  {method: "POST", path: "/items/a", body: strings.Repeat("x", 10<<20+1), status: 413, message: "Request Too Long"},
		"a version that may not be invoked": {
			before: func(t *testing.T, w *world) {
				_, err := w.lambda.RemovePermission(t.Context(), &awslambda.RemovePermissionInput{FunctionName: aws.String("echo"), Qualifier: aws.String("1"), StatementId: aws.String("api")})
				must(t, err)
			}, status: 500, message: "Internal server error",
		},
		"a version that there is not": {before: func(t *testing.T, w *world) {
			_, err := w.patch(t, operation(types.OpReplace, "/variables/version", "9"))
			must(t, err)
		}, status: 500, message: "Internal server error"},
		"no variable": {before: func(t *testing.T, w *world) {
			_, err := w.patch(t, operation(types.OpRemove, "/variables/version", ""))
			must(t, err)
		}, status: 500, message: "Internal server error"},
		"a function that does not begin": {before: func(_ *testing.T, w *world) {
			w.run = func(lambda.Version, lambda.Invocation) (lambda.Result, error) {
				return lambda.Result{}, errors.New("no memory")
			}
		}, status: 500, message: "Internal server error"},
		"a function that fails":           {before: answering(lambda.Result{Payload: []byte(`{}`), FunctionError: "Unhandled"}), status: 502, message: "Internal server error"},
		"an answer without a status":      {before: answering(lambda.Result{Payload: []byte(`{"body":"hello"}`)}), status: 502, message: "Internal server error"},
		"an answer with a status of none": {before: answering(lambda.Result{Payload: []byte(`{"statusCode":42}`)}), status: 502, message: "Internal server error"},
		"an answer that is no object":     {before: answering(lambda.Result{Payload: []byte(`"hello"`)}), status: 502, message: "Internal server error"},
		"an answer that is no base64":     {before: answering(lambda.Result{Payload: []byte(`{"statusCode":200,"body":"!","isBase64Encoded":true}`)}), status: 502, message: "Internal server error"},
		"a function that takes for too long": {before: func(t *testing.T, w *world) {
			ended := make(chan struct{})
			t.Cleanup(func() { close(ended) })
			in := w.integration(w.root, "GET", "${stageVariables.version}")
			in.TimeoutInMillis = aws.Int32(50)
			_, err := w.PutIntegration(t.Context(), in)
			must(t, err)
			_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod")})
			must(t, err)
			w.run = func(lambda.Version, lambda.Invocation) (lambda.Result, error) {
				<-ended
				return lambda.Result{}, nil
			}
		}, status: 504, message: "Endpoint request timed out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			if test.before != nil {
				test.before(t, w)
			}
			stage, method, path := "/"+w.id+"/prod", "GET", "/"
			if test.stage != "" {
				stage, path = strings.Replace(test.stage, "API", w.id, 1), ""
			}
			if test.method != "" {
				method = test.method
			}
			if test.path != "" {
				path = test.path
			}
			response, body := w.askOf(t, stage, method, path, test.body)
			if response.StatusCode != test.status || body != `{"message":"`+test.message+`"}` {
				t.Errorf("got %d %s", response.StatusCode, body)
			}
		})
	}
}

// answering makes the function answer so.
func answering(result lambda.Result) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) {
		w.run = func(lambda.Version, lambda.Invocation) (lambda.Result, error) { return result, nil }
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	answering(lambda.Result{Payload: []byte(`{"statusCode":201,"headers":{"X-A":"1","X-B":2,"Connection":"close"},"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]},"body":"aGVsbG8=","isBase64Encoded":true}`)})(t, w)
	response, body := w.ask(t, "GET", "/", "")
	if response.StatusCode != 201 || body != "hello" || response.Header.Get("X-A") != "1" || response.Header.Get("X-B") != "2" || len(response.Header["Set-Cookie"]) != 2 || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s %v", response.StatusCode, body, response.Header)
	}
	answering(lambda.Result{Payload: []byte(`{"statusCode":204}`)})(t, w)
	if response, body := w.ask(t, "GET", "/", ""); response.StatusCode != 204 || body != "" {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

// TestRoleOfTheAPI needs no policy of the function.
func TestRoleOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, err := w.lambda.RemovePermission(t.Context(), &awslambda.RemovePermissionInput{FunctionName: aws.String("echo"), Qualifier: aws.String("1"), StatementId: aws.String("api")})
	must(t, err)
	in := w.integration(w.root, "GET", "${stageVariables.version}")
	in.Credentials = aws.String("arn:aws:iam::000000000000:role/api")
	_, err = w.PutIntegration(t.Context(), in)
	must(t, err)
	w.clock.RunUntil(noon.Add(time.Second))
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod")})
	must(t, err)
	if response, body := w.ask(t, "GET", "/", ""); response.StatusCode != http.StatusOK {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

// TestCloserPathsGoFirst: a path that is written out, then one with a variable, then a greedy one.
func TestCloserPathsGoFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	resources, err := w.GetResources(t.Context(), &sdk.GetResourcesInput{RestApiId: &w.id})
	must(t, err)
	for _, resource := range resources.Items {
		if *resource.Path != "/items" {
			continue
		}
		for _, part := range []string{"{id}", "new"} {
			made, err := w.CreateResource(t.Context(), &sdk.CreateResourceInput{RestApiId: &w.id, ParentId: resource.Id, PathPart: &part})
			must(t, err)
			w.integrate(t, *made.Id, "GET", "${stageVariables.version}")
		}
	}
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod")})
	must(t, err)
	for path, want := range map[string]string{"/items/new": "/items/new", "/items/7": "/items/{id}", "/items/7/8": "/items/{proxy+}"} {
		for range 20 { // in whatever order resources are looked at
			w.Door().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/"+w.id+"/prod"+path, nil))
			if w.last["resource"] != want {
				t.Fatalf("%s is %v, want %s", path, w.last["resource"], want)
			}
		}
	}
	w.ask(t, "POST", "/items/new", "")
	if w.last["resource"] != "/items/{proxy+}" {
		t.Errorf("a method that only the greedy one has went to %v", w.last["resource"])
	}
}
