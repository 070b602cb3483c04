package release

import (
	"reflect"

	"github.com/goccy/go-yaml/ast"
)

// Decode reads a document from YAML or JSON, without filling in defaults and
// without judging what the values mean: see [Default] and [Validate], or
// [Read] for all three.
//
// Its error is a *[Problems] that says every mistake of form at once: unknown
// and repeated keys, wrong types, syntax. The document and the source then
// hold what could be read, so that Validate can look at the rest.
//
// A file larger than 1 MiB, nested deeper than 64 levels or growing by aliases
// beyond 10,000 values is refused. Decode does not panic, whatever data is.
func Decode(data []byte) (Document, *Source, error) {
	var document Document
	source, err := decodeInto(data, &document, "a release needs apiVersion, service, environment, artifact and target")
	return document, source, err
}

// decodeInto reads a file into the struct that into points to; needs says of what an empty file lacks.
func decodeInto(data []byte, into any, needs string) (*Source, error) {
	source := newSource()
	var problems problemList
	root, problem := parse(data, needs)
	if problem != nil {
		problems.add(*problem)
		source.spoil("")
		return source, problems.err()
	}
	reader := reader{
		source:   source,
		problems: &problems,
		anchors:  map[string]ast.Node{},
		open:     map[string]bool{},
		left:     mostExpanded,
	}
	reader.read(root, reflect.ValueOf(into).Elem(), "", 0)
	return source, problems.err()
}

// Read decodes, validates and completes a document: what a program does with a
// file before anything else. Its error is a *[Problems] with the mistakes of
// form and of meaning together; warnings may come with or without it.
func Read(data []byte) (document Document, warnings []Problem, err error) {
	document, source, malformed := Decode(data)
	warnings, invalid := Validate(document, source)
	return Default(document), warnings, Join(malformed, invalid)
}

// DecodeInto is [Decode] for another kind of file: it reads into the struct that into points
// to, by the "json" names of its fields; needs says of what an empty file lacks.
func DecodeInto(data []byte, into any, needs string) (*Source, error) {
	return decodeInto(data, into, needs)
}
