package flag

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// The keys of AppConfig's format
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html).
const (
	variantsKey   = "_variants"
	attributesKey = "attributes"
)

// A span is a part of a text.
type span struct{ start, end int }

// A member is one of an object: its key with the value, and the value alone.
type member struct {
	key          string
	whole, value span
}

// members are those of the object at a span, in their order; none when there is no object.
func members(content []byte, at span) []member {
	decoder := json.NewDecoder(bytes.NewReader(content[at.start:at.end]))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return nil
	}
	var found []member
	for decoder.More() {
		from := at.start + int(decoder.InputOffset())
		key, err := decoder.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil
		}
		end := at.start + int(decoder.InputOffset())
		start := from + bytes.IndexByte(content[from:end], '"')
		found = append(found, member{key.(string), span{start, end}, span{end - len(value), end}})
	}
	return found
}

// elements are the spans of those of the array at a span.
func elements(content []byte, at span) []span {
	decoder := json.NewDecoder(bytes.NewReader(content[at.start:at.end]))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('[') {
		return nil
	}
	var found []span
	for decoder.More() {
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil
		}
		end := at.start + int(decoder.InputOffset())
		found = append(found, span{end - len(value), end})
	}
	return found
}

// lookUp is the member of a path of keys.
func lookUp(content []byte, path ...string) (member, bool) {
	at := member{value: span{0, len(content)}}
	for _, key := range path {
		below := members(content, at.value)
		i := slices.IndexFunc(below, func(one member) bool { return one.key == key })
		if i < 0 {
			return member{}, false
		}
		at = below[i]
	}
	return at, true
}

// find is the value at a path of keys.
func find(content []byte, path ...string) (span, bool) {
	found, ok := lookUp(content, path...)
	return found.value, ok
}

// insert puts text before everything else in the object or array at a span.
func insert(content []byte, at span, text []byte) []byte {
	if len(bytes.TrimSpace(content[at.start+1:at.end-1])) > 0 {
		text = append(slices.Clip(text), ',')
	}
	return slices.Insert(slices.Clone(content), at.start+1, text...)
}

// cut takes a part out of an object or an array, with the comma behind it, or the one before it when it is the last.
func cut(content []byte, at span) []byte {
	const blank = " \t\r\n"
	rest := bytes.TrimLeft(content[at.end:], blank)
	if bytes.HasPrefix(rest, []byte(",")) {
		return slices.Concat(content[:at.start], rest[1:])
	}
	before := bytes.TrimRight(content[:at.start], blank)
	if bytes.HasSuffix(before, []byte(",")) {
		return slices.Concat(before[:len(before)-1], content[at.end:])
	}
	return slices.Concat(content[:at.start], content[at.end:])
}

// with puts a variant before all others of a flag, and defines its attributes.
func with(content []byte, flag string, variant []byte) ([]byte, error) {
	variants, ok := find(content, "values", flag, variantsKey)
	if !ok {
		return nil, fmt.Errorf("flag %s has no variants", flag)
	}
	content = insert(content, variants, variant)
	definition, ok := find(content, "flags", flag)
	if !ok {
		return nil, fmt.Errorf("flag %s is defined nowhere", flag)
	}
	var defined []byte
	for _, name := range attributes() {
		if len(defined) > 0 {
			defined = append(defined, ',')
		}
		defined = fmt.Appendf(defined, `%q:{"constraints":{"type":"string"}}`, name)
	}
	if present, ok := find(content, "flags", flag, attributesKey); ok {
		return insert(content, present, defined), nil
	}
	return insert(content, definition, fmt.Appendf(nil, `%q:{%s}`, attributesKey, defined)), nil
}

// without takes a variant of that name, and the attributes, out again. What never had them stays as it is.
func without(content []byte, flag, name string) ([]byte, error) {
	variants, err := variantsOf(content, flag)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(variants, func(one variant) bool { return one.Name == name }); i >= 0 {
		at, _ := find(content, "values", flag, variantsKey)
		content = cut(content, elements(content, at)[i])
	}
	removed := false
	for _, attribute := range attributes() {
		if defined, ok := lookUp(content, "flags", flag, attributesKey, attribute); ok {
			content, removed = cut(content, defined.whole), true
		}
	}
	if present, ok := lookUp(content, "flags", flag, attributesKey); ok && removed && len(members(content, present.value)) == 0 {
		content = cut(content, present.whole)
	}
	return content, nil
}
