package workflow

import (
	"encoding/json"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// read reads JSON into a value, as encoding/json would. Every state of every
// release begins with it, so it asks encoding/json's successor first, which takes a
// third of the time; what that refuses, encoding/json has the last word on. A
// json.RawMessage is the text itself.
func read[Value any](text json.RawMessage) (Value, error) {
	lenient := jsonv2.JoinOptions(jsonv2.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var value Value
	if raw, ok := any(&value).(*json.RawMessage); ok && jsontext.Value(text).IsValid(lenient) {
		*raw = text
		return value, nil
	} else if !ok && jsonv2.Unmarshal(text, &value, lenient) == nil {
		return value, nil
	}
	var again Value
	err := json.Unmarshal(text, &again)
	return again, err
}
