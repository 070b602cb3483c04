package operator

import (
	"errors"
	"net/http"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// prefix of every path that [Handler] serves; what follows is the name of a call.
const prefix = "/-/goldfinch/v1/"

// The calls that a client makes and a handler answers. Each is a POST of a JSON
// document, except upload and upload-template, whose body is the file.
const (
	callUpload         = "upload"
	callUploadTemplate = "upload-template"
	callDeploy         = "deploy"
	callPlan           = "plan"
	callStatus         = "status"
	callList           = "list"
	callHistory        = "history"
	callRecording      = "recording"
	callTraffic        = "traffic"
	callJudged         = "judged"
	callSignal         = "signal"
	callRollback       = "rollback"
	callLock           = "lock"
	callUnlock         = "unlock"
	callDoctor         = "doctor"
	callDrift          = "drift"
	callImages         = "images"
)

// What calls with several arguments send.
type (
	signalCall struct {
		Reference Reference     `json:"reference"`
		Signal    ledger.Signal `json:"signal"`
	}
	lockCall struct {
		Service     string            `json:"service"`
		Environment string            `json:"environment"`
		Lock        ledger.PersonLock `json:"lock"`
	}
	unlockCall struct {
		Service     string `json:"service"`
		Environment string `json:"environment"`
		By          string `json:"by"`
		Reason      string `json:"reason"`
	}
	doctorCall struct {
		Fix bool `json:"fix"`
	}
	done struct{}
)

// Kinds of errors on the wire besides those of release.Kinds.
const (
	wireInvalid  = "Invalid"
	wireNotFound = "NotFound"
	wireOther    = "Other"
)

// A wireError is an error as it travels. Reason is its whole text, hint included.
type wireError struct {
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
}

// toWire writes err down, and chooses the HTTP status for it.
func toWire(err error) (wireError, int) {
	var invalid *InvalidError
	var missing *NotFoundError
	var failure *release.Failure
	switch {
	case errors.As(err, &invalid):
		return wireError{Kind: wireInvalid, Reason: err.Error()}, http.StatusBadRequest
	case errors.As(err, &missing):
		return wireError{Kind: wireNotFound, Reason: err.Error()}, http.StatusNotFound
	case errors.As(err, &failure):
		return wireError{Kind: string(failure.Kind), Reason: err.Error()}, http.StatusConflict
	default:
		return wireError{Kind: wireOther, Reason: err.Error()}, http.StatusInternalServerError
	}
}

// fromWire makes the error again: of the same kind, with the same text.
func (w wireError) fromWire() error {
	switch w.Kind {
	case wireInvalid:
		return &InvalidError{Message: w.Reason}
	case wireNotFound:
		return &NotFoundError{Message: w.Reason}
	}
	for _, kind := range release.Kinds() {
		if string(kind) == w.Kind {
			return &release.Failure{Kind: kind, Reason: w.Reason}
		}
	}
	return errors.New(w.Reason)
}
