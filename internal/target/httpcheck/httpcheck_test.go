package httpcheck_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/httpcheck"
)

type object = map[string]any

// serve answers as the path says, and says what it was asked.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Host", r.Host)
		w.Header().Add("X-Many", "a")
		w.Header().Add("X-Many", "b")
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/broken":
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprint(w, "no backend")
		case "/gone":
			w.WriteHeader(http.StatusNotFound)
		case "/text":
			fmt.Fprint(w, "fine")
		case "/cut":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "fi")
		case "/hang":
			panic(http.ErrAbortHandler)
		default:
			fmt.Fprintf(w, `{"asked":"%s %s","said":%q,"type":%q,"secret":%q}`, r.Method, r.URL.RequestURI(), body, r.Header.Get("Content-Type"), r.Header.Get("X-Secret"))
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func TestRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		payload, expect any
		want            string
	}{
		"nothing said":       {},
		"the least":          {nil, object{"status": 200, "body": object{"asked": "GET /"}}, ""},
		"all of it":          {object{"method": "post", "path": "/a?b=c", "headers": object{"Content-Type": "text/plain", "X-Secret": "theirs"}, "body": "hello"}, object{"body": object{"asked": "POST /a?b=c", "said": "hello", "type": "text/plain", "secret": "ours"}}, ""},
		"a body of JSON":     {object{"body": object{"a": 1}}, object{"body": object{"said": `{"a":1}`}}, ""},
		"a body of null":     {object{"body": nil}, object{"body": object{"said": ""}}, ""},
		"another host":       {object{"headers": object{"host": "app.example.com"}}, object{"headers": object{"x-host": "app.example.com"}}, ""},
		"several of a name":  {nil, object{"headers": object{"X-MANY": "a, b"}}, ""},
		"text":               {object{"path": "/text"}, object{"body": "fine"}, ""},
		"a redirect":         {object{"path": "/away"}, object{"status": 302}, ""},
		"a missing page":     {object{"path": "/gone"}, nil, ""},
		"a failure":          {object{"path": "/broken"}, nil, "status: expected one below 500, got 502: no backend"},
		"another status":     {nil, object{"status": 201}, "status: expected 201, got 200"},
		"another header":     {nil, object{"headers": object{"X-Host": "x"}}, `headers.x-host: expected "x", got "127.0.0.1`},
		"no such header":     {nil, object{"headers": object{"X-Other": "x"}}, `headers.x-other: expected "x", got nothing`},
		"another body":       {nil, object{"body": object{"said": "x"}}, `body.said: expected "x", got ""`},
		"another text":       {object{"path": "/text"}, object{"body": "bad"}, `body: expected "bad", got "fine"`},
		"no JSON":            {object{"path": "/text"}, object{"body": object{"a": 1}}, "body: expected JSON, got fine"},
		"no answer":          {object{"path": "/hang"}, nil, "no answer: "},
		"a cut answer":       {object{"path": "/cut"}, nil, "the answer broke off"},
		"not a request":      {"hello", nil, "not an HTTP request"},
		"not JSON":           {func() {}, nil, "not JSON"},
		"an unknown key":     {object{"rawPath": "/"}, nil, `unknown field "rawPath"; a check over HTTP has payload {method, path, headers, body}`},
		"a path of its own":  {object{"path": "a"}, nil, `"a" does not begin with /`},
		"a method of none":   {object{"method": "A B"}, nil, "is no request"},
		"no object expected": {nil, 200, "it expects 200"},
		"no such part":       {nil, object{"statusCode": 200}, `it expects "statusCode"`},
		"headers in a list":  {nil, object{"headers": []any{"a"}}, "it expects the headers"},
		"what is no JSON":    {nil, object{"status": func() {}}, "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t)
			err := httpcheck.Run(t.Context(), server.Client(), server.URL+"/", map[string]string{"X-Secret": "ours"}, []release.Check{{Payload: test.payload, Expect: test.expect}})
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if kind, _ := release.KindOf(err); kind != release.KindUnhealthy || !strings.Contains(err.Error(), "failed 1 of 1 checks: check 1: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// TestEachFailureIsNamed: one failure says all.
func TestEachFailureIsNamed(t *testing.T) {
	t.Parallel()
	server := serve(t)
	err := httpcheck.Run(t.Context(), server.Client(), server.URL, nil, []release.Check{
		{Name: "answers", Expect: object{"status": 500}}, {Name: "fine"}, {Payload: object{"path": "/broken"}},
	})
	if kind, _ := release.KindOf(err); kind != release.KindUnhealthy || !strings.Contains(err.Error(), "failed 2 of 3 checks: answers: status: expected 500, got 200; check 3: status: ") {
		t.Error(err)
	}
	if err := httpcheck.Run(t.Context(), server.Client(), server.URL, nil, nil); err != nil {
		t.Error(err)
	}
}

// TestTheCallersTime: when it is over, that is no fault of the version.
func TestTheCallersTime(t *testing.T) {
	t.Parallel()
	server := serve(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	err := httpcheck.Run(over, server.Client(), server.URL, nil, nil)
	if _, classified := release.KindOf(err); classified || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
