package workflow

import (
	"encoding/json"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// read reads JSON into a value, as encoding/json would. Every state of every
// release begins with it, so it asks encoding/json's successor first, which takes a
// third of the time; what that refuses, encoding/json has the last word on. A
// json.RawMessage is the text itself, which whoever asked for it will read.
func read[Value any](text json.RawMessage) (Value, error) {
	var value Value
	if raw, ok := any(&value).(*json.RawMessage); ok {
		*raw = text
		return value, nil
	}
	if jsonv2.Unmarshal(text, &value, jsonv2.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) == nil {
		return value, nil
	}
	var again Value
	err := json.Unmarshal(text, &again)
	return again, err
}

// ReadInput reads what a state hands its handler.
func ReadInput(payload json.RawMessage) (Input, error) { return read[Input](payload) }
