package cloudformation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// A drift is what the last detection of a stack found.
type drift struct {
	// Number counts the stack's detections.
	Number int
	At     time.Time
	Status types.StackDriftStatus
	// Resources are those that were compared, in the stack's order.
	Resources []types.StackResourceDrift
}

// DetectStackDrift compares each resource with what the template says of it: only
// the properties that stand there, as AWS does, and no tags of load balancing. It is done when it returns.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
func (s *Service) DetectStackDrift(ctx context.Context, input *sdk.DetectStackDriftInput, _ ...func(*sdk.Options)) (*sdk.DetectStackDriftOutput, error) {
	return serve(ctx, s, "DetectStackDrift", func(ctx context.Context) (*sdk.DetectStackDriftOutput, error) {
		if len(input.LogicalResourceIds) > 0 {
			return nil, unsupported("drift detection of some resources")
		}
		s.working.Lock()
		defer s.working.Unlock()
		s.mu.Lock()
		found, err := s.books.find(aws.ToString(input.StackName))
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if found.Status != types.StackStatusCreateComplete {
			return nil, invalid("Drift detection cannot be performed on stack [%s] while it is in status %s", found.Name, found.Status)
		}
		next := found.copied()
		if next.Drift, err = s.compare(ctx, found); err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.save(next); err != nil {
			return nil, err
		}
		return &sdk.DetectStackDriftOutput{StackDriftDetectionId: aws.String(describeID(next.ID, next.Drift.Number))}, nil
	})
}

// compare looks at every resource of a stack.
func (s *Service) compare(ctx context.Context, st *stack) (*drift, error) {
	made := &drift{Number: 1, At: s.now(), Status: types.StackDriftStatusInSync}
	if st.Drift != nil {
		made.Number = st.Drift.Number + 1
	}
	for _, r := range st.Resources {
		maker, known := s.kind(r.Type)
		if !known || stays(r.Type) {
			continue
		}
		found, err := maker.look(ctx, r.PhysicalID)
		if err != nil {
			return nil, err
		}
		expected := maps.Clone(r.Properties)
		if found.properties["Tags"] == nil {
			delete(expected, "Tags")
		}
		for _, name := range unread[r.Type] {
			delete(expected, name)
		}
		one := types.StackResourceDrift{
			StackId: aws.String(st.ID), LogicalResourceId: aws.String(r.LogicalID), PhysicalResourceId: aws.String(r.PhysicalID), ResourceType: aws.String(r.Type),
			Timestamp: aws.Time(made.At), StackResourceDriftStatus: types.StackResourceDriftStatusInSync, ExpectedProperties: aws.String(document(expected)),
		}
		if !found.exists {
			one.StackResourceDriftStatus = types.StackResourceDriftStatusDeleted
		} else {
			actual := map[string]any{}
			for name := range expected {
				if value, there := found.properties[name]; there {
					actual[name] = value
				}
			}
			one.ActualProperties = aws.String(document(actual))
			if one.PropertyDifferences = differences("", expected, actual); len(one.PropertyDifferences) > 0 {
				one.StackResourceDriftStatus = types.StackResourceDriftStatusModified
			}
		}
		if one.StackResourceDriftStatus != types.StackResourceDriftStatusInSync {
			made.Status = types.StackDriftStatusDrifted
		}
		made.Resources = append(made.Resources, one)
	}
	return made, nil
}

// differences are those of what is expected; more than that is none, except in lists.
func differences(at string, expected, actual any) []types.PropertyDifference {
	switch want := expected.(type) {
	case map[string]any:
		have, _ := actual.(map[string]any)
		var found []types.PropertyDifference
		for _, name := range slices.Sorted(maps.Keys(want)) {
			value, there := have[name]
			if !there {
				found = append(found, difference(at+"/"+name, types.DifferenceTypeRemove, want[name], nil))
				continue
			}
			found = append(found, differences(at+"/"+name, want[name], value)...)
		}
		return found
	case []any:
		have, _ := actual.([]any)
		want, have = sortedScalars(want), sortedScalars(have)
		if keyed(want) { // more attributes than were set are the defaults
			return differences(at, byKey(want), byKey(have))
		}
		var found []types.PropertyDifference
		for i := range max(len(want), len(have)) {
			place := fmt.Sprintf("%s/%d", at, i)
			switch {
			case i >= len(have):
				found = append(found, difference(place, types.DifferenceTypeRemove, want[i], nil))
			case i >= len(want):
				found = append(found, difference(place, types.DifferenceTypeAdd, nil, have[i]))
			default:
				found = append(found, differences(place, want[i], have[i])...)
			}
		}
		return found
	}
	if scalar(expected) == scalar(actual) {
		return nil
	}
	return []types.PropertyDifference{difference(at, types.DifferenceTypeNotEqual, expected, actual)}
}

func difference(at string, kind types.DifferenceType, expected, actual any) types.PropertyDifference {
	return types.PropertyDifference{PropertyPath: aws.String(at), DifferenceType: kind, ExpectedValue: aws.String(document(expected)), ActualValue: aws.String(document(actual))}
}

// sortedScalars puts lists of texts in order: theirs means nothing.
func sortedScalars(list []any) []any {
	if len(texts(list)) != len(list) {
		return list
	}
	ordered := texts(list)
	slices.Sort(ordered)
	made := make([]any, len(ordered))
	for i, text := range ordered {
		made[i] = text
	}
	return made
}

// keyed reports whether a list has keys and values, as tags and attributes do.
func keyed(list []any) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(item any) bool {
		members, ok := item.(map[string]any)
		return !ok || members["Key"] == nil
	})
}

func byKey(list []any) map[string]any {
	keyed := map[string]any{}
	for _, item := range list {
		if members, ok := item.(map[string]any); ok {
			keyed[scalar(members["Key"])] = members
		}
	}
	return keyed
}

// document writes a value as drift results have it: texts as they are, all else as JSON.
func document(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	written, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(written)
}

// DescribeStackDriftDetectionStatus tells what the last detection of a stack came to.
func (s *Service) DescribeStackDriftDetectionStatus(ctx context.Context, input *sdk.DescribeStackDriftDetectionStatusInput, _ ...func(*sdk.Options)) (*sdk.DescribeStackDriftDetectionStatusOutput, error) {
	return locked(ctx, s, "DescribeStackDriftDetectionStatus", func() (*sdk.DescribeStackDriftDetectionStatusOutput, error) {
		id := aws.ToString(input.StackDriftDetectionId)
		stackID, _, _ := strings.Cut(id, "#")
		found := s.books.stacks[stackID]
		if found == nil || found.Drift == nil || describeID(stackID, found.Drift.Number) != id {
			return nil, invalid("Drift detection [%s] does not exist", id)
		}
		drifted := int32(0)
		for _, r := range found.Drift.Resources {
			if r.StackResourceDriftStatus != types.StackResourceDriftStatusInSync {
				drifted++
			}
		}
		return &sdk.DescribeStackDriftDetectionStatusOutput{
			StackId: aws.String(stackID), StackDriftDetectionId: aws.String(id), Timestamp: aws.Time(found.Drift.At),
			DetectionStatus: types.StackDriftDetectionStatusDetectionComplete, StackDriftStatus: found.Drift.Status, DriftedStackResourceCount: aws.Int32(drifted),
		}, nil
	})
}

// DescribeStackResourceDrifts tells what the last detection found of each resource.
func (s *Service) DescribeStackResourceDrifts(ctx context.Context, input *sdk.DescribeStackResourceDriftsInput, _ ...func(*sdk.Options)) (*sdk.DescribeStackResourceDriftsOutput, error) {
	return locked(ctx, s, "DescribeStackResourceDrifts", func() (*sdk.DescribeStackResourceDriftsOutput, error) {
		found, err := s.books.find(aws.ToString(input.StackName))
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeStackResourceDriftsOutput{StackResourceDrifts: []types.StackResourceDrift{}}
		if found.Drift == nil {
			return out, nil
		}
		filters := input.StackResourceDriftStatusFilters
		for _, r := range found.Drift.Resources {
			if len(filters) == 0 || slices.Contains(filters, r.StackResourceDriftStatus) {
				out.StackResourceDrifts = append(out.StackResourceDrifts, r)
			}
		}
		return out, nil
	})
}

// information is what a stack's description says of drift.
func (d *drift) information() *types.StackDriftInformation {
	if d == nil {
		return &types.StackDriftInformation{StackDriftStatus: types.StackDriftStatusNotChecked}
	}
	return &types.StackDriftInformation{StackDriftStatus: d.Status, LastCheckTimestamp: aws.Time(d.At)}
}

// ofResource is what a resource's description says of drift.
func (d *drift) ofResource(logicalID string) *types.StackResourceDriftInformation {
	told := &types.StackResourceDriftInformation{StackResourceDriftStatus: types.StackResourceDriftStatusNotChecked}
	if d == nil {
		return told
	}
	for _, r := range d.Resources {
		if *r.LogicalResourceId == logicalID {
			told.StackResourceDriftStatus, told.LastCheckTimestamp = r.StackResourceDriftStatus, aws.Time(d.At)
		}
	}
	return told
}
