package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// JSON values are held as nil, bool, int64, float64, string, []any and
// map[string]any, and are never changed once made: states, history and
// executions share them.

// Value reads exactly one JSON value into the form in which Parameters come. A
// [Resource] that returns that form spares the engine writing and reading it.
func Value(text []byte) (any, error) { return decodeJSON(text) }

// decodeJSON reads exactly one JSON value.
func decodeJSON(text []byte) (any, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	value, err := readValue(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); err != io.EOF {
		return nil, errors.New("text after the JSON value")
	}
	return value, nil
}

// readValue reads the next value.
func readValue(decoder *jsontext.Decoder) (any, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '"':
		return token.String(), nil
	case '0':
		return parseNumber(token.String())
	case '[':
		list := []any{}
		for decoder.PeekKind() != ']' {
			item, err := readValue(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := decoder.ReadToken()
		return list, err
	default:
		object := map[string]any{}
		for decoder.PeekKind() != '}' {
			name, err := decoder.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String() // the token is good until the next one
			if object[key], err = readValue(decoder); err != nil {
				return nil, err
			}
		}
		_, err := decoder.ReadToken()
		return object, err
	}
}

func parseNumber(text string) (any, error) {
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return whole, nil
	}
	fraction, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("number %s is out of range", text)
	}
	return fraction, nil
}

// fromGo turns what a resource returned into a JSON value.
func fromGo(output any) (any, error) {
	if settled(output) {
		return output, nil
	}
	text, err := json.Marshal(output)
	if err != nil {
		return nil, err
	}
	return decodeJSON(text)
}

// settled tells whether a value is already in the form this package holds.
func settled(value any) bool {
	switch v := value.(type) {
	case nil, bool, string, int64:
		return true
	case float64:
		return !math.IsNaN(v) && !math.IsInf(v, 0)
	case []any:
		return v != nil && !slices.ContainsFunc(v, func(item any) bool { return !settled(item) })
	case map[string]any:
		if v == nil {
			return false
		}
		for _, item := range v {
			if !settled(item) {
				return false
			}
		}
		return true
	}
	return false
}

// appendJSON writes a value without spaces, its keys sorted and nothing escaped that need not be.
func appendJSON(text []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(text, "null"...)
	case bool:
		return strconv.AppendBool(text, v)
	case int64:
		return strconv.AppendInt(text, v, 10)
	case float64:
		return appendFloat(text, v)
	case string:
		return appendString(text, v)
	case []any:
		text = append(text, '[')
		for i, item := range v {
			if i > 0 {
				text = append(text, ',')
			}
			text = appendJSON(text, item)
		}
		return append(text, ']')
	case map[string]any:
		text = append(text, '{')
		for i, key := range sortedKeys(v) {
			if i > 0 {
				text = append(text, ',')
			}
			text = appendString(text, key)
			text = append(text, ':')
			text = appendJSON(text, v[key])
		}
		return append(text, '}')
	}
	panic(fmt.Sprintf("asl: %T is not a JSON value", value))
}

func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func appendFloat(text []byte, f float64) []byte {
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(text, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(text, f, 'f', -1, 64)
}

const hexDigits = "0123456789abcdef"

// isPlain tells whether JSON has the string as it is, between quotation marks.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendString quotes a string. Bytes that are not UTF-8 become U+FFFD.
func appendString(text []byte, s string) []byte {
	text = append(text, '"')
	if isPlain(s) {
		return append(append(text, s...), '"')
	}
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if escape := escapeOf(c); escape != 0 {
				text = append(text, s[start:i]...)
				if escape == 'u' {
					text = append(text, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
				} else {
					text = append(text, '\\', escape)
				}
				start = i + 1
			}
			i++
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && width == 1 {
			text = append(text, s[start:i]...)
			text = append(text, "\uFFFD"...)
			start = i + 1
		}
		i += width
	}
	text = append(text, s[start:]...)
	return append(text, '"')
}

// escapeOf is the letter after the backslash for an ASCII byte: u for \u00XX, 0 for none.
func escapeOf(c byte) byte {
	switch {
	case c == '"' || c == '\\':
		return c
	case c >= ' ':
		return 0
	case c == '\n':
		return 'n'
	case c == '\r':
		return 'r'
	case c == '\t':
		return 't'
	}
	return 'u'
}

// exceeds tells whether appendJSON would write more than limit bytes. It writes
// nothing and stops counting as soon as it knows.
func exceeds(value any, limit int) bool { return remaining(value, limit) < 0 }

// remaining is the limit less the value's size, or any negative number.
func remaining(value any, limit int) int {
	if limit < 0 {
		return limit
	}
	switch v := value.(type) {
	case nil:
		return limit - 4
	case bool:
		if v {
			return limit - 4
		}
		return limit - 5
	case int64:
		var scratch [20]byte
		return limit - len(strconv.AppendInt(scratch[:0], v, 10))
	case float64:
		var scratch [32]byte
		return limit - len(appendFloat(scratch[:0], v))
	case string:
		return limit - stringSize(v)
	case []any:
		limit -= 2 + max(0, len(v)-1)
		for _, item := range v {
			if limit = remaining(item, limit); limit < 0 {
				return limit
			}
		}
	case map[string]any:
		limit -= 2 + max(0, len(v)-1)
		for key, item := range v {
			if limit = remaining(item, limit-stringSize(key)-1); limit < 0 {
				return limit
			}
		}
	}
	return limit
}

// stringSize is the length of what appendString adds.
func stringSize(s string) int {
	size := len(s) + 2
	if isPlain(s) {
		return size
	}
	ascii := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			ascii = false
		case escapeOf(c) == 'u':
			size += 5
		case escapeOf(c) != 0:
			size++
		}
	}
	if !ascii && !utf8.ValidString(s) {
		for _, r := range s {
			if r == utf8.RuneError {
				size += 2 // one bad byte becomes three, a real U+FFFD is counted below
			}
		}
		size -= 2 * bytes.Count([]byte(s), []byte("\uFFFD"))
	}
	return size
}

// equalJSON compares as JSON does: 1 and 1.0 are the same number.
func equalJSON(a, b any) bool {
	switch x := a.(type) {
	case int64, float64:
		order, comparable := compareNumbers(a, b)
		return comparable && order == 0
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, equalJSON)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, equalJSON)
	case nil:
		return b == nil
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case string:
		y, ok := b.(string)
		return ok && x == y
	}
	return false
}

// compareNumbers orders two numbers; it reports false if either is none.
func compareNumbers(a, b any) (order int, ok bool) {
	if x, whole := a.(int64); whole {
		if y, whole := b.(int64); whole {
			return compare(x, y), true
		}
	}
	x, isNumber := asFloat(a)
	y, isNumberToo := asFloat(b)
	return compare(x, y), isNumber && isNumberToo
}

func compare[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func asFloat(value any) (float64, bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
