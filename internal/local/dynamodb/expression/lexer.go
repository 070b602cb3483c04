package expression

import "strings"

type tokenKind int

const (
	endToken    tokenKind = iota
	wordToken             // a keyword, a function or an attribute's name
	nameToken             // #placeholder
	valueToken            // :placeholder
	numberToken           // the index of a list's element
	symbolToken           // ( ) , . [ ] + - = <> < <= > >=
)

type token struct {
	kind  tokenKind
	text  string
	start int // offset of its first byte
}

// is reports whether the token is that symbol or, in any case, that keyword.
func (t token) is(text string) bool {
	return t.kind == symbolToken && t.text == text || t.kind == wordToken && strings.EqualFold(t.text, text)
}

// lex splits text into tokens; the last is an endToken. ok is false when a
// byte begins no token: then the last token is that byte.
func lex(text string) (tokens []token, ok bool) {
	for at := 0; ; {
		for at < len(text) && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
			at++
		}
		if at == len(text) {
			return append(tokens, token{kind: endToken, text: "<EOF>", start: at}), true
		}
		t := lexOne(text[at:])
		t.start = at
		tokens = append(tokens, t)
		if t.kind == endToken {
			return tokens, false
		}
		at += len(t.text)
	}
}

func lexOne(rest string) token {
	first := rest[0]
	switch {
	case first == '#' || first == ':':
		if n := wordLength(rest[1:]); n > 0 {
			kind := nameToken
			if first == ':' {
				kind = valueToken
			}
			return token{kind: kind, text: rest[:1+n]}
		}
	case isDigit(first):
		n := 1
		for n < len(rest) && isDigit(rest[n]) {
			n++
		}
		return token{kind: numberToken, text: rest[:n]}
	case isWord(first):
		return token{kind: wordToken, text: rest[:wordLength(rest)]}
	case strings.HasPrefix(rest, "<>"), strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, ">="):
		return token{kind: symbolToken, text: rest[:2]}
	case strings.IndexByte("(),.[]+-=<>", first) >= 0:
		return token{kind: symbolToken, text: rest[:1]}
	}
	return token{kind: endToken, text: rest[:1]}
}

func wordLength(text string) int {
	n := 0
	for n < len(text) && isWord(text[n]) {
		n++
	}
	return n
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isWord(b byte) bool {
	return b == '_' || isDigit(b) || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
