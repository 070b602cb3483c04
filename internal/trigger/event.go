package trigger

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// detailOf reads the detail of an EventBridge event, which must be of the
// installation's own account and region: nothing else may start releases here.
// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
func detailOf[Detail any](home installation, payload json.RawMessage) (Detail, error) {
	var event struct {
		Account string `json:"account"`
		Region  string `json:"region"`
		Detail  Detail `json:"detail"`
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return event.Detail, refuse("the event does not have the form of its kind: %s", misfit(err))
	}
	if event.Account != home.account {
		return event.Detail, refuse("the event is of account %s, and releases here are of account %s", quote(event.Account), home.account)
	}
	if event.Region != home.region {
		return event.Detail, refuse("the event is of region %s, and releases here are of region %s", quote(event.Region), home.region)
	}
	return event.Detail, nil
}

// misfit says what of an event is not as it should be.
func misfit(err error) string {
	var wrong *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &wrong):
		return err.Error()
	case wrong.Field == "":
		return fmt.Sprintf("it is a JSON %s, not an object", wrong.Value)
	default:
		return fmt.Sprintf("%s is a JSON %s", wrong.Field, wrong.Value)
	}
}

// printable is a text on one line that a log and a message can show as it is.
var printable = regexp.MustCompile(`^[^\p{C}\p{Zl}\p{Zp}]+$`)
