package frontdoor

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// A response is what a function answered, as HTTP.
type response struct {
	status  int
	headers map[string]string
	cookies []string
	body    []byte
}

// decode reads a function's answer. An object with a statusCode describes the
// response; any other JSON is its body.
func decode(payload []byte) (*response, error) {
	if len(payload) > maximumPayload {
		return nil, fmt.Errorf("its %d bytes are more than 6 MB", len(payload))
	}
	if !json.Valid(payload) {
		return nil, errors.New("it is not JSON")
	}
	if !describesResponse(payload) {
		return &response{status: http.StatusOK, body: payload}, nil
	}
	var described struct {
		StatusCode      json.RawMessage            `json:"statusCode"`
		Headers         map[string]json.RawMessage `json:"headers"`
		Cookies         []string                   `json:"cookies"`
		Body            *string                    `json:"body"`
		IsBase64Encoded bool                       `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(payload, &described); err != nil {
		return nil, err
	}
	status, err := strconv.Atoi(text(described.StatusCode))
	if err != nil || status < 200 || status > 599 {
		return nil, fmt.Errorf("its statusCode is %s", described.StatusCode)
	}
	r := &response{status: status, headers: make(map[string]string, len(described.Headers)), cookies: described.Cookies}
	for name, value := range described.Headers {
		r.headers[strings.ToLower(name)] = text(value)
	}
	if described.Body == nil {
		return r, nil
	}
	r.body = []byte(*described.Body)
	if described.IsBase64Encoded {
		if r.body, err = base64.StdEncoding.DecodeString(*described.Body); err != nil {
			return nil, fmt.Errorf("its body is not the base64 that it is said to be: %w", err)
		}
	}
	return r, nil
}

// describesResponse reports whether the JSON is an object with a statusCode.
func describesResponse(payload []byte) bool {
	var object struct {
		StatusCode json.RawMessage `json:"statusCode"`
	}
	return json.Unmarshal(payload, &object) == nil && object.StatusCode != nil
}

// text is a JSON string's content, or any other value as it is written: AWS
// takes numbers where it wants strings, and the other way round.
func text(value json.RawMessage) string {
	var content string
	if err := json.Unmarshal(value, &content); err == nil {
		return content
	}
	return string(value)
}

// perConnection are headers that belong to the connection, which is not the function's.
var perConnection = map[string]bool{
	"connection": true, "content-length": true, "keep-alive": true, "proxy-connection": true,
	"te": true, "trailer": true, "transfer-encoding": true, "upgrade": true,
}

func (r *response) write(w http.ResponseWriter) {
	header := w.Header()
	for name, value := range r.headers {
		if !perConnection[name] {
			header.Set(name, value)
		}
	}
	for _, cookie := range r.cookies {
		header.Add("Set-Cookie", cookie)
	}
	if r.status == http.StatusNoContent || r.status == http.StatusNotModified {
		w.WriteHeader(r.status)
		return
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	header.Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // a client that has gone away gets no answer
}
