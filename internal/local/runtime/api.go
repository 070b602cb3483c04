package runtime

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The Lambda Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

// maximumResponse is the most that a function may answer: 6 MB, and what Lambda
// itself allows above it.
const maximumResponse = 6*1024*1024 + 100

// api is the handler of the process's own Runtime API.
func (s *process) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", s.serveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", s.serveResponse)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", s.serveError)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", s.serveInitError)
	return mux
}

// serveNext waits until there is work; a process that waits is warm.
func (s *process) serveNext(w http.ResponseWriter, r *http.Request) {
	s.poll()
	var work *work
	select {
	case work = <-s.next:
	case <-r.Context().Done():
		return
	}
	s.take(work)
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(work.Payload)))
	header.Set("Lambda-Runtime-Aws-Request-Id", work.RequestID)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(work.deadline.UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", work.ARN)
	header.Set("Lambda-Runtime-Trace-Id", trace(work.RequestID, time.Now()))
	if work.ClientContext != "" {
		if plain, err := base64.StdEncoding.DecodeString(work.ClientContext); err == nil {
			header.Set("Lambda-Runtime-Client-Context", string(plain))
		}
	}
	w.Write(work.Payload)
}

// trace is an X-Ray header for a request that is not sampled:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func trace(requestID string, now time.Time) string {
	digits := strings.ReplaceAll(requestID, "-", "") + strings.Repeat("0", 24)
	return fmt.Sprintf("Root=1-%08x-%s;Sampled=0", now.Unix(), digits[:24])
}

// serveResponse takes an answer. One that is streamed is collected; its error
// comes behind it, in trailers.
func (s *process) serveResponse(w http.ResponseWriter, r *http.Request) {
	work := s.finish(r.PathValue("id"))
	if work == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	}
	payload, err := io.ReadAll(io.LimitReader(r.Body, maximumResponse+1))
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "Runtime.TruncatedResponse", err.Error())
		work.done <- answer{payload: document("Runtime.TruncatedResponse", "Response body could not be read: "+err.Error()), failed: true}
		return
	case len(payload) > maximumResponse:
		message := fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maximumResponse)
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", message)
		work.done <- answer{payload: document("Function.ResponseSizeTooLarge", message), failed: true}
		return
	}
	accept(w)
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		work.done <- answer{payload: streamedError(kind, r.Trailer.Get("Lambda-Runtime-Function-Error-Body")), failed: true}
		return
	}
	work.done <- answer{payload: payload}
}

// streamedError is the error document of a trailer, which is base64-encoded.
func streamedError(kind, encoded string) []byte {
	if plain, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(plain) > 0 {
		return plain
	}
	return document(kind, "")
}

// serveError takes an invocation's error.
func (s *process) serveError(w http.ResponseWriter, r *http.Request) {
	work := s.finish(r.PathValue("id"))
	if work == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	}
	payload := reported(r)
	accept(w)
	work.done <- answer{payload: payload, failed: true}
}

// serveInitError takes the reason why the function cannot start. It ends by itself after that.
func (s *process) serveInitError(w http.ResponseWriter, r *http.Request) {
	s.reportInitError(reported(r))
	accept(w)
}

// reported is the error document of a request; without one, what its header says.
func reported(r *http.Request) []byte {
	payload, err := io.ReadAll(io.LimitReader(r.Body, maximumResponse))
	if err == nil && len(bytes.TrimSpace(payload)) > 0 {
		return payload
	}
	kind := r.Header.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		kind = "Runtime.Unknown"
	}
	return document(kind, "")
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(document(kind, message))
}
