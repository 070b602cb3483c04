package lambda

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// RemovePermission takes a statement out of the policy of a function, a version or an alias.
func (s *Service) RemovePermission(ctx context.Context, input *lambda.RemovePermissionInput, _ ...func(*lambda.Options)) (*lambda.RemovePermissionOutput, error) {
	return change(ctx, s, "RemovePermission", func() (*lambda.RemovePermissionOutput, error) {
		found, err := s.resolve(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		if input.RevisionId != nil && *input.RevisionId != s.revision(found) {
			return nil, staleRevision("GetPolicy")
		}
		record := found.function.functionRecord
		present := record.Statements[found.qualifier]
		left := slices.DeleteFunc(slices.Clone(present), func(one statement) bool { return one.Sid == aws.ToString(input.StatementId) })
		if len(left) == len(present) {
			return nil, notFound("Statement %s is not found in resource policy.", aws.ToString(input.StatementId))
		}
		record.Statements = maps.Clone(record.Statements)
		record.Statements[found.qualifier] = left
		return &lambda.RemovePermissionOutput{}, s.commit(nil, s.revise(found, record)...)
	})
}

// Allows reports whether the policy of exactly that qualifier lets an AWS service invoke it on behalf of a resource, as
// AWS asks before each request of that service
// (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html). Like Run it passes no
// interceptor.
func (s *Service) Allows(function, qualifier, service, sourceARN string) bool {
	found, err := s.resolve(&function, &qualifier)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(found.function.Statements[found.qualifier], func(one statement) bool {
		pattern, limited := one.Condition["ArnLike"]["AWS:SourceArn"]
		return one.allows(service) && (!limited || like(pattern, sourceARN))
	})
}

// allows reports whether a statement is about invoking by a service.
func (s statement) allows(service string) bool {
	action := s.Action == "lambda:InvokeFunction" || s.Action == "lambda:*"
	switch principal := s.Principal.(type) {
	case string:
		return action && principal == "*"
	case map[string]string:
		return action && principal["Service"] == service
	case map[string]any: // as it was stored
		return action && principal["Service"] == service
	default:
		return false
	}
}

// like reports whether an ARN fits a pattern, whose asterisks stand for anything.
func like(pattern, arn string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(arn, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
