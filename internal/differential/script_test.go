package differential_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
)

// A script is what tasks answer, by addressee; see addressee. Replies are used up
// one after the other, and a call that finds none fails with NoReply.
type script map[string][]reply

// A reply is what one call does.
type reply struct {
	Output  json.RawMessage `json:",omitempty"` // what the function returns; nothing is null
	Bytes   int             `json:",omitempty"` // or a text of this length
	Error   string          `json:",omitempty"` // or how it fails; Lambda.X and SNS.X are the services' own failures
	Message string          `json:",omitempty"` // with Error
	Seconds float64         `json:",omitempty"` // until it answers
	Answers []answer        `json:",omitempty"` // to the token of the call
	When    json.RawMessage `json:",omitempty"` // only a call with this payload takes the reply
}

// An answer is sent to a token so many seconds after the call; 0 is before the call returns.
type answer struct {
	After     float64         `json:",omitempty"`
	Success   json.RawMessage `json:",omitempty"`
	Failure   string          `json:",omitempty"`
	Cause     string          `json:",omitempty"`
	Heartbeat bool            `json:",omitempty"`
}

// A player gives out the replies of one script.
type player struct {
	mu   sync.Mutex
	left script
}

func play(s script) *player {
	left := script{}
	for to, replies := range s {
		left[to] = append([]reply(nil), replies...)
	}
	return &player{left: left}
}

// next takes the reply to a call out of the script.
func (p *player) next(to string, payload any) reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, r := range p.left[to] {
		if r.When == nil || canonical(string(r.When)) == canonical(text(payload)) {
			p.left[to] = append(p.left[to][:i:i], p.left[to][i+1:]...)
			return r
		}
	}
	return reply{Error: "NoReply", Message: "the script has no reply for " + to}
}

// unused says what of the script nobody asked for.
func (p *player) unused() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []string
	for to, replies := range p.left {
		if len(replies) > 0 {
			left = append(left, fmt.Sprintf("%d of %s", len(replies), to))
		}
	}
	if left == nil {
		return nil
	}
	return fmt.Errorf("replies that nobody asked for: %s", strings.Join(left, ", "))
}

// addressee is whom a task calls, and with what: the state that a handler of the
// release workflow is told in its payload, otherwise the name of the function, the
// topic or the bus.
func addressee(parameters any) (to string, payload any) {
	fields, _ := parameters.(map[string]any)
	switch {
	case fields["TopicArn"] != nil:
		return lastPart(fields["TopicArn"]), fields["Message"]
	case fields["Entries"] != nil:
		entry, _ := fields["Entries"].([]any)[0].(map[string]any)
		return lastPart(entry["EventBusName"]), entry["Detail"]
	}
	payload = fields["Payload"]
	if object, ok := payload.(map[string]any); ok && object["state"] != nil {
		return fmt.Sprint(object["state"]), payload
	}
	return lastPart(fields["FunctionName"]), payload
}

func lastPart(name any) string {
	text := fmt.Sprint(name)
	return text[strings.LastIndexByte(text, ':')+1:]
}

// taskToken is the token in a call's payload.
func taskToken(payload any) string {
	object, _ := payload.(map[string]any)
	token, _ := object["token"].(string)
	return token
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// The services that tasks call.
const (
	lambdaService = "lambda"
	snsService    = "sns"
	eventsService = "events"
)

// requestID stands in every answer of the scripted services.
const requestID = "00000000-0000-4000-8000-000000000000"

// result is what the service's integration makes of the reply.
func (r reply) result(service string) (any, error) {
	if r.Error != "" {
		return nil, &asl.Error{Name: r.Error, Cause: r.cause(service)}
	}
	switch service {
	case snsService:
		return map[string]any{"MessageId": requestID}, nil
	case eventsService:
		return map[string]any{"FailedEntryCount": 0, "Entries": []any{map[string]any{"EventId": requestID}}}, nil
	}
	return map[string]any{"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": r.payload()}, nil
}

func (r reply) payload() json.RawMessage {
	switch {
	case r.Bytes > 0:
		return json.RawMessage(text(strings.Repeat("x", r.Bytes)))
	case r.Output == nil:
		return json.RawMessage("null")
	}
	return r.Output
}

// cause is the cause that Step Functions gives the failure.
func (r reply) cause(service string) string {
	code, status, ofService := r.serviceError()
	switch {
	case ofService && service == snsService:
		return fmt.Sprintf("%s (Service: AmazonSNS; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)", r.Message, status, code, requestID)
	case ofService:
		return fmt.Sprintf("%s (Service: AWSLambda; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)", r.Message, status, code, requestID)
	case service == eventsService:
		return string(failedEntry)
	}
	return string(r.functionError())
}

// failedEntry is PutEvents' answer when it took none of the entries.
var failedEntry = json.RawMessage(`{"Entries":[{"ErrorCode":"InternalFailure"}],"FailedEntryCount":1}`)

// serviceError is the code and the HTTP status of a failure that is not the function's own.
func (r reply) serviceError() (code string, status int, ok bool) {
	service, code, found := strings.Cut(r.Error, ".")
	if !found || service != "Lambda" && service != "SNS" {
		return "", 0, false
	}
	if strings.HasPrefix(code, "TooManyRequests") {
		return code, 429, true
	}
	return code, 500, true
}

// functionError is the payload of a function that failed.
func (r reply) functionError() []byte {
	text, err := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{r.Error, r.Message})
	if err != nil {
		panic(err) // two strings
	}
	return text
}
