package workflow

import (
	_ "embed"
	"fmt"
	"regexp"
	"sort"
	"strings"
)

//go:embed release.asl.json
var definition string

// Definition is the workflow in the States Language, with ${Name} where an
// ARN or a name of the account that runs it belongs: see [Placeholders].
func Definition() string { return definition }

var placeholder = regexp.MustCompile(`\$\{([A-Za-z]+)\}`)

// Placeholders lists the names that [Substitute] needs, in alphabetical order.
func Placeholders() []string {
	found := map[string]bool{}
	for _, match := range placeholder.FindAllStringSubmatch(definition, -1) {
		found[match[1]] = true
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Substitute fills in the placeholders. It fails when a value is missing or
// has no placeholder.
func Substitute(values map[string]string) (string, error) {
	var missing []string
	used := map[string]bool{}
	text := placeholder.ReplaceAllStringFunc(definition, func(found string) string {
		name := found[2 : len(found)-1]
		used[name] = true
		value, ok := values[name]
		if !ok {
			missing = append(missing, name)
		}
		return value
	})
	for name := range values {
		if !used[name] {
			missing = append(missing, name+" (no such placeholder)")
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		return "", fmt.Errorf("fill in the workflow definition: wrong values: %s", strings.Join(missing, ", "))
	}
	return text, nil
}
