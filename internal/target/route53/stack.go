package route53

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// The tags of every stack that Goldfinch makes. One that has TagService with the service's name may be given traffic, and one
// that has all of them may be deleted.
const (
	TagService     = "goldfinch:service"
	TagEnvironment = "goldfinch:environment"
	TagRelease     = "goldfinch:release"
	// TagRecord is the record that the stack was made for, as HOSTEDZONE/RECORD/TYPE. Under another name a service's releases see no
	// record of this one, and so do not know whether it still leads users to the stack.
	TagRecord = "goldfinch:record"
	// TagStack is the stack's own name. CloudFormation hands a stack's tags on to all that is in it, so that they alone tell nothing.
	TagStack = "goldfinch:stack"
)

// longestTag is how many characters a tag's value has at most (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html).
const longestTag = 256

// A stack is one of CloudFormation's.
type stack struct {
	name, id string
	// nested: it is a resource of another stack, which makes and deletes it.
	nested bool
	status cfntypes.StackStatus
	reason string
	// drift is what CloudFormation found when it was last asked to look.
	drift                     cfntypes.StackDriftStatus
	tags, outputs, parameters map[string]string
	capabilities              []string
}

// readStack reads a stack by its name; one that was deleted is not found.
func (t *Target) readStack(ctx context.Context, name string) (found stack, exists bool, err error) {
	if !stackPattern.MatchString(name) {
		return stack{}, false, nil
	}
	output, err := call.Do(ctx, "cloudformation: read stack "+name, t.options.Stacks.DescribeStacks, &cloudformation.DescribeStacksInput{StackName: aws.String(name)})
	if isNoStack(err) {
		return stack{}, false, nil
	}
	if err != nil || len(output.Stacks) == 0 {
		return stack{}, false, err
	}
	found = stackOf(output.Stacks[0])
	return found, found.status != cfntypes.StackStatusDeleteComplete, nil
}

// isNoStack reports that there is no stack of that name: CloudFormation's error for that is a ValidationError, as for much else.
func isNoStack(err error) bool {
	return call.Code(err) == "ValidationError" && strings.Contains(err.Error(), "does not exist")
}

// stackOf is a stack as CloudFormation describes it.
func stackOf(described cfntypes.Stack) stack {
	found := stack{
		name: aws.ToString(described.StackName), id: aws.ToString(described.StackId), status: described.StackStatus, reason: aws.ToString(described.StackStatusReason),
		nested: described.ParentId != nil || described.RootId != nil,
		tags:   map[string]string{}, outputs: map[string]string{}, parameters: map[string]string{},
	}
	if described.DriftInformation != nil {
		found.drift = described.DriftInformation.StackDriftStatus
	}
	for _, tag := range described.Tags {
		found.tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	for _, output := range described.Outputs {
		found.outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	for _, parameter := range described.Parameters {
		found.parameters[aws.ToString(parameter.ParameterKey)] = aws.ToString(parameter.ParameterValue)
	}
	for _, capability := range described.Capabilities {
		found.capabilities = append(found.capabilities, string(capability))
	}
	return found
}

// tagging is the command that gives the stack a tag and leaves everything else as it is: an update takes away tags that it does not name, and gives
// parameters that it does not name their defaults (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html).
func (s stack) tagging(key, value string) string {
	words := []string{"aws cloudformation update-stack --use-previous-template --stack-name", s.name}
	if len(s.parameters) > 0 {
		words = append(words, "--parameters")
		for _, parameter := range slices.Sorted(maps.Keys(s.parameters)) {
			words = append(words, "ParameterKey="+parameter+",UsePreviousValue=true")
		}
	}
	if len(s.capabilities) > 0 {
		words = append(words, "--capabilities", strings.Join(s.capabilities, " "))
	}
	tags := maps.Clone(s.tags)
	tags[key] = value
	words = append(words, "--tags")
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		words = append(words, fmt.Sprintf("'Key=%s,Value=%s'", tag, tags[tag]))
	}
	return strings.Join(words, " ")
}

// owns reports whether the stack belongs to the document's service and environment. One that a person has made need not name an environment.
func (t *Target) owns(s stack) bool {
	environment, named := s.tags[TagEnvironment]
	return s.tags[TagService] == t.document.Service && (!named || environment == t.document.Environment)
}

// made reports whether Goldfinch has made the stack, for the document's service and environment.
func (t *Target) made(s stack) bool {
	return t.owns(s) && !s.nested && s.tags[TagEnvironment] != "" && s.tags[TagRelease] != ""
}

// kept says why the stack is never deleted by a release of another version; empty when it may be.
func (t *Target) kept(s stack) string {
	switch record := s.tags[TagRecord]; {
	case !t.made(s):
		return "was not made by Goldfinch"
	case record == "":
		return "does not say, by the tag " + TagRecord + ", which record it was made for"
	case record != t.recordTag():
		return "was made for another record, " + record
	case s.tags[TagStack] != s.name:
		return "has the tags of another stack, " + s.tags[TagStack]
	default:
		return ""
	}
}

// isOfAnotherRecord reports whether the stack was made for another record than the document's, which may still lead users to it.
func (t *Target) isOfAnotherRecord(s stack) bool {
	return s.tags[TagRecord] != "" && s.tags[TagRecord] != t.recordTag()
}

// recordTag is the document's record as TagRecord has it. A name that is too long for a tag stands there as its digest.
func (t *Target) recordTag() string {
	zone, name, kind := t.settings.HostedZone, strings.TrimSuffix(t.name, "."), t.settings.Type
	if tag := strings.Join([]string{zone, name, kind}, "/"); len(tag) <= longestTag {
		return tag
	}
	return strings.Join([]string{zone, digest(name), kind}, "/")
}

// isComplete reports whether everything of the stack is there.
func (s stack) isComplete() bool {
	return slices.Contains([]cfntypes.StackStatus{
		cfntypes.StackStatusCreateComplete, cfntypes.StackStatusUpdateComplete, cfntypes.StackStatusUpdateRollbackComplete, cfntypes.StackStatusImportComplete,
		cfntypes.StackStatusUpdateInProgress, cfntypes.StackStatusUpdateCompleteCleanupInProgress, cfntypes.StackStatusUpdateRollbackCompleteCleanupInProgress,
		cfntypes.StackStatusUpdateRollbackInProgress,
	}, s.status)
}

// isBeingDeleted reports that CloudFormation is at it.
func (s stack) isBeingDeleted() bool { return s.status == cfntypes.StackStatusDeleteInProgress }

// failure says why a stack failed: which of its resources did first, and CloudFormation's reason.
func (t *Target) failure(ctx context.Context, s stack) (string, error) {
	input := &cloudformation.DescribeStackEventsInput{StackName: aws.String(s.id)}
	first := ""
	for {
		page, err := call.Do(ctx, "cloudformation: read events of stack "+s.name, t.options.Stacks.DescribeStackEvents, input)
		if err != nil {
			return "", err
		}
		for _, event := range page.StackEvents { // the newest first
			failed := strings.HasSuffix(string(event.ResourceStatus), "_FAILED")
			if failed && aws.ToString(event.PhysicalResourceId) != s.id && !strings.Contains(aws.ToString(event.ResourceStatusReason), "cancelled") {
				first = fmt.Sprintf("%s (%s): %s", aws.ToString(event.LogicalResourceId), aws.ToString(event.ResourceType), aws.ToString(event.ResourceStatusReason))
			}
		}
		if page.NextToken == nil {
			break
		}
		input.NextToken = page.NextToken
	}
	if first == "" {
		first = s.reason
	}
	return fmt.Sprintf("stack %s is %s: %s", s.name, s.status, first), nil
}
