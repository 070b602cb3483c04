package vectors

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The keys of a vector that are recomputed.
const (
	keyExpect        = "expect"
	keyFirstRollback = "first_rollback_minute_single_metric"
)

// Recompute returns the document with the expectation of every vector
// recomputed, or added where it has none: same values, same order, indented by a
// space, a line break at the end. Logarithms have 17 significant digits, so that no bit of them is lost.
//
// The error is a *[release.Problems] with every mistake of the document.
func Recompute(document []byte) ([]byte, error) {
	r := &reader{document: document}
	edits := r.recompute()
	if len(r.problems) > 0 {
		return nil, release.Join(&release.Problems{List: r.problems})
	}
	result := jsontext.Value(apply(document, edits))
	if err := result.Indent(jsontext.WithIndent(" ")); err != nil {
		return nil, fmt.Errorf("indent the recomputed vectors: %w", err)
	}
	return append(result, '\n'), nil
}

// An edit replaces the bytes from one offset of the document up to another.
type edit struct {
	from, to int
	text     []byte
}

// apply makes edits that do not overlap.
func apply(document []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var result []byte
	at := 0
	for _, e := range edits {
		result = append(append(result, document[at:e.from]...), e.text...)
		at = e.to
	}
	return append(result, document[at:]...)
}

// recompute reads the whole document, and says what must change in it.
func (r *reader) recompute() []edit {
	if err := wellFormed(r.document); err != nil {
		r.refuseSyntax(err)
		return nil
	}
	top := node{text: r.document}
	if top.kind() != jsontext.KindBeginObject {
		r.refuse(top, "is no JSON object", `write {"vectors": [...]}`)
		return nil
	}
	fields := r.object(top)
	defaults := r.defaults(fields)
	list, ok := fields["vectors"]
	if !ok {
		r.refuse(top, "has no vectors", `write {"vectors": [...]}`)
		return nil
	}
	var edits []edit
	for _, vector := range r.list(list) {
		edits = append(edits, r.vector(vector, defaults)...)
	}
	return edits
}

// vector recomputes one vector.
func (r *reader) vector(vector node, defaults settings) []edit {
	fields := r.object(vector)
	if fields == nil {
		return nil
	}
	if name, ok := fields["name"]; ok && name.kind() == jsontext.KindString {
		vector.path += " " + string(name.text)
		for key, field := range fields {
			field.path = vector.path + "." + key
			fields[key] = field
		}
	}
	kind, ok := fields["kind"]
	if !ok {
		r.refuse(vector, "has no kind", "kinds are "+kinds)
		return nil
	}
	var expect []byte
	first := []byte("null")
	switch string(kind.text) {
	case `"evidence"`:
		expect, first = r.evidence(vector, fields, defaults)
	case `"release"`:
		expect = r.release(vector, fields, defaults)
	case `"dispersion"`:
		expect = r.dispersion(vector, fields)
	default:
		r.refuse(kind, "is no kind of vector", "kinds are "+kinds)
	}
	if expect == nil {
		return nil
	}
	return edits(vector, fields, expect, first)
}

// kinds names all kinds of vectors for people.
const kinds = "evidence, release and dispersion"

// edits puts what was computed into a vector.
func edits(vector node, fields map[string]node, expect, first []byte) []edit {
	var made []edit
	if field, ok := fields[keyExpect]; ok {
		made = append(made, edit{from: field.offset, to: field.offset + len(field.text), text: expect})
	} else {
		end := vector.offset + len(vector.text) - len("}")
		made = append(made, edit{from: end, to: end, text: fmt.Appendf(nil, ",%q:%s", keyExpect, expect)})
	}
	if field, ok := fields[keyFirstRollback]; ok && string(fields["kind"].text) == `"evidence"` {
		made = append(made, edit{from: field.offset, to: field.offset + len(field.text), text: first})
	}
	return made
}

// wellFormed wants one JSON value, without duplicate keys, and nothing after it.
func wellFormed(document []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(document))
	if _, err := decoder.ReadValue(); err != nil {
		return err
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return &jsontext.SyntacticError{ByteOffset: decoder.InputOffset(), Err: errors.New("something follows the document")}
	}
	return nil
}

// refuseSyntax tells of what is no JSON.
func (r *reader) refuseSyntax(err error) {
	message := err.Error()
	offset := len(r.document)
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		offset, message = int(syntactic.ByteOffset), syntactic.Err.Error()
	}
	r.add(offset, release.Problem{Message: "is no valid JSON: " + message, Hint: `write {"vectors": [...]}`})
}
