package release

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// longestTypo bounds the words that nearest compares; comparing costs the product of the lengths.
const longestTypo = 64

// nearest returns the candidate that word was probably meant to be, or "" when
// none is close: at most a third of the letters, and one more, may be wrong.
func nearest(word string, candidates []string) string {
	if len(word) > longestTypo {
		return ""
	}
	best, distance := "", len(word)/3+2
	for _, candidate := range candidates {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(candidate))
		if d < distance {
			best, distance = candidate, d
		}
	}
	return best
}
