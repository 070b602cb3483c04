package apigateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// event makes the proxy event of a request, in payload format 1.0
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format).
// A body that is no text is passed as base64.
func (s *Service) event(r *http.Request, way way, found matched, path string, body []byte) ([]byte, error) {
	now := s.options.Clock.Now().UTC()
	all := headers(r)
	event := events.APIGatewayProxyRequest{
		Resource: found.resource.Path, Path: path, HTTPMethod: r.Method,
		Headers: last(all), MultiValueHeaders: all,
		QueryStringParameters: last(r.URL.Query()), MultiValueQueryStringParameters: many(r.URL.Query()),
		PathParameters: found.parameters, StageVariables: way.variables,
		RequestContext: events.APIGatewayProxyRequestContext{
			AccountID: s.options.AccountID, ResourceID: found.resource.ID, Stage: way.stage.Name, APIID: way.stage.API,
			RequestID: found.id(), ResourcePath: found.resource.Path, HTTPMethod: r.Method, Protocol: r.Proto, Path: "/" + way.stage.Name + path,
			DomainName: r.Host, RequestTime: now.Format("02/Jan/2006:15:04:05 -0700"), RequestTimeEpoch: now.UnixMilli(),
			Identity: events.APIGatewayRequestIdentity{SourceIP: sourceIP(r), UserAgent: r.UserAgent()},
		},
		Body: string(body),
	}
	if !utf8.Valid(body) {
		event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return json.Marshal(event)
}

// headers are the request's, and those that AWS adds.
func headers(r *http.Request) map[string][]string {
	all := maps.Clone(map[string][]string(r.Header))
	if all == nil {
		all = map[string][]string{}
	}
	all["Host"] = []string{r.Host}
	all["X-Forwarded-For"] = []string{strings.Join(append(slices.Clone(r.Header["X-Forwarded-For"]), sourceIP(r)), ", ")}
	all["X-Forwarded-Proto"] = []string{"http"}
	return all
}

// last is the last value of each name, as the event's single values are; nil when there is none.
func last(all map[string][]string) map[string]string {
	if len(all) == 0 {
		return nil
	}
	values := make(map[string]string, len(all))
	for name, several := range all {
		if len(several) > 0 {
			values[name] = several[len(several)-1]
		}
	}
	return values
}

func many(all map[string][]string) map[string][]string {
	if len(all) == 0 {
		return nil
	}
	return all
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// newRequestID returns a random UUID.
func newRequestID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // it never fails: see its documentation
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:])
}
