package fleet

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Hold makes a group's present size its minimum, so that no scaling policy takes away what a rollback needs. What the minimum was is written into the tag
// [TagMinimum] before that. A group that is held already is left alone.
func (f *Fleet) Hold(ctx context.Context, group Group) error {
	minimum, held := f.minimumOf(group)
	if !held {
		if err := f.tag(ctx, group.Name, map[string]string{TagMinimum: minimum}); err != nil {
			return err
		}
	}
	raised := held && strconv.Itoa(group.Minimum) != minimum
	if raised || group.Minimum >= group.Desired {
		return nil
	}
	_, err := call.Do(ctx, fmt.Sprintf("autoscaling: keep group %s at %d instances", group.Name, group.Desired), f.autoScaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(group.Name), MinSize: aws.Int32(int32(group.Desired)),
	})
	return err
}

// Free gives a group the minimum back that it had before [Fleet.Hold]; one that is not held is left alone.
func (f *Fleet) Free(ctx context.Context, group Group) error {
	value, held := group.Tag(TagMinimum)
	if !held {
		return nil
	}
	if minimum, err := strconv.Atoi(value); err == nil && minimum < group.Minimum {
		_, err := call.Do(ctx, fmt.Sprintf("autoscaling: let group %s shrink to %d instances", group.Name, minimum), f.autoScaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
			AutoScalingGroupName: aws.String(group.Name), MinSize: aws.Int32(int32(minimum)),
		})
		if err != nil {
			return err
		}
	}
	return f.untag(ctx, group.Name, TagMinimum)
}

// untag removes tags of a group.
func (f *Fleet) untag(ctx context.Context, name string, keys ...string) error {
	input := &autoscaling.DeleteTagsInput{}
	for _, key := range keys {
		input.Tags = append(input.Tags, types.Tag{Key: aws.String(key), ResourceId: aws.String(name), ResourceType: aws.String(groupResource)})
	}
	_, err := call.Do(ctx, "autoscaling: untag group "+name, f.autoScaling.DeleteTags, input)
	return err
}
