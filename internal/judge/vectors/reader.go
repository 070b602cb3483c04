package vectors

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A node is a JSON value of the document.
type node struct {
	text   jsontext.Value
	offset int    // of text in the document
	path   string // for people
}

func (n node) kind() jsontext.Kind { return n.text.Kind() }

// A reader takes values out of a valid document, and collects what is wrong with
// them. What can't be read counts as zero, so that reading goes on.
type reader struct {
	document []byte
	problems []release.Problem
}

// longestValue is how much of a wrong value is shown, in bytes.
const longestValue = 40

// refuse collects a problem with a value.
func (r *reader) refuse(n node, message, hint string) {
	value := ""
	if n.kind() != jsontext.KindBeginObject && n.kind() != jsontext.KindBeginArray && len(n.text) <= longestValue {
		value = string(n.text)
	}
	r.add(n.offset, release.Problem{Path: n.path, Value: value, Message: message, Hint: hint})
}

// add collects a problem at an offset of the document.
func (r *reader) add(offset int, problem release.Problem) {
	before := r.document[:min(offset, len(r.document))]
	problem.Line = bytes.Count(before, []byte("\n")) + 1
	problem.Column = len(before) - (bytes.LastIndexByte(before, '\n') + 1) + 1
	r.problems = append(r.problems, problem)
}

// object is the fields of an object, nil when it is none.
func (r *reader) object(n node) map[string]node {
	if n.kind() != jsontext.KindBeginObject {
		r.refuse(n, "must be a JSON object", "write {...}")
		return nil
	}
	fields := map[string]node{}
	each(n, func(key string, field node) {
		field.path = key
		if n.path != "" {
			field.path = n.path + "." + key
		}
		fields[key] = field
	})
	return fields
}

// list is the elements of a list, nil when it is none.
func (r *reader) list(n node) []node {
	if n.kind() != jsontext.KindBeginArray {
		r.refuse(n, "must be a list", "write [...]")
		return nil
	}
	elements := []node{}
	each(n, func(_ string, element node) {
		element.path = fmt.Sprintf("%s[%d]", n.path, len(elements))
		elements = append(elements, element)
	})
	return elements
}

// each visits the values of an object, with their keys, or of a list.
func each(n node, visit func(key string, child node)) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(n.text))
	// The document as a whole was found valid, so nothing in it fails.
	_, _ = decoder.ReadToken()
	for end := decoder.PeekKind(); end != jsontext.KindEndObject && end != jsontext.KindEndArray; end = decoder.PeekKind() {
		key := ""
		if n.kind() == jsontext.KindBeginObject {
			token, _ := decoder.ReadToken()
			key = token.String()
		}
		value, _ := decoder.ReadValue()
		to := int(decoder.InputOffset())
		from := to - len(value)
		visit(key, node{text: n.text[from:to], offset: n.offset + from})
	}
}

// number reads a number that is at least least.
func (r *reader) number(n node, least float64) float64 {
	if n.kind() != jsontext.KindNumber {
		r.refuse(n, "must be a number", "")
		return 0
	}
	number, err := strconv.ParseFloat(string(n.text), 64)
	switch {
	case err != nil:
		r.refuse(n, "is too large a number", "")
		return 0
	case number < least:
		r.refuse(n, fmt.Sprintf("must be at least %v", least), "")
		return 0
	}
	return number
}

// within reads a number above one and at most another.
func (r *reader) within(n node, above, highest float64) float64 {
	before := len(r.problems)
	number := r.number(n, math.Inf(-1))
	switch {
	case len(r.problems) > before:
	case number <= above:
		r.refuse(n, fmt.Sprintf("must be above %v", above), "")
	case number > highest:
		r.refuse(n, fmt.Sprintf("must be at most %v", highest), "")
	}
	return number
}

// most bounds whole numbers, which count minutes.
const most = 1_000_000

// whole reads a whole number that is at least least.
func (r *reader) whole(n node, least int) int {
	number := r.number(n, float64(least))
	if number != math.Trunc(number) || number > most {
		r.refuse(n, fmt.Sprintf("must be a whole number of at most %d", most), "")
		return 0
	}
	return int(number)
}

// numbers reads a list of numbers that are at least least each.
func (r *reader) numbers(n node, least float64) []float64 {
	var numbers []float64
	for _, element := range r.list(n) {
		numbers = append(numbers, r.number(element, least))
	}
	return numbers
}

// required is the field of a vector that must be there.
func (r *reader) required(vector node, fields map[string]node, key, hint string) (node, bool) {
	field, ok := fields[key]
	if !ok {
		r.refuse(vector, "has no "+key, hint)
	}
	return field, ok
}

// counts reads what keys name in one minute of a vector's input.
func (r *reader) counts(minute node, keys []string) []float64 {
	fields := r.object(minute)
	counts := make([]float64, len(keys))
	for i, key := range keys {
		if fields == nil {
			break
		}
		if field, ok := r.required(minute, fields, key, "each minute needs all counts; write 0 for none"); ok {
			counts[i] = r.number(field, 0)
		}
	}
	return counts
}
