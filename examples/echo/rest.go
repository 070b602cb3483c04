package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/aws/aws-lambda-go/events"
)

// HandleEvent answers one invocation: of a function URL, or of a REST API, whose events have another form
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
// The answers to both have the same form.
func (s *Service) HandleEvent(ctx context.Context, payload json.RawMessage) (events.LambdaFunctionURLResponse, error) {
	var form struct {
		HTTPMethod string `json:"httpMethod"`
	}
	if err := json.Unmarshal(payload, &form); err != nil {
		return events.LambdaFunctionURLResponse{}, fmt.Errorf("read the event: %w", err)
	}
	var request events.LambdaFunctionURLRequest
	if form.HTTPMethod == "" {
		if err := json.Unmarshal(payload, &request); err != nil {
			return events.LambdaFunctionURLResponse{}, fmt.Errorf("read the event of a function URL: %w", err)
		}
		return s.Handle(ctx, request)
	}
	var rest events.APIGatewayProxyRequest
	if err := json.Unmarshal(payload, &rest); err != nil {
		return events.LambdaFunctionURLResponse{}, fmt.Errorf("read the event of a REST API: %w", err)
	}
	return s.Handle(ctx, fromREST(rest))
}

// fromREST is the request of a REST API in the form of a function URL's.
func fromREST(rest events.APIGatewayProxyRequest) events.LambdaFunctionURLRequest {
	query := url.Values{}
	for name, value := range rest.QueryStringParameters {
		query.Set(name, value)
	}
	for name, values := range rest.MultiValueQueryStringParameters {
		query[name] = values
	}
	request := events.LambdaFunctionURLRequest{
		RawPath: rest.Path, RawQueryString: query.Encode(), Headers: rest.Headers, Body: rest.Body, IsBase64Encoded: rest.IsBase64Encoded,
	}
	request.RequestContext.HTTP.Method, request.RequestContext.HTTP.Path = rest.HTTPMethod, rest.Path
	return request
}
