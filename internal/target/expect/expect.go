// Package expect compares what a version answered to a check with what the document expects.
package expect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// excerptLength is how many bytes of an answer an error shows at most.
const excerptLength = 200

// Compare says in which way the answer is not what was expected; empty when it is.
// Every key that is expected must be there, with what is expected of it; other
// keys are free. Lists must have the expected length, and numbers the expected value.
// The error is about expect, which must be writable as JSON.
func Compare(expect any, answer []byte) (difference string, err error) {
	text, err := json.Marshal(expect)
	if err != nil {
		return "", fmt.Errorf("what it expects is not JSON: %w", err)
	}
	wanted, err := decode(text)
	if err != nil {
		return "", fmt.Errorf("what it expects is not JSON: %w", err)
	}
	got, err := decode(answer)
	if err != nil {
		return fmt.Sprintf("expected %s, got an answer that is not JSON: %s", Excerpt(string(text)), Excerpt(string(answer))), nil
	}
	return firstDifference("", wanted, got), nil
}

// decode reads one JSON document, and keeps numbers as they are written.
func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, fmt.Errorf("there is more after the document")
	}
	return value, nil
}

// firstDifference walks both documents in the order of the keys; path is where
// it stands.
func firstDifference(path string, wanted, got any) string {
	switch wanted := wanted.(type) {
	case map[string]any:
		present, ok := got.(map[string]any)
		if !ok {
			return differs(path, wanted, got)
		}
		for _, key := range slices.Sorted(maps.Keys(wanted)) {
			value, ok := present[key]
			if !ok {
				return fmt.Sprintf("%sexpected %s, got nothing", where(path+"."+key), show(wanted[key]))
			}
			if difference := firstDifference(path+"."+key, wanted[key], value); difference != "" {
				return difference
			}
		}
		return ""
	case []any:
		present, ok := got.([]any)
		if !ok || len(present) != len(wanted) {
			return differs(path, wanted, got)
		}
		for i := range wanted {
			if difference := firstDifference(fmt.Sprintf("%s[%d]", path, i), wanted[i], present[i]); difference != "" {
				return difference
			}
		}
		return ""
	case json.Number:
		if present, ok := got.(json.Number); ok && sameNumber(wanted, present) {
			return ""
		}
		return differs(path, wanted, got)
	default:
		if wanted == got {
			return ""
		}
		return differs(path, wanted, got)
	}
}

// sameNumber compares by value: 1, 1.0 and 1e0 are the same. Integers are
// compared exactly, and everything else as float64.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	whole, errA := strconv.ParseInt(a.String(), 10, 64)
	other, errB := strconv.ParseInt(b.String(), 10, 64)
	if errA == nil && errB == nil {
		return whole == other
	}
	x, errA := a.Float64()
	y, errB := b.Float64()
	return errA == nil && errB == nil && x == y
}

// differs says what was expected at path, and what is there.
func differs(path string, wanted, got any) string {
	return fmt.Sprintf("%sexpected %s, got %s", where(path), show(wanted), show(got))
}

// where begins a sentence about path; the whole document needs no name.
func where(path string) string {
	if path == "" {
		return ""
	}
	return strings.TrimPrefix(path, ".") + ": "
}

// show writes a decoded value as JSON.
func show(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return Excerpt(string(text))
}

// Excerpt keeps errors readable: they travel in the workflow's events.
func Excerpt(text string) string {
	if len(text) <= excerptLength {
		return text
	}
	return strings.ToValidUTF8(text[:excerptLength], "") + "…"
}
