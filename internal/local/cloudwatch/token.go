package cloudwatch

import (
	"fmt"
	"regexp"
	"strings"
)

// tokenize splits a text by a pattern that matches one token at the text's
// beginning. White space separates tokens.
func tokenize(text string, pattern *regexp.Regexp) ([]string, error) {
	var tokens []string
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		token := pattern.FindString(rest)
		if token == "" {
			return nil, fmt.Errorf("unexpected %q", rest)
		}
		tokens = append(tokens, token)
		rest = rest[len(token):]
	}
	return tokens, nil
}

// A tokenReader reads tokens one after the other. The token after the last is empty.
type tokenReader struct {
	tokens []string
}

func (r *tokenReader) peek() string {
	if len(r.tokens) == 0 {
		return ""
	}
	return r.tokens[0]
}

func (r *tokenReader) next() string {
	token := r.peek()
	if token != "" {
		r.tokens = r.tokens[1:]
	}
	return token
}

func (r *tokenReader) expect(token string) error {
	if got := r.next(); got != token {
		if got == "" {
			return fmt.Errorf("%q is missing at the end", token)
		}
		return fmt.Errorf("expected %q, not %q", token, got)
	}
	return nil
}
