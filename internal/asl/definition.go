package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A node is a JSON value of a definition, with what a map would lose: the order
// of members, where each stands, and that a name is there twice.
type node struct {
	at      string // JSON pointer
	offset  int64  // bytes from the definition's begin
	members []member
	items   []*node
	scalar  any // nil, bool, int64, float64 or string
	kind    byte
}

type member struct {
	name  string
	value *node
}

// The kinds of node.
const (
	objectNode byte = '{'
	listNode   byte = '['
	scalarNode byte = '.'
)

// maxDepth bounds how deep a definition may be nested; it protects the stack.
const maxDepth = 200

// readDefinition parses a definition and reports every name that is there twice.
func readDefinition(text []byte, report func(at string, offset int64, message string)) (*node, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	reader := &definitionReader{decoder, report}
	root, err := reader.value("", 0)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("there is text after the JSON value")
	}
	return root, nil
}

type definitionReader struct {
	decoder *json.Decoder
	report  func(at string, offset int64, message string)
}

func (r *definitionReader) value(at string, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	n := &node{at: at, offset: r.decoder.InputOffset(), kind: scalarNode}
	switch t := token.(type) {
	case json.Delim:
		n.kind = byte(t)
		if n.kind == objectNode {
			err = r.object(n, depth)
		} else {
			err = r.list(n, depth)
		}
		if err == nil {
			_, err = r.decoder.Token()
		}
	case json.Number:
		n.scalar, err = parseNumber(string(t))
	default:
		n.scalar = t
	}
	return n, err
}

func (r *definitionReader) object(n *node, depth int) error {
	seen := map[string]bool{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		name := token.(string) // the decoder lets nothing else stand before a colon
		at := n.at + "/" + escapePointer(name)
		offset := r.decoder.InputOffset()
		value, err := r.value(at, depth+1)
		if err != nil {
			return err
		}
		if seen[name] {
			r.report(at, offset, "this name is there twice")
		}
		seen[name] = true
		n.members = append(n.members, member{name, value})
	}
	return nil
}

func (r *definitionReader) list(n *node, depth int) error {
	for r.decoder.More() {
		item, err := r.value(fmt.Sprintf("%s/%d", n.at, len(n.items)), depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	return nil
}

// escapePointer writes a name as a part of a JSON pointer (RFC 6901).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// value is the node as a plain JSON value.
func (n *node) value() any {
	switch n.kind {
	case objectNode:
		object := make(map[string]any, len(n.members))
		for _, m := range n.members {
			object[m.name] = m.value.value()
		}
		return object
	case listNode:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = item.value()
		}
		return list
	}
	return n.scalar
}
