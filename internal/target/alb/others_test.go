package alb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// others makes groups with both tags of the service that no release is about: of the versions' numbers, with a copy of a release's tag, and behind another
// target group. It returns their names.
func (l *localAccount) others() []string {
	l.t.Helper()
	another, err := l.machines.CreateLaunchTemplate(foreign(l.t), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("worker"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(l.images["1"]), InstanceType: ec2types.InstanceTypeT3Micro},
	})
	must(l.t, err)
	_, err = l.machines.CreateLaunchTemplateVersion(foreign(l.t), &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: another.LaunchTemplate.LaunchTemplateId, SourceVersion: aws.String("1"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{},
	})
	must(l.t, err)
	groups := []struct{ name, template, version, made, targetGroup string }{
		{"batch", l.template, "1", "", ""},
		{"copied", l.template, "1", "r-0", ""},
		{"copied-of-this-release", l.template, "1", "r-2", ""},
		{"worker-1", *another.LaunchTemplate.LaunchTemplateId, "1", "", ""},
		{"worker-2", *another.LaunchTemplate.LaunchTemplateId, "2", "", ""},
		{"worker-of-this-release", *another.LaunchTemplate.LaunchTemplateId, "1", "r-2", l.other},
	}
	var names []string
	for _, group := range groups {
		input := &autoscaling.CreateAutoScalingGroupInput{
			AutoScalingGroupName: aws.String(group.name), MinSize: aws.Int32(1), MaxSize: aws.Int32(7), DesiredCapacity: aws.Int32(3), VPCZoneIdentifier: aws.String("subnet-1,subnet-2"),
			LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: aws.String(group.template), Version: aws.String(group.version)},
		}
		for key, value := range map[string]string{fleet.TagService: "echo", fleet.TagEnvironment: "production", fleet.TagRelease: group.made} {
			if value != "" {
				input.Tags = append(input.Tags, autoscalingtypes.Tag{Key: aws.String(key), Value: aws.String(value), PropagateAtLaunch: aws.Bool(true)})
			}
		}
		if group.targetGroup != "" {
			input.TrafficSources = []autoscalingtypes.TrafficSourceIdentifier{{Identifier: aws.String(group.targetGroup), Type: aws.String("elbv2")}}
		}
		_, err := l.groups.CreateAutoScalingGroup(foreign(l.t), input)
		must(l.t, err)
		names = append(names, group.name)
	}
	l.pass(2 * time.Minute)
	return names
}

// TestOtherGroupsOfTheServiceAreLeftAlone releases, and takes back, beside groups that no release is about. The user's own first group is emptied.
func TestOtherGroupsOfTheServiceAreLeftAlone(t *testing.T) {
	t.Parallel()
	for name, home := range map[string]bool{"promoted": false, "rolled back": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newService(t)
			others := l.others()
			target := l.target("r-2", l.image("2"))
			l.deployed(t, target, "1")
			shift(t, target, tenToTwo, stable)
			if home {
				shift(t, target, stable, tenToTwo)
				l.done(t, func(ctx context.Context) (bool, error) {
					_, done, err := l.target("r-2", l.images["1"]).Restore(ctx, "1")
					return done, err
				}, func() {})
			} else {
				shift(t, target, allToTwo, tenToTwo)
				l.done(t, func(ctx context.Context) (bool, error) {
					_, done, err := l.target("r-2", l.images["1"]).Retire(ctx, "2", "1")
					return done, err
				}, func() {})
			}
			l.pass(5 * time.Minute)
			output, err := l.groups.DescribeAutoScalingGroups(foreign(t), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: others})
			must(t, err)
			if len(output.AutoScalingGroups) != len(others) {
				t.Fatalf("of %v, there are %d", others, len(output.AutoScalingGroups))
			}
			for _, group := range output.AutoScalingGroups {
				attached := len(group.TrafficSources) + len(group.TargetGroupARNs)
				if group.Status != nil || *group.MinSize != 1 || *group.MaxSize != 7 || len(group.Instances) != 3 || *group.AutoScalingGroupName == "worker-of-this-release" && attached == 0 {
					t.Errorf("group %s, which no release is about, is %+v", *group.AutoScalingGroupName, group)
				}
			}
			first, _, _ := l.describeGroup("1")
			second, minimum, exists := l.describeGroup("2")
			if home && (exists || len(first) != 2) || !home && (len(first) != 0 || len(second) != 2 || minimum != 1) {
				t.Errorf("of version 1 there are %v, of version 2 %v, at least %d", first, second, minimum)
			}
		})
	}
}

// errDied ends a process in the middle.
var errDied = errors.New("the process died")

// A mortal is an Auto Scaling before one of whose operations the process dies, once.
type mortal struct {
	fleet.AutoScalingAPI
	operation string
	died      bool
}

func (m *mortal) die(operation string) error {
	if m.died || operation != m.operation {
		return nil
	}
	m.died = true
	return errDied
}

func (m *mortal) CreateOrUpdateTags(ctx context.Context, input *autoscaling.CreateOrUpdateTagsInput, options ...func(*autoscaling.Options)) (*autoscaling.CreateOrUpdateTagsOutput, error) {
	if err := m.die("CreateOrUpdateTags"); err != nil {
		return nil, err
	}
	return m.AutoScalingAPI.CreateOrUpdateTags(ctx, input, options...)
}

func (m *mortal) DetachTrafficSources(ctx context.Context, input *autoscaling.DetachTrafficSourcesInput, options ...func(*autoscaling.Options)) (*autoscaling.DetachTrafficSourcesOutput, error) {
	if err := m.die("DetachTrafficSources"); err != nil {
		return nil, err
	}
	return m.AutoScalingAPI.DetachTrafficSources(ctx, input, options...)
}

func (m *mortal) UpdateAutoScalingGroup(ctx context.Context, input *autoscaling.UpdateAutoScalingGroupInput, options ...func(*autoscaling.Options)) (*autoscaling.UpdateAutoScalingGroupOutput, error) {
	if err := m.die("UpdateAutoScalingGroup"); err != nil {
		return nil, err
	}
	return m.AutoScalingAPI.UpdateAutoScalingGroup(ctx, input, options...)
}

// TestTheUsersOwnGroupIsEmptiedAfterACrash ends Retire before each kind of write to the group, which is known by its mark once it is detached.
func TestTheUsersOwnGroupIsEmptiedAfterACrash(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"CreateOrUpdateTags", "DetachTrafficSources", "UpdateAutoScalingGroup"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			l := newService(t)
			target := l.target("r-2", l.image("2"))
			l.deployed(t, target, "1")
			shift(t, target, allToTwo, stable)
			scaling := &mortal{AutoScalingAPI: l.scaling, operation: operation}
			l.scaling = scaling
			l.done(t, func(ctx context.Context) (bool, error) {
				_, done, err := l.target("r-2", l.images["1"]).Retire(ctx, "2", "1")
				if errors.Is(err, errDied) {
					return false, nil
				}
				return done, err
			}, func() {})
			if first, _, exists := l.describeGroup("1"); !scaling.died || !exists || len(first) != 0 {
				t.Errorf("died %t; the user's own group is there: %t, and has %v", scaling.died, exists, first)
			}
		})
	}
}
