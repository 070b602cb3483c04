package expression

import (
	_ "embed"
	"strings"
	"sync"
)

// reservedWords has one upper-case word a line.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
//
//go:embed reserved_words.txt
var reservedWords string

var reserved = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(reservedWords) {
		words[word] = true
	}
	return words
})

// isReserved reports whether a name must be written with a placeholder.
func isReserved(name string) bool { return reserved()[strings.ToUpper(name)] }
