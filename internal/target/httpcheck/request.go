package httpcheck

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Request is what a check asks.
type Request struct {
	// Method is GET when the check says none.
	Method string
	// Path begins with a slash, and may have a query; it is / when the check says none.
	Path    string
	Headers map[string]string
	Body    string
}

// RequestOf reads a check's payload. The error says that the payload is not an HTTP request.
func RequestOf(check release.Check) (Request, error) {
	request := Request{Method: http.MethodGet, Path: "/"}
	if check.Payload == nil {
		return request, nil
	}
	text, err := json.Marshal(check.Payload)
	if err != nil {
		return Request{}, notHTTP("its payload is not JSON: %v", err)
	}
	var payload struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&payload); err != nil {
		return Request{}, notHTTP("its payload is not an HTTP request: %v", err)
	}
	if payload.Method != "" {
		request.Method = strings.ToUpper(payload.Method)
	}
	if payload.Path != "" {
		request.Path = payload.Path
	}
	if !strings.HasPrefix(request.Path, "/") {
		return Request{}, notHTTP("its path %q does not begin with /", request.Path)
	}
	request.Headers = payload.Headers
	if len(payload.Body) > 0 && string(payload.Body) != "null" {
		if err := json.Unmarshal(payload.Body, &request.Body); err != nil {
			request.Body = string(payload.Body)
		}
	}
	return request, nil
}
