package apigateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/expect"
	"github.com/goldfinch-dev/goldfinch/internal/target/httpcheck"
)

// The headers by which whatever answers at the document's URL knows what to test.
const (
	headerDeployment = "Goldfinch-Deployment"
	headerVersion    = "Goldfinch-Function-Version"
)

// Verify makes every check of the document, whose payload is an HTTP request and whose expectation is of the response, as package httpcheck
// has them. No stage leads to the deployment yet, so each request becomes the event that API Gateway would make of it, with which
// the function's version is invoked by its number; or it goes to the document's URL, with headers that name
// the deployment and the version. Without checks and URL, one dry run tells whether the version can be invoked at all.
func (t *Target) Verify(ctx context.Context, version string) error {
	present, err := t.look(ctx)
	if err != nil {
		return err
	}
	published := present.version(version)
	if published == "" {
		missing := t.versionMissing(present, version)
		missing.Kind = release.KindUnhealthy
		return missing
	}
	if t.settings.URL != "" {
		return httpcheck.Run(ctx, t.options.HTTP, t.settings.URL, map[string]string{headerDeployment: version, headerVersion: published}, t.document.Verify)
	}
	if len(t.document.Verify) == 0 {
		return t.function("").Verify(ctx, published)
	}
	variables := map[string]string{}
	for name, value := range present.variables {
		variables[name] = value
	}
	variables[t.settings.Variable] = published
	var failed []string
	for i, check := range t.document.Verify {
		difference, err := t.check(ctx, published, variables, check)
		if err != nil {
			return fmt.Errorf("%s: %w", httpcheck.Name(check, i), err)
		}
		if difference != "" {
			failed = append(failed, httpcheck.Name(check, i)+": "+difference)
		}
	}
	if len(failed) > 0 {
		return release.Fail(release.KindUnhealthy, "deployment %s, version %s of function %s, failed %d of %d checks: %s",
			version, published, t.settings.Function, len(failed), len(t.document.Verify), strings.Join(failed, "; "))
	}
	return nil
}

// check makes one check by invoking the function, and says in which way it failed; empty when it passed.
func (t *Target) check(ctx context.Context, published string, variables map[string]string, check release.Check) (difference string, err error) {
	request, err := httpcheck.RequestOf(check)
	if err != nil {
		return err.Error(), nil
	}
	event, err := t.event(request, variables)
	if err != nil {
		return err.Error(), nil
	}
	answer, difference, err := t.function("").Try(ctx, published, event)
	if err != nil || difference != "" {
		return difference, err
	}
	response, err := responseOf(answer)
	if err != nil {
		return fmt.Sprintf("the answer is not one for API Gateway (%v): %s", err, expect.Excerpt(string(answer))), nil
	}
	return response.Differs(check.Expect), nil
}

// event is what API Gateway would make of a request, in payload format 1.0
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
func (t *Target) event(request httpcheck.Request, variables map[string]string) ([]byte, error) {
	made, err := http.NewRequest(request.Method, "https://"+t.settings.RestAPI+".invalid"+request.Path, nil)
	if err != nil {
		return nil, fmt.Errorf("%s %s is no request: %w", request.Method, request.Path, err)
	}
	path := made.URL.EscapedPath()
	event := events.APIGatewayProxyRequest{
		Resource: "/{proxy+}", Path: path, HTTPMethod: request.Method, Body: request.Body,
		Headers: map[string]string{}, MultiValueHeaders: map[string][]string{},
		PathParameters: map[string]string{"proxy": strings.TrimPrefix(path, "/")}, StageVariables: variables,
		RequestContext: events.APIGatewayProxyRequestContext{
			APIID: t.settings.RestAPI, Stage: t.settings.Stage, ResourcePath: "/{proxy+}", HTTPMethod: request.Method, Path: "/" + t.settings.Stage + path,
			Protocol: "HTTP/1.1", RequestID: t.release, Identity: events.APIGatewayRequestIdentity{SourceIP: "127.0.0.1", UserAgent: "goldfinch"},
		},
	}
	for name, value := range request.Headers {
		event.Headers[name], event.MultiValueHeaders[name] = value, []string{value}
	}
	if query := made.URL.Query(); len(query) > 0 {
		event.MultiValueQueryStringParameters, event.QueryStringParameters = query, map[string]string{}
		for name, values := range query {
			event.QueryStringParameters[name] = values[len(values)-1]
		}
	}
	return json.Marshal(event)
}

// responseOf is the HTTP response that API Gateway would make of a function's answer.
func responseOf(answer []byte) (httpcheck.Response, error) {
	var described events.APIGatewayProxyResponse
	if err := json.Unmarshal(answer, &described); err != nil {
		return httpcheck.Response{}, err
	}
	if described.StatusCode == 0 {
		return httpcheck.Response{}, fmt.Errorf("it has no statusCode")
	}
	response := httpcheck.Response{Status: described.StatusCode, Headers: http.Header{}, Body: []byte(described.Body)}
	for name, value := range described.Headers {
		response.Headers.Set(name, value)
	}
	for name, values := range described.MultiValueHeaders {
		response.Headers[http.CanonicalHeaderKey(name)] = values
	}
	if described.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(described.Body)
		if err != nil {
			return httpcheck.Response{}, err
		}
		response.Body = body
	}
	return response, nil
}

// Usable reports whether the deployment exists, and the function's version that it leads to can be invoked.
func (t *Target) Usable(ctx context.Context, version string) (bool, error) {
	present, err := t.look(ctx)
	if err != nil {
		return false, err
	}
	published := present.version(version)
	if published == "" {
		return false, nil
	}
	return t.function("").Usable(ctx, published)
}
