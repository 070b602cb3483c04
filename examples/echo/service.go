package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// Items is where items are kept.
type Items interface {
	// Get returns the item's content, or ErrNoItem.
	Get(ctx context.Context, id string) (string, error)
	// Create stores a new item, or returns ErrItemExists.
	Create(ctx context.Context, id, content string) error
}

// What Items answers when it is not broken; every other error is.
var (
	ErrNoItem     = errors.New("there is no such item")
	ErrItemExists = errors.New("there is such an item already")
)

// Service answers HTTP requests that come as function URL events.
type Service struct {
	Variant string
	Items   Items
	// Fault is what this variant does wrong; nil for a good one.
	Fault Fault
	// Metrics counts the answers that are the service's own fault.
	Metrics *Metrics
}

// maximumID is how long an item's id may be, in bytes.
const maximumID = 200

// A description is what the service says of a request.
type description struct {
	Variant string            `json:"variant"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   string            `json:"query,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
}

// An item is one stored item, as it is answered.
type item struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// Handle answers one request. An error is a function error, which AWS counts
// and whose caller gets a 502.
func (s *Service) Handle(ctx context.Context, request events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	if s.Fault != nil {
		if response, err := s.Fault(ctx); response != nil || err != nil {
			return s.count(response), err
		}
	}
	response := s.route(ctx, request)
	return s.count(&response), nil
}

// count counts the response and returns it; Lambda itself counts function errors only.
func (s *Service) count(response *events.LambdaFunctionURLResponse) events.LambdaFunctionURLResponse {
	if response == nil {
		return events.LambdaFunctionURLResponse{}
	}
	if response.StatusCode >= http.StatusInternalServerError {
		s.Metrics.ServerError()
	}
	return *response
}

func (s *Service) route(ctx context.Context, request events.LambdaFunctionURLRequest) events.LambdaFunctionURLResponse {
	method := request.RequestContext.HTTP.Method
	if id, found := strings.CutPrefix(request.RawPath, "/items/"); found {
		return s.item(ctx, method, id, request)
	}
	switch request.RawPath {
	case "/", "":
		return allow(method, http.MethodGet, func() events.LambdaFunctionURLResponse { return s.describe(request) })
	case "/echo":
		return allow(method, http.MethodPost, func() events.LambdaFunctionURLResponse { return s.describe(request) })
	case "/version":
		return allow(method, http.MethodGet, func() events.LambdaFunctionURLResponse {
			return respond(http.StatusOK, map[string]string{"variant": s.Variant})
		})
	}
	return respondError(http.StatusNotFound, "there is nothing at "+request.RawPath)
}

// allow answers when the method is the allowed one, or HEAD in place of GET.
func allow(method, allowed string, answer func() events.LambdaFunctionURLResponse) events.LambdaFunctionURLResponse {
	if method != allowed && !(method == http.MethodHead && allowed == http.MethodGet) {
		return notAllowed(allowed)
	}
	return answer()
}

func notAllowed(allowed string) events.LambdaFunctionURLResponse {
	response := respondError(http.StatusMethodNotAllowed, "only "+allowed+" is allowed here")
	response.Headers["allow"] = allowed
	return response
}

func (s *Service) describe(request events.LambdaFunctionURLRequest) events.LambdaFunctionURLResponse {
	body, err := bodyOf(request)
	if err != nil {
		return respondError(http.StatusBadRequest, err.Error())
	}
	return respond(http.StatusOK, description{
		Variant: s.Variant, Method: request.RequestContext.HTTP.Method, Path: request.RawPath,
		Query: request.RawQueryString, Headers: request.Headers, Body: body,
	})
}

func (s *Service) item(ctx context.Context, method, escaped string, request events.LambdaFunctionURLRequest) events.LambdaFunctionURLResponse {
	id, err := url.PathUnescape(escaped)
	if err != nil || id == "" || len(id) > maximumID {
		return respondError(http.StatusBadRequest, "an item's id has 1 to 200 bytes")
	}
	switch method {
	case http.MethodGet, http.MethodHead:
		return s.getItem(ctx, id)
	case http.MethodPut, http.MethodPost:
		return s.createItem(ctx, id, request)
	}
	return notAllowed("GET, HEAD, POST, PUT")
}

func (s *Service) getItem(ctx context.Context, id string) events.LambdaFunctionURLResponse {
	content, err := s.Items.Get(ctx, id)
	switch {
	case errors.Is(err, ErrNoItem):
		return respondError(http.StatusNotFound, "there is no item "+id)
	case err != nil:
		return respondError(http.StatusServiceUnavailable, err.Error())
	}
	return respond(http.StatusOK, item{ID: id, Content: content})
}

func (s *Service) createItem(ctx context.Context, id string, request events.LambdaFunctionURLRequest) events.LambdaFunctionURLResponse {
	content, err := bodyOf(request)
	if err != nil {
		return respondError(http.StatusBadRequest, err.Error())
	}
	err = s.Items.Create(ctx, id, content)
	switch {
	case errors.Is(err, ErrItemExists):
		return respondError(http.StatusConflict, "there is an item "+id+" already")
	case err != nil:
		return respondError(http.StatusServiceUnavailable, err.Error())
	}
	response := respond(http.StatusCreated, item{ID: id, Content: content})
	response.Headers["location"] = "/items/" + url.PathEscape(id)
	return response
}

func bodyOf(request events.LambdaFunctionURLRequest) (string, error) {
	if !request.IsBase64Encoded {
		return request.Body, nil
	}
	body, err := base64.StdEncoding.DecodeString(request.Body)
	if err != nil {
		return "", errors.New("the body is not the base64 that it is said to be")
	}
	return string(body), nil
}

func respondError(status int, message string) events.LambdaFunctionURLResponse {
	return respond(status, map[string]string{"error": message})
}

func respond(status int, content any) events.LambdaFunctionURLResponse {
	body, err := json.Marshal(content)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	return events.LambdaFunctionURLResponse{
		StatusCode: status,
		Headers:    map[string]string{"content-type": "application/json"},
		Body:       string(body),
	}
}
