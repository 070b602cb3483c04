package route53

import (
	"crypto/rand"
	"regexp"
	"slices"
	"strings"
)

// labelPattern is what Route 53 takes as a label without an escape code:
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
var labelPattern = regexp.MustCompile(`^(\*|\\052|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)$`)

// Name writes a domain name as Route 53 keeps it: in lower case, with a dot at
// its end, and with \052 for an asterisk.
func Name(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(name, "."))+".", "*", `\052`)
}

// isName reports whether a name, as [Name] writes it, is a domain name.
func isName(name string) bool {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	return len(name) <= 256 && !slices.ContainsFunc(labels, func(label string) bool { return !labelPattern.MatchString(label) })
}

// isWithin reports whether name is domain or below it.
func isWithin(name, domain string) bool { return name == domain || strings.HasSuffix(name, "."+domain) }

// reversed is a name with its labels in reverse, which is how Route 53 sorts
// records: com.example.app.
func reversed(name string) string {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

// bare is an id without the prefix that Route 53's answers put before it.
func bare(id string) string {
	return id[strings.LastIndex(id, "/")+1:]
}

// newID makes an id that begins with a letter.
func newID(letter string) string { return letter + rand.Text()[:20] }
