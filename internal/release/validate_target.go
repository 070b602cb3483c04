package release

import (
	"regexp"
	"strings"
)

// Names as the Lambda API allows them:
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html.
var (
	functionPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	aliasPattern    = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
	digitsPattern   = regexp.MustCompile(`^[0-9]+$`)
)

// How many versions retire may keep: the stable one and the one before it, up
// to what the storage quota of an account bears.
const (
	leastVersions = 2
	mostVersions  = 100
)

func (v *validation) target() {
	lambda := v.given.Target.Lambda
	if lambda == nil {
		v.missing("target", nil, "write lambda: {function: NAME, alias: NAME}")
		return
	}
	const path = "target.lambda"
	v.function(path+".function", lambda.Function)
	v.alias(path+".alias", lambda.Alias)
	if keep := path + ".keepVersions"; lambda.KeepVersions != 0 || v.source.Has(keep) {
		v.whole(keep, &lambda.KeepVersions, leastVersions, mostVersions)
	}
	v.word(path+".unqualifiedCallers", lambda.UnqualifiedCallers, RefuseUnqualifiedCallers, WarnUnqualifiedCallers)
}

func (v *validation) function(path, name string) {
	const hint = "use 1 to 64 letters, digits, hyphens and underscores"
	switch {
	case name == "":
		v.missing(path, name, hint)
	case strings.HasPrefix(name, "arn:") || strings.Contains(name, ":function:"):
		hint := hint
		if short := functionInARN(name); short != "" {
			hint = "write " + short
		}
		v.reject(path, name, hint, "must be the function's name, not its ARN")
	case !functionPattern.MatchString(name):
		v.reject(path, name, hint, "is not the name of a function")
	}
}

// functionInARN finds the name in arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]
// and in its short form ACCOUNT:function:NAME; "" when there is none.
func functionInARN(arn string) string {
	_, rest, _ := strings.Cut(arn, ":function:")
	name, _, _ := strings.Cut(rest, ":")
	if !functionPattern.MatchString(name) {
		return ""
	}
	return name
}

func (v *validation) alias(path, name string) {
	const hint = "use 1 to 128 letters, digits, hyphens and underscores, such as live"
	switch {
	case name == "":
		v.missing(path, name, hint)
	case name == "$LATEST":
		v.reject(path, name, "name the alias that callers use, such as live", "is not an alias, and always runs the newest code")
	case !aliasPattern.MatchString(name):
		v.reject(path, name, hint, "is not the name of an alias")
	case digitsPattern.MatchString(name):
		v.reject(path, name, hint, "an alias must not be all digits, as versions are")
	}
}
