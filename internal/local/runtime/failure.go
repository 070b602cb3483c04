package runtime

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// unhandled is what Lambda says of every error of a function.
const unhandled = "Unhandled"

// failed is the result of an invocation that the function did not answer, as
// AWS writes it.
func failed(kind, requestID, message string) lambda.Result {
	return lambda.Result{
		Payload:       document(kind, fmt.Sprintf("RequestId: %s Error: %s", requestID, message)),
		FunctionError: unhandled,
	}
}

// document is an error as JSON. Strings always encode.
func document(kind, message string) []byte {
	text, _ := json.Marshal(struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}{kind, message})
	return text
}

func timedOut(after time.Duration) string {
	return fmt.Sprintf("Task timed out after %.2f seconds", after.Seconds())
}

// silent is for servers whose only client is a function: when that dies in the
// middle of a request, there is nothing to say about it here.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
