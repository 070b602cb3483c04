package release

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// decodeValue reads one JSON value in the form that Check.Payload and
// Check.Expect have after [Decode]: nil, bool, string, float64, []any and
// map[string]any, and json.Number for a whole number that a float64 cannot
// hold exactly, such as a 64-bit id.
func decodeValue(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("read JSON value: %w", err)
	}
	return settleNumbers(value)
}

// UnmarshalJSON reads a check as [Decode] does, large whole numbers included.
func (c *Check) UnmarshalJSON(data []byte) error {
	var raw struct {
		Name    string          `json:"name"`
		Payload json.RawMessage `json:"payload"`
		Expect  json.RawMessage `json:"expect"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("read check: %w", err)
	}
	*c = Check{Name: raw.Name}
	for _, part := range []struct {
		from json.RawMessage
		to   *any
	}{{raw.Payload, &c.Payload}, {raw.Expect, &c.Expect}} {
		if part.from == nil {
			continue
		}
		value, err := decodeValue(part.from)
		if err != nil {
			return fmt.Errorf("read check %q: %w", raw.Name, err)
		}
		*part.to = value
	}
	return nil
}

// settleNumbers replaces each json.Number within value that a float64 holds as well.
func settleNumbers(value any) (any, error) {
	switch v := value.(type) {
	case json.Number:
		return settleNumber(v.String())
	case []any:
		for i, entry := range v {
			settled, err := settleNumbers(entry)
			if err != nil {
				return nil, err
			}
			v[i] = settled
		}
	case map[string]any:
		for key, entry := range v {
			settled, err := settleNumbers(entry)
			if err != nil {
				return nil, err
			}
			v[key] = settled
		}
	}
	return value, nil
}

// settleNumber chooses the form of a JSON number. Only whole numbers have one
// exact value that people mean; 0.1 is a float64 everywhere.
func settleNumber(text string) (any, error) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(value, 0) {
		return nil, fmt.Errorf("the number %s is out of range", shorten(text))
	}
	if whole, ok := new(big.Int).SetString(text, 10); ok {
		if _, accuracy := new(big.Float).SetInt(whole).Float64(); accuracy != big.Exact {
			return json.Number(text), nil
		}
	}
	return value, nil
}

// jsonNumber is how JSON writes numbers. YAML knows more ways, and some of
// them surprise: 012 is ten.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func isNumber(text string) bool { return jsonNumber.MatchString(text) }

// number reads a number; problem says why node is none.
func number(node ast.Node) (value float64, problem string) {
	switch node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
	case *ast.StringNode:
		if _, isText := text(node); isText {
			return 0, "must be a number"
		}
	default:
		return 0, "must be a number"
	}
	written := node.GetToken().Value
	if !isNumber(written) {
		return 0, "must be a plain decimal number"
	}
	value, err := strconv.ParseFloat(written, 64)
	if err != nil {
		return 0, "is out of range"
	}
	return value, ""
}

// free reads a value of any form, for payloads.
func (r *reader) free(node ast.Node, path string, depth int) any {
	position := first(node).Position
	r.source.places[path] = place{position.Line, position.Column}
	if pairs, ok := pairsOf(node); ok {
		return r.freeMapping(pairs, path, depth)
	}
	switch v := node.(type) {
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return v.Value
	case *ast.SequenceNode:
		entries := make([]any, len(v.Values))
		for i, entry := range v.Values {
			where := fmt.Sprintf("%s[%d]", path, i)
			r.resolve(entry, where, depth+1, func(entry ast.Node) { entries[i] = r.free(entry, where, depth+1) })
		}
		return entries
	}
	if value, ok := text(node); ok {
		return value
	}
	return r.freeNumber(node, path)
}

func (r *reader) freeMapping(pairs []*ast.MappingValueNode, path string, depth int) any {
	result := make(map[string]any, len(pairs))
	seen := map[string]*token.Token{}
	for _, pair := range pairs {
		key, ok := r.key(pair, path, seen)
		if !ok {
			continue
		}
		where := child(path, shorten(key))
		r.resolve(pair.Value, where, depth+1, func(value ast.Node) { result[key] = r.free(value, where, depth+1) })
	}
	return result
}

// freeNumber reads the number at node, as [decodeValue] would.
func (r *reader) freeNumber(node ast.Node, path string) any {
	const hint = "write a plain decimal number, or put it in quotes if it is text"
	if _, problem := number(node); problem != "" {
		r.reject(node, path, problem, described(node), hint)
		return nil
	}
	value, err := settleNumber(node.GetToken().Value)
	if err != nil {
		r.reject(node, path, "is out of range", described(node), hint)
		return nil
	}
	return value
}
