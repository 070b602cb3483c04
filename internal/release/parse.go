package release

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds on a file. A release file has some dozens of lines; these are far
// beyond any real one, and far below what would make reading it slow: the
// parser's time grows with the square of parts and of depth.
const (
	mostBytes   = 1 << 20
	mostTokens  = 20000
	mostKeys    = 5000
	mostAnchors = 100
	mostDepth   = 64
	// mostExpanded is how many values aliases may add to those that are written out.
	mostExpanded = 10000
)

// parse turns data into the root of its only document; needs says what an empty file lacks.
func parse(data []byte, needs string) (ast.Node, *Problem) {
	if len(data) > mostBytes {
		return nil, &Problem{
			Message: "the file is too large",
			Value:   string(amount(len(data), "bytes")),
			Hint:    fmt.Sprintf("a release file has at most %d bytes", mostBytes),
		}
	}
	if !utf8.Valid(data) {
		line, column := firstInvalid(data)
		return nil, &Problem{Line: line, Column: column, Message: "the file is not UTF-8 text", Hint: "save it as UTF-8"}
	}
	// A byte-order mark is what some editors put before UTF-8; the parser takes it for text.
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return parseText(string(data), needs)
}

// firstInvalid is where the first byte stands that is not UTF-8.
func firstInvalid(data []byte) (line, column int) {
	line, column = 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		data = data[size:]
	}
	return line, column
}

// bound refuses what would cost the parser too much, before it begins.
func bound(tokens token.Tokens) *Problem {
	if len(tokens) > mostTokens {
		return at(tokens[mostTokens], "the file has too many parts", fmt.Sprintf("a release file has at most %d words, keys and signs", mostTokens))
	}
	keys, anchors, brackets, line, indicators := 0, 0, 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, indicators = t.Position.Line, 0
		}
		switch t.Type {
		case token.MappingValueType:
			keys++
		case token.AnchorType, token.AliasType, token.TagType:
			anchors++
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType:
			// Each of "- - - x" opens a list, all on one line.
			indicators++
		}
		switch {
		case keys > mostKeys:
			return at(t, "the file has too many keys", fmt.Sprintf("a release file has at most %d", mostKeys))
		case anchors > mostAnchors:
			return at(t, "the file has too many anchors, aliases and tags", fmt.Sprintf("a release file has at most %d", mostAnchors))
		case brackets > mostDepth, indicators > mostDepth:
			return tooDeep(t)
		}
	}
	return nil
}

func tooDeep(t *token.Token) *Problem {
	return at(t, "the file is nested too deeply", fmt.Sprintf("a release file has at most %d levels", mostDepth))
}

// at makes a problem that stands at t.
func at(t *token.Token, message, hint string) *Problem {
	return &Problem{Line: t.Position.Line, Column: t.Position.Column, Message: message, Hint: hint}
}

// parseText runs the lexer and the parser, and reports their panic as a
// problem of the file: they are not ours, and files come from people and from pipelines.
func parseText(text, needs string) (root ast.Node, problem *Problem) {
	defer func() {
		if reason := recover(); reason != nil {
			root, problem = nil, &Problem{Message: "the file cannot be parsed as YAML", Value: shorten(fmt.Sprint(reason))}
		}
	}()
	tokens := lexer.Tokenize(text)
	if problem := bound(tokens); problem != nil {
		return nil, problem
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return onlyDocument(file, needs)
	}
	const hint = "check indentation, brackets and quotes around here"
	var syntax yaml.Error
	if !errors.As(err, &syntax) || syntax.GetToken() == nil {
		return nil, &Problem{Message: "the file cannot be parsed as YAML: " + shorten(err.Error()), Hint: hint}
	}
	return nil, at(syntax.GetToken(), syntax.GetMessage(), hint)
}

// onlyDocument returns the root of the file's one document.
func onlyDocument(file *ast.File, needs string) (ast.Node, *Problem) {
	var root ast.Node
	for _, document := range file.Docs {
		switch document.Body.(type) {
		case nil, *ast.DirectiveNode, *ast.CommentNode, *ast.CommentGroupNode:
			continue
		}
		if root != nil {
			problem := at(first(document.Body), "the file has a second document", "put each release into a file of its own")
			return nil, problem
		}
		root = document.Body
	}
	if root == nil {
		return nil, &Problem{Line: 1, Column: 1, Message: "the file is empty", Hint: needs}
	}
	return root, nil
}

// first is the token where node begins. A block mapping's own token is its first colon.
func first(node ast.Node) *token.Token {
	switch v := node.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return v.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return v.Key.GetToken()
	}
	return node.GetToken()
}
