package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// unqualifiedCallers names everything that is known to call the function without
// a version or an alias, and so gets new code as soon as it is on $LATEST: event
// source mappings, and those whom the function's own policy lets in. A caller
// with rights of its own, such as a role of the same account, shows in neither.
func (t *Target) unqualifiedCallers(ctx context.Context) ([]string, error) {
	mappings, err := t.unqualifiedMappings(ctx)
	if err != nil {
		return nil, err
	}
	statements, err := t.unqualifiedStatements(ctx)
	if err != nil {
		return nil, err
	}
	return append(mappings, statements...), nil
}

// unqualifiedMappings names the event source mappings that are not switched off.
func (t *Target) unqualifiedMappings(ctx context.Context) ([]string, error) {
	var callers []string
	input := &awslambda.ListEventSourceMappingsInput{FunctionName: aws.String(t.function)}
	for {
		page, err := call.Do(ctx, "lambda: list event source mappings of function "+t.function, t.lambda.ListEventSourceMappings, input)
		if err != nil {
			return nil, err
		}
		for _, mapping := range page.EventSourceMappings {
			state := aws.ToString(mapping.State)
			if isQualified(aws.ToString(mapping.FunctionArn)) || state == "Disabled" || state == "Deleting" {
				continue
			}
			name := "event source mapping " + aws.ToString(mapping.UUID)
			if mapping.EventSourceArn != nil {
				name += " of " + *mapping.EventSourceArn
			}
			callers = append(callers, name)
		}
		if aws.ToString(page.NextMarker) == "" {
			return callers, nil
		}
		input.Marker = page.NextMarker
	}
}

// unqualifiedStatements names the statements of the function's own policy. Each
// qualifier has a policy of its own; this is the one without.
func (t *Target) unqualifiedStatements(ctx context.Context) ([]string, error) {
	what := "lambda: read the policy of function " + t.function
	output, err := call.Do(ctx, what, t.lambda.GetPolicy, &awslambda.GetPolicyInput{FunctionName: aws.String(t.function)})
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var policy struct{ Statement []statement }
	if err := json.Unmarshal([]byte(aws.ToString(output.Policy)), &policy); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var callers []string
	for _, s := range policy.Statement {
		if s.Effect == "Allow" && slices.ContainsFunc(s.Resource, func(arn string) bool { return !isQualified(arn) }) {
			callers = append(callers, fmt.Sprintf("policy statement %s for %s", s.Sid, s.Principal))
		}
	}
	return callers, nil
}

// isQualified reports whether a function's ARN names a version or an alias.
func isQualified(arn string) bool {
	qualifier := qualifierOf(arn)
	return qualifier != "" && qualifier != latest
}

// A statement is the part of a policy's statement that tells who may call what.
type statement struct {
	Sid       string
	Effect    string
	Principal principal
	Resource  oneOrMore
}

// oneOrMore is a string or a list of them: policies have both.
type oneOrMore []string

// UnmarshalJSON reads either form.
func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// A principal is "*", or lists of names by their kind, such as Service and AWS.
type principal map[string]oneOrMore

// UnmarshalJSON reads either form.
func (p *principal) UnmarshalJSON(data []byte) error {
	var everyone string
	if json.Unmarshal(data, &everyone) == nil {
		*p = principal{"": {everyone}}
		return nil
	}
	return json.Unmarshal(data, (*map[string]oneOrMore)(p))
}

// String lists the names.
func (p principal) String() string {
	var names []string
	for _, kind := range slices.Sorted(maps.Keys(p)) {
		names = append(names, p[kind]...)
	}
	return strings.Join(names, ", ")
}
