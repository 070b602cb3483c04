package cloudformation

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// groups are AWS::AutoScaling::AutoScalingGroup. One is ready when as many
// instances are in service as it wants.
type groups struct{ scaling AutoScaling }

func (g groups) create(ctx context.Context, of request) (string, error) {
	changed := map[string]any{
		"Tags":            of.tagged(of.properties["Tags"], map[string]any{"PropagateAtLaunch": true}),
		"Cooldown":        nil,
		"DefaultCooldown": of.properties["Cooldown"],
	}
	if subnets, ok := of.properties["VPCZoneIdentifier"].([]any); ok {
		changed["VPCZoneIdentifier"] = strings.Join(texts(subnets), ",")
	}
	of.properties = of.with(changed)
	input := &autoscaling.CreateAutoScalingGroupInput{}
	if err := shape(input, of.named("AutoScalingGroupName", 255)); err != nil {
		return "", err
	}
	_, err := g.scaling.CreateAutoScalingGroup(ctx, input)
	if of.again {
		err = unless(err, "AlreadyExists")
	}
	return *input.AutoScalingGroupName, err
}

func (g groups) look(ctx context.Context, name string) (seen, error) {
	out, err := g.scaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
	if err != nil || len(out.AutoScalingGroups) == 0 {
		return seen{}, err
	}
	group := out.AutoScalingGroups[0]
	inService := int32(0)
	for _, instance := range group.Instances {
		if instance.LifecycleState == types.LifecycleStateInService {
			inService++
		}
	}
	desired := aws.ToInt32(group.DesiredCapacity)
	actual, _ := properties(group).(map[string]any)
	actual["Cooldown"] = actual["DefaultCooldown"]
	if subnets := aws.ToString(group.VPCZoneIdentifier); subnets != "" {
		actual["VPCZoneIdentifier"] = listOf(subnets, ",")
	}
	tags := []any{}
	for _, tag := range group.Tags {
		if key := aws.ToString(tag.Key); !strings.HasPrefix(key, "aws:") {
			tags = append(tags, map[string]any{"Key": key, "Value": aws.ToString(tag.Value), "PropagateAtLaunch": scalar(aws.ToBool(tag.PropagateAtLaunch))})
		}
	}
	actual["Tags"] = tags
	return seen{
		exists: true, ready: inService >= desired,
		waiting:    fmt.Sprintf("Group did not stabilize. {current/minSize/desiredCapacity} group size is {%d/%d/%d}.", inService, aws.ToInt32(group.MinSize), desired),
		attributes: map[string]string{"AutoScalingGroupARN": aws.ToString(group.AutoScalingGroupARN)},
		properties: actual,
	}, nil
}

func (g groups) delete(ctx context.Context, name string) error {
	found, err := g.look(ctx, name)
	if err != nil || !found.exists || found.properties["Status"] != nil { // "Delete in progress"
		return err
	}
	_, err = g.scaling.DeleteAutoScalingGroup(ctx, &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: &name, ForceDelete: aws.Bool(true)})
	return err
}
