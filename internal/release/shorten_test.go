package release_test

import (
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestShorten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "abcd": "abcd", "abcde": "abc…", "éééé": "éééé", "ééééé": "ééé…", strings.Repeat("a", 1023): "aaa…",
	} {
		if got := release.Shorten(text, 4); got != want {
			t.Errorf("%.10q became %q, want %q", text, got, want)
		}
	}
}
