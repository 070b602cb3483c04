package cloudformation

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// stackName is what stacks may be called:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
var stackName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

// CreateStack begins a stack. With the token of one that has the name and is not
// deleted it returns that.
func (s *Service) CreateStack(ctx context.Context, input *sdk.CreateStackInput, _ ...func(*sdk.Options)) (*sdk.CreateStackOutput, error) {
	return serve(ctx, s, "CreateStack", func(ctx context.Context) (*sdk.CreateStackOutput, error) {
		name := aws.ToString(input.StackName)
		if !stackName.MatchString(name) {
			return nil, invalid("1 validation error detected: Value '%s' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", name)
		}
		if err := creatable(input); err != nil {
			return nil, err
		}
		body, t, err := s.template(ctx, input.TemplateBody, input.TemplateURL)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if token := aws.ToString(input.ClientRequestToken); token != "" {
			for _, other := range s.books.inOrder() {
				switch {
				case other.Token != token:
				case other.Name == name && other.Status != types.StackStatusDeleteComplete:
					return &sdk.CreateStackOutput{StackId: aws.String(other.ID)}, nil
				default:
					return nil, tokenExists(token)
				}
			}
		}
		if _, err := s.books.find(name); err == nil {
			return nil, alreadyExists(name)
		}
		made, err := s.newStack(name, body, t, input)
		if err != nil {
			return nil, err
		}
		if err := s.save(made); err != nil {
			return nil, err
		}
		s.later(made.ID, s.options.Step)
		return &sdk.CreateStackOutput{StackId: aws.String(made.ID)}, nil
	})
}

// creatable refuses what a creation may ask for on AWS and not here.
func creatable(input *sdk.CreateStackInput) error {
	switch {
	case input.DisableRollback != nil && input.OnFailure != "":
		return invalid("You can specify either DisableRollback or OnFailure, but not both.")
	case len(input.NotificationARNs) > 0:
		return unsupported("notifications")
	case input.RollbackConfiguration != nil && len(input.RollbackConfiguration.RollbackTriggers) > 0:
		return unsupported("rollback triggers")
	case input.StackPolicyBody != nil || input.StackPolicyURL != nil:
		return unsupported("stack policies")
	case len(input.ResourceTypes) > 0:
		return unsupported("resource types that a stack may have")
	case aws.ToBool(input.RetainExceptOnCreate), input.DeploymentConfig != nil, aws.ToBool(input.DisableValidation):
		return unsupported("RetainExceptOnCreate, DeploymentConfig or DisableValidation")
	case input.TimeoutInMinutes != nil && *input.TimeoutInMinutes < 1:
		return invalid("TimeoutInMinutes must be at least 1, not %d", *input.TimeoutInMinutes)
	}
	for _, tag := range input.Tags {
		if key := aws.ToString(tag.Key); key == "" || strings.HasPrefix(key, "aws:") || tag.Value == nil {
			return invalid("Tag '%s' needs a key that does not begin with aws: and a value", key)
		}
	}
	return nil
}

// template reads the template of a call: one that it brings, or one at a URL.
func (s *Service) template(ctx context.Context, body, url *string) (string, *template, error) {
	var text string
	switch {
	case (body == nil) == (url == nil):
		return "", nil, invalid("Either Template URL or Template Body must be specified.")
	case body != nil && len(*body) > maxTemplate:
		return "", nil, invalid("1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", maxTemplate)
	case body != nil:
		text = *body
	case s.options.Template == nil:
		return "", nil, unsupported("templates by URL: %s", *url)
	default:
		content, err := s.options.Template(ctx, *url)
		if err != nil {
			return "", nil, invalid("Template at %s cannot be read: %v", *url, err)
		}
		text = string(content)
	}
	t, err := parse(text)
	return text, t, err
}

// capabilities are what a template asks its caller to acknowledge.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html
func (t *template) capabilities() []types.Capability {
	var needs []types.Capability
	for _, r := range t.resources {
		if !strings.HasPrefix(r.kind, "AWS::IAM::") {
			continue
		}
		for property := range r.properties {
			if strings.HasSuffix(property, "Name") {
				return []types.Capability{types.CapabilityCapabilityNamedIam}
			}
		}
		needs = []types.Capability{types.CapabilityCapabilityIam}
	}
	return needs
}

// newStack is a stack that has just begun.
func (s *Service) newStack(name, body string, t *template, input *sdk.CreateStackInput) (*stack, error) {
	for _, need := range t.capabilities() {
		if !slices.Contains(input.Capabilities, need) && !slices.Contains(input.Capabilities, types.CapabilityCapabilityNamedIam) {
			return nil, insufficient(need)
		}
	}
	parameters, err := t.resolve(input.Parameters)
	if err != nil {
		return nil, err
	}
	made := &stack{
		Number: uint64(len(s.books.stacks)), Name: name, Created: s.now(), Template: body, Parameters: parameters, Tags: slices.Clone(input.Tags), Capabilities: slices.Clone(input.Capabilities),
		Role: aws.ToString(input.RoleARN), Protected: aws.ToBool(input.EnableTerminationProtection), Timeout: timeout(input.TimeoutInMinutes),
		Token: aws.ToString(input.ClientRequestToken), OnFailure: input.OnFailure, parsed: t,
	}
	made.ID = "arn:aws:cloudformation:" + s.options.Region + ":" + s.options.AccountID + ":stack/" + name + "/" + s.identifier()
	if aws.ToBool(input.DisableRollback) {
		made.OnFailure = types.OnFailureDoNothing
	}
	order, err := t.order()
	if err != nil {
		return nil, err
	}
	for _, logical := range order {
		declared := t.resources[logical]
		wanted, err := s.scope(t, made).condition(declared.condition)
		if err != nil {
			return nil, err
		}
		if wanted {
			made.Resources = append(made.Resources, resource{LogicalID: logical, Type: declared.kind, Retained: declared.retained})
		}
	}
	if len(made.Resources) == 0 {
		return nil, invalid("Template format error: the conditions of the template leave no resource")
	}
	made.set(made.Created, types.StackStatusCreateInProgress, "User Initiated")
	return made, nil
}

// DeleteStack begins the end of a stack, whatever is being done to it; one that does not exist is deleted already.
func (s *Service) DeleteStack(ctx context.Context, input *sdk.DeleteStackInput, _ ...func(*sdk.Options)) (*sdk.DeleteStackOutput, error) {
	return serve(ctx, s, "DeleteStack", func(context.Context) (*sdk.DeleteStackOutput, error) {
		if len(input.RetainResources) > 0 || input.DeletionMode != "" && input.DeletionMode != types.DeletionModeStandard || input.DeploymentConfig != nil {
			return nil, unsupported("RetainResources, DeletionMode or DeploymentConfig")
		}
		s.working.Lock() // what is being made is made first, and known
		defer s.working.Unlock()
		s.mu.Lock()
		defer s.mu.Unlock()
		found, err := s.books.find(aws.ToString(input.StackName))
		if err != nil || found.Status == types.StackStatusDeleteComplete || found.Status == types.StackStatusDeleteInProgress {
			return &sdk.DeleteStackOutput{}, nil
		}
		if found.Protected {
			return nil, invalid("Stack [%s] cannot be deleted while TerminationProtection is enabled", found.ID)
		}
		next := found.copied()
		moving := next.moving()
		next.set(s.now(), types.StackStatusDeleteInProgress, "User Initiated")
		if err := s.save(next); err != nil {
			return nil, err
		}
		if !moving { // else work comes back by itself
			s.later(next.ID, s.options.Step)
		}
		return &sdk.DeleteStackOutput{}, nil
	})
}

// UpdateStack refuses whatever would change: the template, the parameters and the
// tags of a stack are those of its creation.
func (s *Service) UpdateStack(ctx context.Context, input *sdk.UpdateStackInput, _ ...func(*sdk.Options)) (*sdk.UpdateStackOutput, error) {
	return serve(ctx, s, "UpdateStack", func(ctx context.Context) (*sdk.UpdateStackOutput, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		found, err := s.books.find(aws.ToString(input.StackName))
		if err != nil {
			return nil, err
		}
		same := aws.ToBool(input.UsePreviousTemplate) || aws.ToString(input.TemplateBody) == found.Template
		for _, given := range input.Parameters {
			same = same && (aws.ToBool(given.UsePreviousValue) || aws.ToString(given.ParameterValue) == found.Parameters[aws.ToString(given.ParameterKey)])
		}
		if same && input.Tags == nil {
			return nil, invalid("No updates are to be performed.")
		}
		return nil, unsupported("updates of stacks: make another beside stack %s", found.Name)
	})
}

// ValidateTemplate reads a template, and tells its parameters.
func (s *Service) ValidateTemplate(ctx context.Context, input *sdk.ValidateTemplateInput, _ ...func(*sdk.Options)) (*sdk.ValidateTemplateOutput, error) {
	return serve(ctx, s, "ValidateTemplate", func(ctx context.Context) (*sdk.ValidateTemplateOutput, error) {
		_, t, err := s.template(ctx, input.TemplateBody, input.TemplateURL)
		if err != nil {
			return nil, err
		}
		out := &sdk.ValidateTemplateOutput{Description: pointer(t.description), Capabilities: t.capabilities()}
		if len(out.Capabilities) > 0 {
			out.CapabilitiesReason = aws.String("The following resource(s) require capabilities: [AWS::IAM]")
		}
		empty := map[string]string{}
		for name := range t.parameters {
			empty[name] = ""
		}
		for _, shown := range t.shown(empty) {
			p := t.parameters[*shown.ParameterKey]
			out.Parameters = append(out.Parameters, types.TemplateParameter{
				ParameterKey: shown.ParameterKey, DefaultValue: p.standard, Description: pointer(p.description), NoEcho: aws.Bool(p.hidden),
			})
		}
		return out, nil
	})
}

// GetTemplate returns a stack's template as it was given.
func (s *Service) GetTemplate(ctx context.Context, input *sdk.GetTemplateInput, _ ...func(*sdk.Options)) (*sdk.GetTemplateOutput, error) {
	return locked(ctx, s, "GetTemplate", func() (*sdk.GetTemplateOutput, error) {
		if input.ChangeSetName != nil {
			return nil, unsupported("change sets")
		}
		found, err := s.books.find(aws.ToString(input.StackName))
		if err != nil {
			return nil, err
		}
		return &sdk.GetTemplateOutput{TemplateBody: aws.String(found.Template), StagesAvailable: []types.TemplateStage{types.TemplateStageOriginal, types.TemplateStageProcessed}}, nil
	})
}

// pageSize is how many stacks or events come at once.
const pageSize = 100

// DescribeStacks describes a stack, by its name or id, or all that are not deleted.
func (s *Service) DescribeStacks(ctx context.Context, input *sdk.DescribeStacksInput, _ ...func(*sdk.Options)) (*sdk.DescribeStacksOutput, error) {
	return locked(ctx, s, "DescribeStacks", func() (*sdk.DescribeStacksOutput, error) {
		if input.StackName != nil {
			found, err := s.books.find(*input.StackName)
			if err != nil {
				return nil, err
			}
			return &sdk.DescribeStacksOutput{Stacks: []types.Stack{s.describe(found)}}, nil
		}
		all := slices.DeleteFunc(s.books.inOrder(), func(st *stack) bool { return st.Status == types.StackStatusDeleteComplete })
		slices.Reverse(all) // the newest first
		found, next, err := page(all, input.NextToken)
		out := &sdk.DescribeStacksOutput{NextToken: next}
		for _, st := range found {
			out.Stacks = append(out.Stacks, s.describe(st))
		}
		return out, err
	})
}

// page are the items from a token on, which is how many came before.
func page[T any](items []T, token *string) ([]T, *string, error) {
	start := 0
	if token != nil {
		var err error
		if start, err = strconv.Atoi(*token); err != nil || start < 0 || start > len(items) {
			return nil, nil, invalid("Token '%s' is not valid", *token)
		}
	}
	if len(items)-start <= pageSize {
		return items[start:], nil, nil
	}
	return items[start : start+pageSize], aws.String(strconv.Itoa(start + pageSize)), nil
}

func (s *Service) describe(st *stack) types.Stack {
	described := types.Stack{
		StackId: aws.String(st.ID), StackName: aws.String(st.Name), StackStatus: st.Status, StackStatusReason: pointer(st.Reason),
		CreationTime: aws.Time(st.Created), DeletionTime: st.Deleted, Tags: st.Tags, Outputs: st.Outputs, Capabilities: st.Capabilities,
		RoleARN: pointer(st.Role), DisableRollback: aws.Bool(st.OnFailure == types.OnFailureDoNothing), EnableTerminationProtection: aws.Bool(st.Protected),
		DriftInformation: st.Drift.information(), RollbackConfiguration: &types.RollbackConfiguration{},
	}
	described.Description = pointer(st.parsed.description)
	described.Parameters = st.parsed.shown(st.Parameters)
	if st.Timeout > 0 {
		described.TimeoutInMinutes = aws.Int32(int32(st.Timeout.Minutes()))
	}
	return described
}

// DescribeStackEvents tells what happened to a stack, the latest first.
func (s *Service) DescribeStackEvents(ctx context.Context, input *sdk.DescribeStackEventsInput, _ ...func(*sdk.Options)) (*sdk.DescribeStackEventsOutput, error) {
	return locked(ctx, s, "DescribeStackEvents", func() (*sdk.DescribeStackEventsOutput, error) {
		found, err := s.books.find(aws.ToString(input.StackName))
		if err != nil {
			return nil, err
		}
		events := slices.Clone(found.Events)
		slices.Reverse(events)
		events, next, err := page(events, input.NextToken)
		return &sdk.DescribeStackEventsOutput{StackEvents: events, NextToken: next}, err
	})
}

// DescribeStackResources describes the resources of a stack that were begun, or one of them.
func (s *Service) DescribeStackResources(ctx context.Context, input *sdk.DescribeStackResourcesInput, _ ...func(*sdk.Options)) (*sdk.DescribeStackResourcesOutput, error) {
	return locked(ctx, s, "DescribeStackResources", func() (*sdk.DescribeStackResourcesOutput, error) {
		if input.PhysicalResourceId != nil {
			return nil, unsupported("search by physical id")
		}
		found, err := s.books.find(aws.ToString(input.StackName))
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeStackResourcesOutput{}
		for _, r := range found.Resources {
			if r.Status == "" || input.LogicalResourceId != nil && r.LogicalID != *input.LogicalResourceId {
				continue
			}
			out.StackResources = append(out.StackResources, types.StackResource{
				StackId: aws.String(found.ID), StackName: aws.String(found.Name), LogicalResourceId: aws.String(r.LogicalID), PhysicalResourceId: pointer(r.PhysicalID),
				ResourceType: aws.String(r.Type), ResourceStatus: r.Status, ResourceStatusReason: pointer(r.Reason), Timestamp: aws.Time(r.Since),
				DriftInformation: found.Drift.ofResource(r.LogicalID),
			})
		}
		if input.LogicalResourceId != nil && len(out.StackResources) == 0 {
			return nil, invalid("Resource %s does not exist for stack %s", *input.LogicalResourceId, found.Name)
		}
		return out, nil
	})
}

// describeID names a detection of drift after its stack.
func describeID(stackID string, number int) string { return fmt.Sprintf("%s#%d", stackID, number) }
