package fleet

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Delete takes a group away that has no traffic, and that [Fleet.Replaces] allows, which is for its caller to know. It detaches the group from its target groups, waits until the last request to
// its instances is answered, empties it, and deletes it, without force, when Goldfinch made it; the user's own group stays, with a size of 0. It
// goes as far as it can without waiting; while it is not done, it is called again.
//
// Instances that are protected from scaling in, or in standby, would otherwise stay for ever.
func (f *Fleet) Delete(ctx context.Context, group Group) (done bool, err error) {
	present, err := f.Named(ctx, group.Name)
	if err != nil || !present.Exists() {
		return err == nil, err
	}
	if !f.owns(present) && !present.Made() {
		return false, release.Fail(release.KindConflict, "group %s does not belong to service %s in %s any more, and is left alone", present.Name, f.document.Service, f.document.Environment).
			WithHint("delete it by hand when nobody needs it")
	}
	if arn, serves := f.elsewhere(present); serves {
		return false, release.Fail(release.KindConflict, "group %s is attached to target group %s, whose traffic Goldfinch does not move, and is left alone", present.Name, targetGroupName(arn)).
			WithHint("detach it from there, or delete it by hand when nobody needs it")
	}
	if present.Deleting {
		return len(present.Instances) == 0, nil
	}
	for _, step := range []func(context.Context, Group) (bool, error){f.detach, f.drained, f.emptied} {
		if done, err := step(ctx, present); err != nil || !done {
			return false, err
		}
	}
	if !present.Made() {
		return true, nil
	}
	_, err = call.Do(ctx, "autoscaling: delete group "+present.Name, f.autoScaling.DeleteAutoScalingGroup, &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: aws.String(present.Name)})
	if call.Is[*types.ResourceInUseFault](err) || call.Is[*types.ScalingActivityInProgressFault](err) {
		return false, nil
	}
	return err == nil, err // AWS deletes an empty group by itself from here on
}

// detach takes the group out of its target groups, whose connections drain then.
func (f *Fleet) detach(ctx context.Context, group Group) (bool, error) {
	if len(group.TargetGroups) == 0 {
		return true, nil
	}
	input := &autoscaling.DetachTrafficSourcesInput{AutoScalingGroupName: aws.String(group.Name)}
	for _, arn := range group.TargetGroups {
		input.TrafficSources = append(input.TrafficSources, source(arn))
	}
	_, err := call.Do(ctx, "autoscaling: detach group "+group.Name, f.autoScaling.DetachTrafficSources, input)
	if call.Code(err) == validationError { // AWS takes none that it is not attached to: somebody was faster, who is another run of this, or it is a mistake
		present, again := f.Named(ctx, group.Name)
		if again == nil && len(present.TargetGroups) == 0 {
			return true, nil
		}
	}
	return err == nil, err
}

// validationError is the code with which Auto Scaling refuses what a group is not in a state for.
const validationError = "ValidationError"

// drained reports whether no target group has an instance of the group any more.
func (f *Fleet) drained(ctx context.Context, group Group) (bool, error) {
	if len(group.Instances) == 0 {
		return true, nil
	}
	for _, arn := range append(slices.Clone(f.attached), group.TargetGroups...) {
		states, err := f.Health(ctx, arn)
		if err != nil {
			return false, err
		}
		for _, instance := range group.Instances {
			if states[instance.ID].State != "" {
				return false, nil
			}
		}
	}
	return true, nil
}

// emptied reports whether the group has no instances, and sees to it.
func (f *Fleet) emptied(ctx context.Context, group Group) (bool, error) {
	if group.Desired > 0 || group.Minimum > 0 || group.Maximum > 0 {
		_, err := call.Do(ctx, "autoscaling: empty group "+group.Name, f.autoScaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
			AutoScalingGroupName: aws.String(group.Name), MinSize: aws.Int32(0), MaxSize: aws.Int32(0), DesiredCapacity: aws.Int32(0), // no schedule fills it again
		})
		if err != nil {
			return false, err
		}
	}
	var protected []string
	for _, instance := range group.Instances {
		if instance.Protected {
			protected = append(protected, instance.ID)
		}
	}
	for chunk := range slices.Chunk(protected, protectionsPerCall) {
		_, err := call.Do(ctx, "autoscaling: let the instances of group "+group.Name+" go", f.autoScaling.SetInstanceProtection, &autoscaling.SetInstanceProtectionInput{
			AutoScalingGroupName: aws.String(group.Name), InstanceIds: chunk, ProtectedFromScaleIn: aws.Bool(false),
		})
		if err != nil {
			return false, err
		}
	}
	for _, instance := range group.Instances {
		if instance.State != string(types.LifecycleStateStandby) {
			continue
		}
		if err := f.terminate(ctx, group, instance.ID, false); err != nil {
			return false, err
		}
	}
	return len(group.Instances) == 0, nil
}

// protectionsPerCall is how many instances SetInstanceProtection takes, see
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceProtection.html
const protectionsPerCall = 50

// terminate ends one instance; decrement makes its group smaller by it.
func (f *Fleet) terminate(ctx context.Context, group Group, instance string, decrement bool) error {
	_, err := call.Do(ctx, "autoscaling: terminate "+instance+" of group "+group.Name, f.autoScaling.TerminateInstanceInAutoScalingGroup, &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: aws.String(instance), ShouldDecrementDesiredCapacity: aws.Bool(decrement),
	})
	return err
}
