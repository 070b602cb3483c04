package apigateway_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

type object = map[string]any

func checks(all ...release.Check) func(*release.Document) {
	return func(d *release.Document) { d.Verify = all }
}

// TestVerify makes requests of a version that no stage leads to.
func TestVerify(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		check release.Check
		want  string
	}{
		"nothing expected": {check: release.Check{}},
		"all of it": {check: release.Check{
			Payload: object{"method": "post", "path": "/orders?dry=1", "headers": object{"Content-Type": "text/plain"}, "body": "hello"},
			Expect: object{"status": 200, "headers": object{"content-TYPE": "application/json"}, "body": object{
				"version": "2", "asked": "POST /orders", "said": "hello", "variable": "2", "table": "orders",
			}},
		}},
		"a body of JSON":      {check: release.Check{Payload: object{"body": object{"id": 7}}, Expect: object{"body": object{"said": `{"id":7}`}}}},
		"another status":      {check: release.Check{Expect: object{"status": 201}}, want: "check 1: status: expected 201, got 200"},
		"another body":        {check: release.Check{Name: "answers", Expect: object{"body": object{"version": "1"}}}, want: `answers: body.version: expected "1", got "2"`},
		"a crash":             {check: release.Check{Payload: object{"path": "/crash"}}, want: "the function failed (Unhandled)"},
		"an answer of no use": {check: release.Check{Payload: object{"path": "/odd"}}, want: "not one for API Gateway (it has no statusCode)"},
		"no request":          {check: release.Check{Payload: "hello"}, want: "not an HTTP request"},
		"no path":             {check: release.Check{Payload: object{"path": "orders"}}, want: "does not begin with /"},
		"no method":           {check: release.Check{Payload: object{"method": "A B"}}, want: "is no request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			made := c.deploy("r-1", "v2")
			err := c.target("r-1", "v2", checks(test.check)).Verify(t.Context(), made)
			if test.want == "" {
				must(t, err)
				return
			}
			expectKind(t, err, release.KindUnhealthy, "version 2 of function echo, failed 1 of 1 checks", test.want)
		})
	}
}

// TestVerifyAtURL: what answers there is told which version is meant.
func TestVerifyAtURL(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Goldfinch-Deployment") != made || r.Header.Get("Goldfinch-Function-Version") != "2" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	defer server.Close()
	at := func(d *release.Document) { d.Target.APIGateway.URL = server.URL }
	must(t, c.target("r-1", "v2", at, checks(release.Check{Expect: object{"status": 200}})).Verify(t.Context(), made))
	err := c.target("r-1", "v2", at, checks(release.Check{Expect: object{"status": 200}})).Verify(t.Context(), c.first)
	expectKind(t, err, release.KindUnhealthy, "expected 200, got 418")
}
