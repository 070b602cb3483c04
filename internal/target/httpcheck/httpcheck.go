// Package httpcheck makes the checks of a document over HTTP.
//
// A check's payload is the request, and its expectation is of the response:
//
//	payload: {method: POST, path: "/orders?dry=1", headers: {Content-Type: application/json}, body: {"id": 7}}
//	expect:  {status: 200, headers: {content-type: application/json}, body: {"ok": true}}
//
// All of it may be left out: the request is GET / then, and any response below 500 will do, that follows no redirect. A body that is no string
// is sent as JSON. Header names of an expectation are in any case. A body that is expected to be a string must be the
// response's, and any other is compared as JSON, where keys that the expectation does not name are free.
package httpcheck

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/expect"
)

const (
	// Timeout bounds one check.
	Timeout = 10 * time.Second
	// bodyLimit is how much of a response's body is read.
	bodyLimit = 1 << 20
)

// Run makes every check at baseURL, one after the other, without trying again, and returns one KindUnhealthy failure that names each
// that failed. Headers are sent with each request, and stand above those of the payload. A document without checks has
// one GET / made.
func Run(ctx context.Context, client *http.Client, baseURL string, headers map[string]string, checks []release.Check) error {
	if len(checks) == 0 {
		checks = []release.Check{{}}
	}
	direct := *client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var failed []string
	for i, check := range checks {
		difference := run(ctx, &direct, baseURL, headers, check)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", Name(check, i), err)
		}
		if difference != "" {
			failed = append(failed, Name(check, i)+": "+difference)
		}
	}
	if len(failed) > 0 {
		return release.Fail(release.KindUnhealthy, "%s failed %d of %d checks: %s", baseURL, len(failed), len(checks), strings.Join(failed, "; "))
	}
	return nil
}

// Name is how a check is reported, by its number from 0 when it has none of its own.
func Name(check release.Check, number int) string {
	if check.Name != "" {
		return check.Name
	}
	return fmt.Sprintf("check %d", number+1)
}

// run makes one check, and says in which way it failed; empty when it passed.
func run(ctx context.Context, client *http.Client, baseURL string, headers map[string]string, check release.Check) (difference string) {
	asked, err := RequestOf(check)
	if err != nil {
		return err.Error()
	}
	limited, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	made, err := http.NewRequestWithContext(limited, asked.Method, strings.TrimSuffix(baseURL, "/")+asked.Path, strings.NewReader(asked.Body))
	if err != nil {
		return fmt.Sprintf("%s %s is no request: %v", asked.Method, asked.Path, err)
	}
	for _, set := range []map[string]string{asked.Headers, headers} {
		for name, value := range set {
			if http.CanonicalHeaderKey(name) == "Host" {
				made.Host = value
				continue
			}
			made.Header.Set(name, value)
		}
	}
	response, err := client.Do(made)
	if err != nil {
		return "no answer: " + err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyLimit))
	if err != nil {
		return "the answer broke off: " + err.Error()
	}
	return Response{Status: response.StatusCode, Headers: response.Header, Body: body}.Differs(check.Expect)
}

// A Response is what came back.
type Response struct {
	Status  int
	Headers http.Header
	Body    []byte
}

// Differs says in which way the response is not what a check expects; empty when it is.
func (r Response) Differs(expected any) (difference string) {
	if expected == nil {
		if r.Status >= http.StatusInternalServerError {
			return fmt.Sprintf("status: expected one below 500, got %d: %s", r.Status, expect.Excerpt(string(r.Body)))
		}
		return ""
	}
	fields, ok := expected.(map[string]any)
	if !ok {
		return notHTTP("it expects %v", expected).Error()
	}
	got, wanted := map[string]any{"status": r.Status, "body": string(r.Body)}, map[string]any{}
	for key, value := range fields {
		switch key {
		case "status":
		case "headers":
			named, ok := value.(map[string]any)
			if !ok {
				return notHTTP("it expects the headers %v", value).Error()
			}
			value, got["headers"] = lowerKeys(named), r.headers()
		case "body":
			if _, isText := value.(string); !isText {
				if !json.Valid(r.Body) {
					return "body: expected JSON, got " + expect.Excerpt(string(r.Body))
				}
				got["body"] = json.RawMessage(r.Body)
			}
		default:
			return notHTTP("it expects %q", key).Error()
		}
		wanted[key] = value
	}
	answer, err := json.Marshal(got)
	if err != nil {
		return "the answer can't be compared: " + err.Error()
	}
	difference, err = expect.Compare(wanted, answer)
	if err != nil {
		return err.Error()
	}
	return difference
}

// headers are the response's by their names in lower case; of several of one name, all in one.
func (r Response) headers() map[string]any {
	headers := make(map[string]any, len(r.Headers))
	for name, values := range r.Headers {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return headers
}

func lowerKeys(values map[string]any) map[string]any {
	lower := make(map[string]any, len(values))
	for name, value := range values {
		lower[strings.ToLower(name)] = value
	}
	return lower
}

// notHTTP says that a check can't be made over HTTP.
func notHTTP(format string, arguments ...any) error {
	return fmt.Errorf(format+"; a check over HTTP has payload {method, path, headers, body} and expect {status, headers, body}", arguments...)
}
