package apigateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ExecutedVersion is the response header that says which version of the function answered. AWS's API Gateway does not tell.
const ExecutedVersion = "X-Amz-Executed-Version"

// maximumPayload is how large a request may be, and an answer
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
const maximumPayload = 10 << 20

// Door answers http://HOST/API/STAGE/any/path as https://API.execute-api.REGION.amazonaws.com/STAGE/any/path would. When no function
// is what answers, the body is a JSON object whose message is AWS's:
//
//   - 403: there is no such API, stage, resource or method;
//   - 413: the request is larger than 10 MB;
//   - 500: the function may not be invoked, or could not be;
//   - 502: the function failed, or its answer is not one for API Gateway;
//   - 504: the function took longer than its integration may.
func (s *Service) Door() http.Handler { return http.HandlerFunc(s.serveHTTP) }

func (s *Service) serveHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/", 3)
	path := "/"
	if len(parts) == 3 {
		path += parts[2]
	}
	if len(parts) < 2 {
		refuse(w, http.StatusForbidden, "Forbidden")
		return
	}
	way, ok := s.draw(parts[0], parts[1])
	if !ok {
		refuse(w, http.StatusForbidden, "Forbidden")
		return
	}
	found, ok := match(way.resources, r.Method, path)
	if !ok {
		refuse(w, http.StatusForbidden, "Missing Authentication Token")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maximumPayload))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, "Request Too Long")
			return
		}
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}
	w.Header().Set("X-Amzn-Requestid", found.id())
	s.answer(w, r, way, found, path, body)
}

// answer invokes the function of a method.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, way way, found matched, path string, body []byte) {
	integration := found.method.Integration
	function, qualifier, ok := functionOf(filledIn(integration.URI, way.variables))
	source := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s%s", s.options.Region, s.options.AccountID, way.stage.API, way.stage.Name, r.Method, path)
	functions := s.options.Functions
	if !ok || functions == nil || integration.Credentials == "" && !functions.Allows(function, qualifier, service, source) {
		refuse(w, http.StatusInternalServerError, internalError)
		return
	}
	event, err := s.event(r, way, found, path, body)
	if err != nil {
		refuse(w, http.StatusInternalServerError, internalError)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), integration.Timeout)
	defer cancel()
	answer, err := within(ctx, func() (lambdaAnswer, error) { return functions.Run(ctx, function, qualifier, event) })
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		refuse(w, http.StatusGatewayTimeout, "Endpoint request timed out")
		return
	case err != nil:
		refuse(w, http.StatusInternalServerError, internalError)
		return
	}
	w.Header().Set(ExecutedVersion, answer.Version)
	if answer.FunctionError != "" {
		refuse(w, http.StatusBadGateway, internalError)
		return
	}
	response, err := decode(answer.Payload)
	if err != nil {
		refuse(w, http.StatusBadGateway, internalError)
		return
	}
	response.write(w)
}

// internalError is what API Gateway says when its integration does not do what it should.
const internalError = "Internal server error"

// within waits for f no longer than ctx lasts: the function itself goes on.
func within[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := f()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// refuse answers without a function.
func refuse(w http.ResponseWriter, status int, message string) {
	body, _ := json.Marshal(map[string]string{"message": message}) // strings can always be marshalled
	(&response{status: status, body: body}).write(w)
}
