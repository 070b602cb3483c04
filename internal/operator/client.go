package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

// NewClient returns an operator that asks the [Handler] at baseURL, such as
// "http://127.0.0.1:9400". Errors come back with their kind and their text.
func NewClient(baseURL, token string, client *http.Client) Operator {
	return &remote{base: strings.TrimSuffix(baseURL, "/") + prefix, token: token, client: client}
}

// A remote is an operator in another process.
type remote struct {
	base   string
	token  string
	client *http.Client
}

func (r *remote) Upload(ctx context.Context, name string, body io.ReadSeeker) (release.Artifact, error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return release.Artifact{}, fmt.Errorf("read %s: %w", name, err)
	}
	return send[release.Artifact](ctx, r, named(callUpload, name), "application/zip", closed(body))
}

func (r *remote) UploadTemplate(ctx context.Context, name string, body io.ReadSeeker) (location string, err error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return send[string](ctx, r, named(callUploadTemplate, name), "application/yaml", closed(body))
}

// named is a call whose body is a file.
func named(call, file string) string { return call + "?" + url.Values{"name": {file}}.Encode() }

// closed is a file that the transport can't close: it is the caller's.
func closed(body io.Reader) io.Reader { return io.NopCloser(body) }

func (r *remote) Deploy(ctx context.Context, document release.Document) (Started, error) {
	return ask[Started](ctx, r, callDeploy, document)
}

func (r *remote) Plan(ctx context.Context, document release.Document) (Preview, error) {
	return ask[Preview](ctx, r, callPlan, document)
}

func (r *remote) Status(ctx context.Context, reference Reference) (Status, error) {
	return ask[Status](ctx, r, callStatus, reference)
}

func (r *remote) List(ctx context.Context, filter Filter) ([]Status, error) {
	return ask[[]Status](ctx, r, callList, filter)
}

func (r *remote) History(ctx context.Context, reference Reference) (History, error) {
	return ask[History](ctx, r, callHistory, reference)
}

func (r *remote) Traffic(ctx context.Context, reference Reference) (Day, error) {
	return ask[Day](ctx, r, callTraffic, reference)
}

func (r *remote) Recording(ctx context.Context, reference Reference) (replay.Recording, error) {
	return ask[replay.Recording](ctx, r, callRecording, reference)
}

func (r *remote) Judged(ctx context.Context, filter Filter) ([]string, error) {
	return ask[[]string](ctx, r, callJudged, filter)
}

func (r *remote) Signal(ctx context.Context, reference Reference, signal ledger.Signal) (Status, error) {
	return ask[Status](ctx, r, callSignal, signalCall{Reference: reference, Signal: signal})
}

func (r *remote) Rollback(ctx context.Context, request RollbackRequest) (Started, error) {
	return ask[Started](ctx, r, callRollback, request)
}

func (r *remote) Lock(ctx context.Context, service, environment string, lock ledger.PersonLock) error {
	_, err := ask[done](ctx, r, callLock, lockCall{Service: service, Environment: environment, Lock: lock})
	return err
}

func (r *remote) Unlock(ctx context.Context, service, environment, by, reason string) error {
	_, err := ask[done](ctx, r, callUnlock, unlockCall{Service: service, Environment: environment, By: by, Reason: reason})
	return err
}

func (r *remote) Doctor(ctx context.Context, fix bool) ([]Finding, error) {
	return ask[[]Finding](ctx, r, callDoctor, doctorCall{Fix: fix})
}

func (r *remote) Drift(ctx context.Context, request DriftRequest) ([]ledger.DriftReport, error) {
	return ask[[]ledger.DriftReport](ctx, r, callDrift, request)
}

func (r *remote) Images(ctx context.Context, request ImagesRequest) (Images, error) {
	return ask[Images](ctx, r, callImages, request)
}

// ask makes a call with in as its JSON document.
func ask[Out any](ctx context.Context, r *remote, call string, in any) (Out, error) {
	body, err := json.Marshal(in)
	if err != nil {
		var none Out
		return none, fmt.Errorf("write the call %s: %w", call, err)
	}
	return send[Out](ctx, r, call, "application/json", bytes.NewReader(body))
}

// send makes a call and reads its answer.
func send[Out any](ctx context.Context, r *remote, call, contentType string, body io.Reader) (out Out, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+call, body)
	if err != nil {
		return out, fmt.Errorf("address the local process: %w", err)
	}
	request.Header.Set("Authorization", bearer(r.token))
	request.Header.Set("Content-Type", contentType)
	response, err := r.client.Do(request)
	if err != nil {
		return out, fmt.Errorf("ask the local process: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return out, refusedBy(response)
	}
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("read the local process's answer: %w", err)
	}
	return out, nil
}

// refusedBy makes an error of an answer that is none.
func refusedBy(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxCall))
	if err != nil {
		return fmt.Errorf("read the local process's answer: %w", err)
	}
	var problem wireError
	if json.Unmarshal(body, &problem) == nil && problem.Kind != "" {
		return problem.fromWire()
	}
	return fmt.Errorf("the local process answered %s: %s", response.Status, strings.TrimSpace(string(body)))
}
