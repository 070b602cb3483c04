package apigateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// A response is what a function answered, as HTTP.
type response struct {
	status  int
	headers http.Header
	body    []byte
}

// decode reads a function's answer: an object with a statusCode, and nothing else will do
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format).
func decode(payload []byte) (*response, error) {
	var described struct {
		StatusCode        *json.Number        `json:"statusCode"`
		Headers           map[string]any      `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
		Body              *string             `json:"body"`
		IsBase64Encoded   bool                `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(payload, &described); err != nil {
		return nil, err
	}
	if described.StatusCode == nil {
		return nil, errors.New("it has no statusCode")
	}
	status, err := strconv.Atoi(described.StatusCode.String())
	if err != nil || status < 200 || status > 599 {
		return nil, fmt.Errorf("its statusCode is %s", *described.StatusCode)
	}
	r := &response{status: status, headers: http.Header{}}
	for name, value := range described.Headers {
		r.headers.Set(name, fmt.Sprint(value))
	}
	for name, values := range described.MultiValueHeaders {
		r.headers.Del(name)
		for _, value := range values {
			r.headers.Add(name, value)
		}
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

// perConnection are headers that belong to the connection, which is not the function's.
var perConnection = map[string]bool{
	"Connection": true, "Content-Length": true, "Keep-Alive": true, "Proxy-Connection": true,
	"Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
}

func (r *response) write(w http.ResponseWriter) {
	header := w.Header()
	for name, values := range r.headers {
		if !perConnection[name] {
			header[name] = values
		}
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	if r.status == http.StatusNoContent || r.status == http.StatusNotModified {
		w.WriteHeader(r.status)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // a client that has gone away gets no answer
}
