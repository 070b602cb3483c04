package frontdoor

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// A refusal is the body of an answer that no function gave. Its first field is
// as AWS writes it; the others are for who develops the function.
type refusal struct {
	Message      string   `json:"Message"`
	ErrorType    string   `json:"errorType,omitempty"`
	ErrorMessage string   `json:"errorMessage,omitempty"`
	Available    []string `json:"available,omitempty"`
}

func (f refusal) write(w http.ResponseWriter, status int) {
	body, _ := json.Marshal(f) // strings can always be marshalled
	(&response{status: status, body: body}).write(w)
}

func refuse(w http.ResponseWriter, status int, message string) {
	refusal{Message: message}.write(w, status)
}

// notFound lists what there is.
func (d *Door) notFound(w http.ResponseWriter) {
	var available []string
	for _, name := range d.functions.Aliases() {
		available = append(available, "/"+name+"/")
	}
	message := "there is no function here yet; goldfinch deploy --local makes one"
	if len(available) > 0 {
		message = "there is no such function and alias; there is " + strings.Join(available, ", ")
	}
	refusal{Message: message, Available: available}.write(w, http.StatusNotFound)
}

// refuseFunctionError answers as AWS does, and says what the function said.
func refuseFunctionError(w http.ResponseWriter, payload []byte) {
	f := refusal{Message: "Internal Server Error"}
	var said struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}
	if err := json.Unmarshal(payload, &said); err == nil {
		f.ErrorType, f.ErrorMessage = said.ErrorType, said.ErrorMessage
	}
	f.write(w, http.StatusBadGateway)
}

// refuseInvocation answers when no code ran.
func (d *Door) refuseInvocation(w http.ResponseWriter, r *http.Request, err error) {
	var (
		missing   *types.ResourceNotFoundException
		throttled *types.TooManyRequestsException
		tooLarge  *types.RequestTooLargeException
		pending   *types.ResourceConflictException
	)
	switch {
	case r.Context().Err() != nil:
		// The client has gone away: there is nobody to answer.
	case errors.As(err, &missing):
		d.notFound(w)
	case errors.As(err, &throttled):
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, "Rate Exceeded.")
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, tooLarge.ErrorMessage())
	case errors.As(err, &pending):
		refuse(w, http.StatusServiceUnavailable, pending.ErrorMessage())
	default:
		refuse(w, http.StatusInternalServerError, err.Error())
	}
}
