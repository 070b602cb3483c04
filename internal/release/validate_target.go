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
	// versionPattern is what the versions of every kind of target look like.
	versionPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)
	digitsPattern  = regexp.MustCompile(`^[0-9]+$`)
)

// How many versions retire may keep: the stable one and the one before it, up
// to what the storage quota of an account bears.
const (
	leastVersions = 2
	mostVersions  = 100
)

func (v *validation) target() {
	const path = "target"
	target := v.given.Target
	switch kinds := target.Given(); {
	case len(kinds) == 0:
		v.missing(path, nil, "write lambda: {function: NAME, alias: NAME}, or another of "+oneOf(TargetKinds()))
	case len(kinds) > 1:
		v.reject(path, nil, "give one of them; a release changes one thing", "%s exclude each other", strings.Join(kinds, " and "))
	}
	if target.Lambda != nil {
		v.lambda(*target.Lambda)
	}
	if target.ALB != nil {
		v.alb(*target.ALB)
	}
	if target.ASG != nil {
		v.asg(*target.ASG)
	}
	if target.Route53 != nil {
		v.route53(*target.Route53)
	}
	if target.Custom != nil {
		v.custom(target.Custom.Kind)
	}
	if target.APIGateway != nil {
		v.apiGateway(*target.APIGateway)
	}
}

// custom checks the kind of a target that somebody has added. Which builds have it can't be known here: a file may be
// written where there is none.
func (v *validation) custom(kind string) {
	const path = "target.custom.kind"
	if !namePattern.MatchString(kind) {
		v.reject(path, kind, "write the name that it has in the table of kinds", "is not the name of a kind")
		return
	}
	v.warn(path, "use one of "+oneOf(TargetKinds())+", unless such a build plans and deploys it", "only a build of Goldfinch to which a target %s was added can release this; any other refuses it in plan and deploy", quote(kind))
}

func (v *validation) lambda(lambda LambdaTarget) {
	const path = "target.lambda"
	v.function(path+".function", lambda.Function)
	v.alias(path+".alias", lambda.Alias)
	v.keepVersions(path, lambda.KeepVersions)
	v.word(path+".unqualifiedCallers", lambda.UnqualifiedCallers, RefuseUnqualifiedCallers, WarnUnqualifiedCallers)
}

func (v *validation) keepVersions(path string, keep int) {
	v.number(path+".keepVersions", keep, leastVersions, mostVersions)
}

// number checks a whole number of which 0, unless it is written, stands for the default.
func (v *validation) number(path string, value, least, most int) {
	if value != 0 || v.source.Has(path) {
		v.whole(path, &value, least, most)
	}
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
