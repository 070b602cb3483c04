package lambda

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// latest is the number of the version that can be changed.
const latest = "$LATEST"

// Limits of names: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
// and …/API_CreateAlias.html, which also refuses an alias made of digits alone.
var (
	functionName = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`)
	aliasName    = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,128}$`)
	digits       = regexp.MustCompile(`^[0-9]+$`)
)

// arn names a function, or with a qualifier one of its versions or aliases.
func (s *Service) arn(function, qualifier string) string {
	arn := "arn:aws:lambda:" + s.options.Region + ":" + s.options.AccountID + ":function:" + function
	if qualifier != "" {
		arn += ":" + qualifier
	}
	return arn
}

// parse takes a function's name in any of AWS's forms — name, partial ARN or
// ARN, each with or without a qualifier — and the qualifier given beside it.
func (s *Service) parse(name, qualifier *string) (function, resolved string, err error) {
	full := aws.ToString(name)
	rest := full
	if at := strings.Index(full, ":function:"); at >= 0 {
		rest = full[at+len(":function:"):]
	}
	function, inName, _ := strings.Cut(rest, ":")
	if !functionName.MatchString(function) {
		return "", "", invalid("%q is not a function's name or ARN", full)
	}
	if strings.HasPrefix(full, "arn:") && full != s.arn(function, inName) {
		return "", "", functionNotFound(full)
	}
	resolved = aws.ToString(qualifier)
	if inName != "" && resolved != "" && inName != resolved {
		return "", "", invalid("The derived qualifier from the function name does not match the specified qualifier.")
	}
	if resolved == "" {
		resolved = inName
	}
	return function, resolved, nil
}
