package lambda

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// A statement is one of a resource policy, as IAM writes it.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

// AddPermission adds a statement to the policy of a function, a version or an
// alias, which gets a new revision by that. It is kept, not enforced.
func (s *Service) AddPermission(ctx context.Context, input *lambda.AddPermissionInput, _ ...func(*lambda.Options)) (*lambda.AddPermissionOutput, error) {
	return change(ctx, s, "AddPermission", func() (*lambda.AddPermissionOutput, error) {
		found, err := s.resolve(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		if input.RevisionId != nil && *input.RevisionId != s.revision(found) {
			return nil, staleRevision("GetPolicy")
		}
		added := s.statement(found, input)
		record := found.function.functionRecord
		for _, present := range record.Statements[found.qualifier] {
			if present.Sid == added.Sid {
				return nil, conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", added.Sid)
			}
		}
		record.Statements = clone(record.Statements)
		present := record.Statements[found.qualifier]
		record.Statements[found.qualifier] = append(present[:len(present):len(present)], added)
		if err := s.commit(nil, s.revise(found, record)...); err != nil {
			return nil, err
		}
		text, err := json.Marshal(added)
		return &lambda.AddPermissionOutput{Statement: aws.String(string(text))}, err
	})
}

// GetPolicy returns the policy of exactly what is named; where no permission was
// ever added there is none, which is a ResourceNotFoundException.
func (s *Service) GetPolicy(ctx context.Context, input *lambda.GetPolicyInput, _ ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error) {
	return serve(ctx, s, "GetPolicy", func(context.Context) (*lambda.GetPolicyOutput, error) {
		found, err := s.resolve(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		statements := found.function.Statements[found.qualifier]
		if len(statements) == 0 {
			return nil, notFound("The resource you requested does not exist.")
		}
		policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Id": "default", "Statement": statements})
		return &lambda.GetPolicyOutput{Policy: aws.String(string(policy)), RevisionId: aws.String(s.revision(found))}, err
	})
}

func (s *Service) statement(found named, input *lambda.AddPermissionInput) statement {
	principal := aws.ToString(input.Principal)
	made := statement{
		Sid:      aws.ToString(input.StatementId),
		Effect:   "Allow",
		Action:   aws.ToString(input.Action),
		Resource: s.arn(found.name, found.qualifier),
	}
	switch {
	case principal == "*":
		made.Principal = principal
	case strings.Contains(principal, ".amazonaws.com"):
		made.Principal = map[string]string{"Service": principal}
	default:
		made.Principal = map[string]string{"AWS": principal}
	}
	conditions := map[string]map[string]string{}
	if input.SourceArn != nil {
		conditions["ArnLike"] = map[string]string{"AWS:SourceArn": *input.SourceArn}
	}
	if input.SourceAccount != nil {
		conditions["StringEquals"] = map[string]string{"AWS:SourceAccount": *input.SourceAccount}
	}
	if len(conditions) > 0 {
		made.Condition = conditions
	}
	return made
}

// revision is that of the function, version or alias that is named.
func (s *Service) revision(found named) string {
	if found.alias != nil {
		return found.alias.Revision
	}
	return found.snapshot().Stamp.revision(s.now())
}

// revise gives what is named a new revision and stores it with the record.
func (s *Service) revise(found named, record functionRecord) []entry {
	if found.alias != nil {
		alias := *found.alias
		alias.Revision = s.identifier()
		return []entry{{functionKey(found.name), record}, {aliasKey(found.name, alias.Name), alias}}
	}
	named := found.snapshot()
	named.Stamp.During, named.Stamp.After = s.identifier(), s.identifier()
	if found.number != 0 {
		return []entry{{functionKey(found.name), record}, {versionKey(found.name, found.number), named}}
	}
	record.Latest = named
	return []entry{{functionKey(found.name), record}}
}
