package frontdoor_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/frontdoor"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// oneFunction is a Functions with the one alias echo/live, which answers as it is told to.
type oneFunction struct {
	answer lambda.Answer
	err    error

	mu sync.Mutex
	// event is the last one that the function got.
	event []byte
}

func (f *oneFunction) Run(_ context.Context, function, alias string, payload []byte) (lambda.Answer, error) {
	if function != "echo" || alias != "live" {
		return lambda.Answer{}, &types.ResourceNotFoundException{Message: aws.String("Function not found")}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.event = payload
	return f.answer, f.err
}

func (f *oneFunction) Aliases() []string { return []string{"echo/live"} }

// answering is a function whose version 3 answers with payload.
func answering(payload string) *oneFunction {
	return &oneFunction{answer: lambda.Answer{Version: "3", Result: lambda.Result{Payload: []byte(payload)}}}
}

const ok = `{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"fine"}`

// serve starts a door to the functions and returns its address.
func serve(t testing.TB, functions frontdoor.Functions) string {
	t.Helper()
	server := httptest.NewServer(frontdoor.New(functions))
	t.Cleanup(server.Close)
	return server.URL
}

// ask makes one request and returns the response with its body read.
func ask(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func newRequest(t testing.TB, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// eventOf makes the request and returns the event that the function got, twice:
// as AWS's own type reads it, and with every field.
func eventOf(t *testing.T, change func(address string) *http.Request) (events.LambdaFunctionURLRequest, map[string]any) {
	t.Helper()
	function := answering(ok)
	if response, body := ask(t, change(serve(t, function))); response.StatusCode != http.StatusOK {
		t.Fatalf("answer is %d %s", response.StatusCode, body)
	}
	var event events.LambdaFunctionURLRequest
	var fields map[string]any
	for _, into := range []any{&event, &fields} {
		if err := json.Unmarshal(function.event, into); err != nil {
			t.Fatal(err)
		}
	}
	return event, fields
}

func TestEventIsAFunctionURLs(t *testing.T) {
	t.Parallel()
	before := time.Now()
	event, fields := eventOf(t, func(address string) *http.Request {
		r := newRequest(t, "POST", address+"/echo/live/items/a%2Fb//c?x=1&x=2&y=%20z", `{"a":1}`)
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		r.Header["X-Many"] = []string{"one", "two"}
		r.Header.Set("Cookie", "a=1; b=2")
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("User-Agent", "tester")
		return r
	})
	host := event.Headers["host"]
	for _, c := range []struct{ what, got, want string }{
		{"version", event.Version, "2.0"},
		{"raw path", event.RawPath, "/items/a%2Fb//c"},
		{"raw query", event.RawQueryString, "x=1&x=2&y=%20z"},
		{"parameter x", event.QueryStringParameters["x"], "1,2"},
		{"parameter y", event.QueryStringParameters["y"], " z"},
		{"body", event.Body, `{"a":1}`},
		{"cookies", strings.Join(event.Cookies, "|"), "a=1|b=2"},
		{"header with two values", event.Headers["x-many"], "one,two"},
		{"content type", event.Headers["content-type"], "application/json; charset=utf-8"},
		{"forwarded for", event.Headers["x-forwarded-for"], "203.0.113.9, 127.0.0.1"},
		{"forwarded proto", event.Headers["x-forwarded-proto"], "http"},
		{"forwarded port", event.Headers["x-forwarded-port"], host[strings.LastIndex(host, ":")+1:]},
		{"method", event.RequestContext.HTTP.Method, "POST"},
		{"path", event.RequestContext.HTTP.Path, "/items/a%2Fb//c"},
		{"protocol", event.RequestContext.HTTP.Protocol, "HTTP/1.1"},
		{"source", event.RequestContext.HTTP.SourceIP, "127.0.0.1"},
		{"user agent", event.RequestContext.HTTP.UserAgent, "tester"},
		{"account", event.RequestContext.AccountID, "anonymous"},
		{"domain", event.RequestContext.DomainName, host},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", c.what, c.got, c.want)
		}
	}
	if event.IsBase64Encoded {
		t.Error("JSON is passed as base64")
	}
	if at := time.UnixMilli(event.RequestContext.TimeEpoch); at.Before(before.Truncate(time.Millisecond)) || time.Since(at) > time.Minute {
		t.Errorf("time is %s", at)
	}
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", event.RequestContext.Time)
	if err != nil || at.Unix() != event.RequestContext.TimeEpoch/1000 {
		t.Errorf("time is %q, %v", event.RequestContext.Time, err)
	}
	if !strings.HasPrefix(event.Headers["x-amzn-trace-id"], "Root=1-") || len(event.RequestContext.RequestID) != 36 {
		t.Errorf("ids are %q and %q", event.Headers["x-amzn-trace-id"], event.RequestContext.RequestID)
	}
	requestContext := fields["requestContext"].(map[string]any)
	if fields["routeKey"] != "$default" || requestContext["routeKey"] != "$default" || requestContext["stage"] != "$default" {
		t.Errorf("routes are %v and %v", fields["routeKey"], requestContext)
	}
}

func TestEventPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/echo/live":           "/",
		"/echo/live/":          "/",
		"/echo/live/a/":        "/a/",
		"/echo/live//":         "//",
		"/echo/live/../x":      "/../x",
		"/echo/live/%20%C3%A9": "/%20%C3%A9",
	} {
		event, _ := eventOf(t, func(address string) *http.Request { return newRequest(t, "GET", address+path, "") })
		if event.RawPath != want {
			t.Errorf("%s is %s to the function, want %s", path, event.RawPath, want)
		}
	}
}

func TestEventBody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		contentType, body, want string
		encoded                 bool
	}{
		{"text/plain", "hello", "hello", false},
		{"application/xml", "<a/>", "<a/>", false},
		{"application/problem+json", "{}", "{}", false},
		{"image/svg+xml", "<svg/>", "<svg/>", false},
		{"application/x-www-form-urlencoded", "a=b", "YT1i", true},
		{"application/octet-stream", "\x00\xff", "AP8=", true},
		{"text/plain", "\xff", "/w==", true},
		{"", "hello", "aGVsbG8=", true},
		{"", "", "", false},
	} {
		event, _ := eventOf(t, func(address string) *http.Request {
			r := newRequest(t, "POST", address+"/echo/live/", c.body)
			r.Header.Set("Content-Type", c.contentType)
			return r
		})
		if event.Body != c.want || event.IsBase64Encoded != c.encoded {
			t.Errorf("%q of type %q is %q, %v", c.body, c.contentType, event.Body, event.IsBase64Encoded)
		}
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer, body string
		status       int
		headers      map[string]string
	}{
		"described":               {ok, "fine", 200, map[string]string{"Content-Type": "text/plain", "Content-Length": "4"}},
		"described, no type":      {`{"statusCode":201,"body":"{}"}`, "{}", 201, map[string]string{"Content-Type": "application/json"}},
		"described, no body":      {`{"statusCode":200}`, "", 200, map[string]string{"Content-Length": "0"}},
		"described, base64":       {`{"statusCode":200,"isBase64Encoded":true,"body":"AP8="}`, "\x00\xff", 200, nil},
		"described in text":       {`{"statusCode":"404","headers":{"X-Count":5},"body":"gone"}`, "gone", 404, map[string]string{"X-Count": "5"}},
		"described, null headers": {`{"statusCode":200,"headers":null,"body":null}`, "", 200, nil},
		"redirect":                {`{"statusCode":302,"headers":{"Location":"/x"}}`, "", 302, map[string]string{"Location": "/x"}},
		"no content":              {`{"statusCode":204,"body":"ignored"}`, "", 204, map[string]string{"Content-Type": "", "Content-Length": ""}},
		"not modified":            {`{"statusCode":304,"headers":{"ETag":"\"1\""}}`, "", 304, map[string]string{"Etag": `"1"`}},
		"not the function's":      {`{"statusCode":200,"headers":{"Content-Length":"9","Transfer-Encoding":"x","Connection":"close"},"body":"a"}`, "a", 200, map[string]string{"Content-Length": "1", "Connection": ""}},
		"an object":               {`{"a":1}`, `{"a":1}`, 200, map[string]string{"Content-Type": "application/json"}},
		"a string":                {`"hello"`, `"hello"`, 200, map[string]string{"Content-Type": "application/json"}},
		"an array":                {`[1,2]`, `[1,2]`, 200, nil},
		"null":                    {`null`, `null`, 200, nil},
		"an object with odd keys": {`{"headers":5,"body":{}}`, `{"headers":5,"body":{}}`, 200, nil},

		"no JSON":           {`hello`, "the function's answer is not an HTTP response: it is not JSON", 502, nil},
		"nothing":           {``, "it is not JSON", 502, nil},
		"odd status":        {`{"statusCode":"x"}`, `its statusCode is \"x\"`, 502, nil},
		"impossible status": {`{"statusCode":1000}`, `its statusCode is 1000`, 502, nil},
		"interim status":    {`{"statusCode":101}`, `its statusCode is 101`, 502, nil},
		"body not base64":   {`{"statusCode":200,"isBase64Encoded":true,"body":"!"}`, "not the base64", 502, nil},
		"body not text":     {`{"statusCode":200,"body":{}}`, "cannot unmarshal object", 502, nil},
		"too large":         {`"` + strings.Repeat("x", 6<<20) + `"`, "bytes are more than 6 MB", 502, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := ask(t, newRequest(t, "GET", serve(t, answering(c.answer))+"/echo/live/", ""))
			if response.StatusCode != c.status || !strings.Contains(body, c.body) || (c.body == "") != (body == "") {
				t.Errorf("response is %d %.200q, want %d %q", response.StatusCode, body, c.status, c.body)
			}
			for header, want := range c.headers {
				if got := response.Header.Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			if version := response.Header.Get(frontdoor.ExecutedVersion); version != "3" {
				t.Errorf("executed version is %q, want 3", version)
			}
			if response.Header.Get("X-Amzn-Requestid") == "" {
				t.Error("response has no request id")
			}
		})
	}
}

func TestResponseSetsEachCookie(t *testing.T) {
	t.Parallel()
	address := serve(t, answering(`{"statusCode":200,"cookies":["a=1; Path=/","b=2"]}`))
	response, _ := ask(t, newRequest(t, "GET", address+"/echo/live/", ""))
	if got := strings.Join(response.Header.Values("Set-Cookie"), "|"); got != "a=1; Path=/|b=2" {
		t.Errorf("cookies are %q", got)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	response, body := ask(t, newRequest(t, "HEAD", serve(t, answering(ok))+"/echo/live/", ""))
	if response.StatusCode != 200 || body != "" || response.ContentLength != 4 {
		t.Errorf("response is %d %q of %d bytes", response.StatusCode, body, response.ContentLength)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	failed := &oneFunction{answer: lambda.Answer{Version: "3", Result: lambda.Result{
		FunctionError: "Unhandled", Payload: []byte(`{"errorType":"Runtime.ExitError","errorMessage":"exit status 1"}`),
	}}}
	refusing := func(err error) *oneFunction { return &oneFunction{err: err} }
	for name, c := range map[string]struct {
		functions frontdoor.Functions
		path      string
		status    int
		message   string
	}{
		"no path":          {answering(ok), "/", 404, "there is no such function and alias; there is /echo/live/"},
		"no alias":         {answering(ok), "/echo", 404, "there is /echo/live/"},
		"empty function":   {answering(ok), "//live/", 404, "there is /echo/live/"},
		"empty alias":      {answering(ok), "/echo//", 404, "there is /echo/live/"},
		"a version":        {answering(ok), "/echo/3/", 404, "there is /echo/live/"},
		"$LATEST":          {answering(ok), "/echo/$LATEST/", 404, "there is /echo/live/"},
		"unknown function": {answering(ok), "/other/live/", 404, "there is /echo/live/"},
		"no functions":     {noFunctions{}, "/echo/live/", 404, "there is no function here yet"},
		"function error":   {failed, "/echo/live/", 502, "Internal Server Error"},
		"throttled":        {refusing(&types.TooManyRequestsException{Message: aws.String("Rate Exceeded.")}), "/echo/live/", 429, "Rate Exceeded."},
		"too large":        {refusing(&types.RequestTooLargeException{Message: aws.String("Request must be smaller")}), "/echo/live/", 413, "Request must be smaller"},
		"pending":          {refusing(&types.ResourceConflictException{Message: aws.String("The function is pending")}), "/echo/live/", 503, "The function is pending"},
		"broken":           {refusing(errors.New("no disk")), "/echo/live/", 500, "no disk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := ask(t, newRequest(t, "GET", serve(t, c.functions)+c.path, ""))
			var refusal struct{ Message string }
			if err := json.Unmarshal([]byte(body), &refusal); err != nil {
				t.Fatalf("body %q is not JSON: %v", body, err)
			}
			if response.StatusCode != c.status || !strings.Contains(refusal.Message, c.message) {
				t.Errorf("response is %d %q, want %d %q", response.StatusCode, refusal.Message, c.status, c.message)
			}
		})
	}
	response, body := ask(t, newRequest(t, "GET", serve(t, failed)+"/echo/live/", ""))
	if !strings.Contains(body, `"errorType":"Runtime.ExitError","errorMessage":"exit status 1"`) || response.Header.Get(frontdoor.ExecutedVersion) != "3" {
		t.Errorf("a function error does not say what happened: %v %s", response.Header, body)
	}
}

type noFunctions struct{}

func (noFunctions) Run(context.Context, string, string, []byte) (lambda.Answer, error) {
	return lambda.Answer{}, &types.ResourceNotFoundException{}
}

func (noFunctions) Aliases() []string { return nil }

func TestLargeBodyIsRefused(t *testing.T) {
	t.Parallel()
	function := answering(ok)
	response, body := ask(t, newRequest(t, "POST", serve(t, function)+"/echo/live/", strings.Repeat("x", 6<<20+1)))
	if response.StatusCode != http.StatusRequestEntityTooLarge || function.event != nil {
		t.Errorf("response is %d %s", response.StatusCode, body)
	}
}

func TestBrokenBodyIsRefused(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/echo/live/", io.MultiReader(strings.NewReader("half"), broken{}))
	frontdoor.New(answering(ok)).ServeHTTP(recorder, r)
	if recorder.Code != http.StatusBadRequest || !strings.Contains(recorder.Body.String(), "torn") {
		t.Errorf("response is %d %s", recorder.Code, recorder.Body)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("torn") }

func TestNobodyIsAnsweredWhenTheClientIsGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	recorder := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/echo/live/", nil).WithContext(ctx)
	r.RemoteAddr = "a socket"
	frontdoor.New(&oneFunction{err: context.Canceled}).ServeHTTP(recorder, r)
	if recorder.Body.Len() > 0 {
		t.Errorf("response is %s", recorder.Body)
	}
}

func TestConnectionIsKept(t *testing.T) {
	t.Parallel()
	address := serve(t, answering(ok))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i, path := range []string{"/echo/live/", "/nothing", "/echo/live/"} {
		reused := false
		r := newRequest(t, "POST", address+path, "body")
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
		}))
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if i > 0 && !reused {
			t.Errorf("request %d to %s needed a new connection", i, path)
		}
	}
}
