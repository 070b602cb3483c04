// Package frontdoor lets HTTP in: it answers http://HOST/FUNCTION/ALIAS/… as
// the function URL of that alias would
// (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
//
// Each request becomes an event in payload format 2.0, each answer of the
// function an HTTP response. Which version answers is local Lambda's affair;
// the header X-Amz-Executed-Version tells.
//
// As on AWS, a version is never reachable by its number: only an alias is, so
// that a version that was deployed offline meets no users. Streamed responses
// and IAM authorisation are not offered.
package frontdoor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// Functions is what a Door needs of Lambda.
type Functions interface {
	// Run invokes the version that the alias picks. Its errors are the SDK's types.
	Run(ctx context.Context, function, alias string, payload []byte) (lambda.Answer, error)
	// Aliases lists what there is, as FUNCTION/ALIAS, in order.
	Aliases() []string
}

// ExecutedVersion is the response header that says which version answered.
const ExecutedVersion = "X-Amz-Executed-Version"

// maximumPayload is how large an event, and an answer, may be
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const maximumPayload = 6 << 20

// A Door is an http.Handler for all functions.
type Door struct{ functions Functions }

var _ http.Handler = (*Door)(nil)

// New returns a door to the functions.
func New(functions Functions) *Door { return &Door{functions: functions} }

// ServeHTTP answers one request. When the function is not what answers, the
// body is a JSON object whose Message says why:
//
//   - 404: there is no such function or alias; the message lists what there is;
//   - 413: the request is larger than 6 MB as an event;
//   - 429: too many requests at a time;
//   - 502: the function failed, or its answer is not an HTTP response;
//   - 503: the version cannot be invoked yet, or not any more;
//   - 500: the function could not be run.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	function, alias, path, ok := split(r.URL.EscapedPath())
	if !ok {
		d.notFound(w)
		return
	}
	id := newRequestID()
	w.Header().Set("X-Amzn-Requestid", id)
	r.Body = http.MaxBytesReader(w, r.Body, maximumPayload)
	event, err := encode(r, path, id)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, "the request is larger than 6 MB")
			return
		}
		refuse(w, http.StatusBadRequest, "the request's body could not be read: "+err.Error())
		return
	}
	answer, err := d.functions.Run(r.Context(), function, alias, event)
	if err != nil {
		d.refuseInvocation(w, r, err)
		return
	}
	w.Header().Set(ExecutedVersion, answer.Version)
	if answer.FunctionError != "" {
		refuseFunctionError(w, answer.Payload)
		return
	}
	response, err := decode(answer.Payload)
	if err != nil {
		refuse(w, http.StatusBadGateway, "the function's answer is not an HTTP response: "+err.Error())
		return
	}
	response.write(w)
}

// split takes /FUNCTION/ALIAS/REST apart; the path that is left begins with "/"
// and is as it was escaped. Versions are not aliases.
func split(escaped string) (function, alias, path string, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(escaped, "/"), "/", 3)
	if len(parts) < 2 || parts[0] == "" || !isAlias(parts[1]) {
		return "", "", "", false
	}
	path = "/"
	if len(parts) == 3 {
		path += parts[2]
	}
	return parts[0], parts[1], path, true
}

// isAlias reports whether a name can be an alias: $LATEST and numbers cannot.
func isAlias(name string) bool {
	return strings.Trim(name, "0123456789") != "" && name != "$LATEST"
}
