package expect_test

import (
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/target/expect"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	long := strings.Repeat("é", 150)
	for name, test := range map[string]struct {
		expected any
		answer   string
		want     string
		fails    bool
	}{
		"the same":               {expected: object{"a": 1, "b": []any{"x", true, nil}}, answer: `{"a":1.0,"b":["x",true,null],"c":3}`},
		"another value":          {expected: object{"a": object{"b": "x"}}, answer: `{"a":{"b":"y"}}`, want: `a.b: expected "x", got "y"`},
		"another number":         {expected: object{"a": 9007199254740993}, answer: `{"a":9007199254740992}`, want: `a: expected 9007199254740993, got 9007199254740992`},
		"a number as text":       {expected: 1, answer: `"1"`, want: `expected 1, got "1"`},
		"nothing there":          {expected: object{"a": 1}, answer: `{}`, want: `a: expected 1, got nothing`},
		"no object":              {expected: object{"a": 1}, answer: `[]`, want: `expected {"a":1}, got []`},
		"too short a list":       {expected: []any{1, 2}, answer: `[1]`, want: `expected [1,2], got [1]`},
		"another element":        {expected: []any{1, 2}, answer: `[1,3]`, want: `[1]: expected 2, got 3`},
		"no JSON":                {expected: 1, answer: `fine`, want: `expected 1, got an answer that is not JSON: fine`},
		"two documents":          {expected: 1, answer: `1 2`, want: `not JSON: 1 2`},
		"more than can be shown": {expected: "x", answer: `"` + long + `"`, want: `…`},
		"what is no JSON":        {expected: func() {}, answer: `1`, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := expect.Compare(test.expected, []byte(test.answer))
			if (err != nil) != test.fails || !strings.Contains(got, test.want) || test.want == "" && got != "" || len(got) > 300 {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}
