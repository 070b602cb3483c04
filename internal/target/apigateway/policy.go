package apigateway

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A statement is one of a version's policy, which has each value as a text or as a list of them.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    any
	// Condition is by operator, such as ArnLike, and by key, such as AWS:SourceArn.
	Condition map[string]map[string]any
}

// policy reads the statements of a version's policy; none when it has none.
func (t *Target) policy(ctx context.Context, version string) ([]statement, error) {
	what := fmt.Sprintf("lambda: read the policy of function %s:%s", t.settings.Function, version)
	output, err := call.Do(ctx, what, t.lambda.GetPolicy, &awslambda.GetPolicyInput{FunctionName: aws.String(t.settings.Function), Qualifier: aws.String(version)})
	if isFunctionMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var read struct{ Statement []statement }
	if err := json.Unmarshal([]byte(aws.ToString(output.Policy)), &read); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return read.Statement, nil
}

// letsIn reports whether the statement lets a service of AWS invoke the function, on behalf of whomever.
func (s statement) letsIn(service string) bool {
	by, _ := s.Principal.(map[string]any)
	return s.Effect == "Allow" && (s.Principal == "*" || has(by["Service"], service)) &&
		(has(s.Action, "lambda:InvokeFunction") || has(s.Action, "lambda:*"))
}

// isAbout reports whether the statement can be about requests to a stage. One that names no source is about all.
func (s statement) isAbout(api, stage string) bool {
	sources, limited := s.sources()
	return !limited || slices.ContainsFunc(sources, func(source string) bool { return isSource(source, api, stage) })
}

// sources are the patterns of the ARNs on whose behalf the statement lets anybody in, if it is limited to some.
func (s statement) sources() (patterns []string, limited bool) {
	for _, keys := range s.Condition {
		for key, value := range keys {
			if strings.EqualFold(key, "aws:SourceArn") {
				patterns, limited = append(patterns, texts(value)...), true
			}
		}
	}
	return patterns, limited
}

// isSource reports whether a pattern fits requests to a stage, whose ARNs are
// arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html). An asterisk at the end stands for the rest.
func isSource(pattern, api, stage string) bool {
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) < 6 {
		return strings.HasSuffix(pattern, "*")
	}
	segments := strings.SplitN(parts[5], "/", 3)
	for i, name := range []string{api, stage} {
		if i == len(segments) {
			return strings.HasSuffix(pattern, "*")
		}
		if fits, err := path.Match(segments[i], name); err != nil || !fits {
			return false
		}
	}
	return true
}

// has reports whether a policy's value has a text.
func has(value any, text string) bool { return slices.Contains(texts(value), text) }

// texts are a policy's value: one or several.
func texts(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, one := range value {
			all = append(all, texts(one)...)
		}
		return all
	default:
		return nil
	}
}
