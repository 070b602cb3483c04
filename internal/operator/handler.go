package operator

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

const (
	// maxCall is how long a call's JSON document may be, in bytes: an
	// execution's input (256 KiB at most), generously.
	maxCall = 1 << 20
	// maxPackage is how long a function package may be, in bytes.
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	maxPackage = 250 << 20
)

// Handler serves an operator to clients made by [NewClient] with the same
// token, on every path that begins with /-/goldfinch/v1/. It answers only
// requests that are addressed to a loopback host, so that no web page reaches
// it under a name of its own, and that carry the token.
func Handler(operator Operator, token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+prefix+callUpload, upload(operator.Upload))
	mux.HandleFunc("POST "+prefix+callUploadTemplate, upload(operator.UploadTemplate))
	answer(mux, callDeploy, operator.Deploy)
	answer(mux, callPlan, operator.Plan)
	answer(mux, callStatus, operator.Status)
	answer(mux, callList, operator.List)
	answer(mux, callHistory, operator.History)
	answer(mux, callRecording, operator.Recording)
	answer(mux, callTraffic, operator.Traffic)
	answer(mux, callJudged, operator.Judged)
	answer(mux, callRollback, operator.Rollback)
	answer(mux, callSignal, func(ctx context.Context, call signalCall) (Status, error) {
		return operator.Signal(ctx, call.Reference, call.Signal)
	})
	answer(mux, callLock, func(ctx context.Context, call lockCall) (done, error) {
		return done{}, operator.Lock(ctx, call.Service, call.Environment, call.Lock)
	})
	answer(mux, callUnlock, func(ctx context.Context, call unlockCall) (done, error) {
		return done{}, operator.Unlock(ctx, call.Service, call.Environment, call.By, call.Reason)
	})
	answer(mux, callDoctor, func(ctx context.Context, call doctorCall) ([]Finding, error) {
		return operator.Doctor(ctx, call.Fix)
	})
	answer(mux, callDrift, operator.Drift)
	answer(mux, callImages, operator.Images)
	return guarded(mux, token)
}

// guarded lets requests through that are addressed to a loopback host and carry the token.
func guarded(next http.Handler, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.Error(w, "addressed to another host than this one", http.StatusMisdirectedRequest)
			return
		}
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(bearer(token))) != 1 {
			http.Error(w, "the token is missing or wrong", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func bearer(token string) string { return "Bearer " + token }

// loopback reports whether a Host header names this machine for itself.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	address := net.ParseIP(host)
	return address != nil && address.IsLoopback()
}

// answer serves the call of that name with do.
func answer[In, Out any](mux *http.ServeMux, name string, do func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST "+prefix+name, func(w http.ResponseWriter, r *http.Request) {
		var in In
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall))
		// The payloads of checks are anybody's: their numbers stay as they are written.
		decoder.UseNumber()
		if err := decoder.Decode(&in); err != nil {
			reply(w, nil, &InvalidError{Message: fmt.Sprintf("read the call %s: %v", name, err)})
			return
		}
		out, err := do(r.Context(), in)
		reply(w, out, err)
	})
}

// upload serves a call whose body is not JSON, but a file, which goes to a
// temporary one first, because it is read twice.
func upload[Out any](store func(ctx context.Context, name string, body io.ReadSeeker) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		stored, err := spool(http.MaxBytesReader(w, r.Body, maxPackage), func(file *os.File) (Out, error) {
			return store(r.Context(), r.URL.Query().Get("name"), file)
		})
		reply(w, stored, err)
	}
}

// spool calls use with a temporary file that holds all of body.
func spool[Out any](body io.Reader, use func(*os.File) (Out, error)) (out Out, err error) {
	file, err := os.CreateTemp("", "goldfinch-upload-*")
	if err != nil {
		return out, fmt.Errorf("make a temporary file for the upload: %w", err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := io.Copy(file, body); err != nil {
		return out, fmt.Errorf("receive the upload: %w", err)
	}
	return use(file)
}

// reply writes out, or err when it is not nil.
func reply(w http.ResponseWriter, out any, err error) {
	status := http.StatusOK
	if err != nil {
		var problem wireError
		problem, status = toWire(err)
		out = problem
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status is sent; a client that is gone cannot be told of an error.
	_ = json.NewEncoder(w).Encode(out)
}
