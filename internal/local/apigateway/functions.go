package apigateway

import (
	"context"
	"regexp"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// Functions is what API Gateway needs of Lambda.
type Functions interface {
	// Run invokes what the qualifier names. Its errors are the SDK's types.
	Run(ctx context.Context, function, qualifier string, payload []byte) (lambda.Answer, error)
	// Allows reports whether the policy of exactly that qualifier lets an AWS service invoke it on behalf of a resource.
	Allows(function, qualifier, service, sourceARN string) bool
}

// service is API Gateway's name as a principal.
const service = "apigateway.amazonaws.com"

// integrationPattern is the URI of a Lambda integration.
var integrationPattern = regexp.MustCompile(`^arn:aws:apigateway:[^:]+:lambda:path/2015-03-31/functions/arn:aws:lambda:[^:]*:[^:]*:function:(.+)/invocations$`)

// functionOf takes the function and its qualifier out of an integration's URI, stage variables and all.
func functionOf(uri string) (function, qualifier string, ok bool) {
	found := integrationPattern.FindStringSubmatch(uri)
	if found == nil {
		return "", "", false
	}
	function, qualifier, _ = strings.Cut(found[1], ":")
	return function, qualifier, function != ""
}

// filledIn is text with stage variables in place of their references, such as ${stageVariables.version}; of those that do not exist, nothing.
func filledIn(text string, variables map[string]string) string {
	return variablePattern.ReplaceAllStringFunc(text, func(reference string) string {
		return variables[variablePattern.FindStringSubmatch(reference)[1]]
	})
}

var variablePattern = regexp.MustCompile(`\$\{stageVariables\.([A-Za-z0-9_]+)\}`)
