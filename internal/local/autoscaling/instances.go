package autoscaling

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// DescribeAutoScalingInstances is Auto Scaling's DescribeAutoScalingInstances.
func (s *Service) DescribeAutoScalingInstances(ctx context.Context, in *sdk.DescribeAutoScalingInstancesInput, _ ...func(*sdk.Options)) (*sdk.DescribeAutoScalingInstancesOutput, error) {
	return look(ctx, s, "DescribeAutoScalingInstances", func() (*sdk.DescribeAutoScalingInstancesOutput, error) {
		var all []types.AutoScalingInstanceDetails
		for _, g := range s.sortedGroups() {
			for _, m := range g.Members {
				if len(in.InstanceIds) > 0 && !slices.Contains(in.InstanceIds, m.ID) {
					continue
				}
				told := m.told()
				all = append(all, types.AutoScalingInstanceDetails{
					AutoScalingGroupName: g.Config.AutoScalingGroupName, InstanceId: told.InstanceId, AvailabilityZone: told.AvailabilityZone,
					HealthStatus: aws.String(map[string]string{"Healthy": "HEALTHY", "Unhealthy": "UNHEALTHY"}[*told.HealthStatus]),
					ImageId:      told.ImageId, InstanceType: told.InstanceType, LaunchTemplate: told.LaunchTemplate,
					LifecycleState: aws.String(string(told.LifecycleState)), ProtectedFromScaleIn: told.ProtectedFromScaleIn,
				})
			}
		}
		instances, next, err := page(all, in.NextToken, in.MaxRecords)
		return &sdk.DescribeAutoScalingInstancesOutput{AutoScalingInstances: instances, NextToken: next}, err
	})
}

// TerminateInstanceInAutoScalingGroup is Auto Scaling's TerminateInstanceInAutoScalingGroup: the instance is replaced, unless the desired capacity is to go
// down with it.
func (s *Service) TerminateInstanceInAutoScalingGroup(ctx context.Context, in *sdk.TerminateInstanceInAutoScalingGroupInput, _ ...func(*sdk.Options)) (*sdk.TerminateInstanceInAutoScalingGroupOutput, error) {
	return serve(ctx, s, "TerminateInstanceInAutoScalingGroup", func(context.Context) (*sdk.TerminateInstanceInAutoScalingGroupOutput, error) {
		if in.ShouldDecrementDesiredCapacity == nil {
			return nil, required("shouldDecrementDesiredCapacity")
		}
		return changedOf(s, aws.ToString(in.InstanceId), func(g *group, m *member) (*sdk.TerminateInstanceInAutoScalingGroupOutput, error) {
			if !m.leaving() {
				if err := g.shed(1, *in.ShouldDecrementDesiredCapacity); err != nil {
					return nil, err
				}
				m.State, m.Waiting, m.Hooked = types.LifecycleStateTerminating, nil, false
				m.Activity = g.begun(s.identifier(), s.now(), "Terminating EC2 instance: "+m.ID, "a user request")
			}
			out := &sdk.TerminateInstanceInAutoScalingGroupOutput{}
			if a := g.activity(m.Activity); a != nil {
				out.Activity = new(*a)
			}
			return out, nil
		})
	})
}

// changedOf changes a group by one of its instances.
func changedOf[Out any](s *Service, id string, answer func(*group, *member) (*Out, error)) (*Out, error) {
	s.mu.Lock()
	var name *string
	for _, g := range s.groups {
		if g.member(id) != nil {
			name = g.Config.AutoScalingGroupName
		}
	}
	s.mu.Unlock()
	unknown := func() error {
		return validation("Instance Id not found - No managed instance found for instance ID: %s", id)
	}
	if name == nil {
		return nil, unknown()
	}
	return changed(s, name, func(g *group) (*Out, error) {
		m := g.member(id)
		if m == nil {
			return nil, unknown()
		}
		return answer(g, m)
	})
}

// shed lowers the desired capacity by instances that leave, if that is wanted.
func (g *group) shed(count int, wanted bool) error {
	if !wanted {
		return nil
	}
	desired := *g.Config.DesiredCapacity - int32(count)
	if desired < *g.Config.MinSize {
		return validation("Currently, desiredSize equals minSize (%d). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.", *g.Config.MinSize)
	}
	g.Config.DesiredCapacity = &desired
	return nil
}

// SetInstanceHealth is Auto Scaling's SetInstanceHealth: an unhealthy instance is replaced.
func (s *Service) SetInstanceHealth(ctx context.Context, in *sdk.SetInstanceHealthInput, _ ...func(*sdk.Options)) (*sdk.SetInstanceHealthOutput, error) {
	return serve(ctx, s, "SetInstanceHealth", func(context.Context) (*sdk.SetInstanceHealthOutput, error) {
		return changedOf(s, aws.ToString(in.InstanceId), func(g *group, m *member) (*sdk.SetInstanceHealthOutput, error) {
			inGrace := s.now().Before(m.InServiceAt.Add(seconds(g.Config.HealthCheckGracePeriod)))
			switch status := aws.ToString(in.HealthStatus); {
			case status != "Healthy" && status != "Unhealthy":
				return nil, validation("HealthStatus '%s' must be Healthy or Unhealthy", status)
			case status == "Healthy":
				m.Unhealthy = ""
			case !inGrace || in.ShouldRespectGracePeriod != nil && !*in.ShouldRespectGracePeriod:
				m.Unhealthy = "a user health-check"
			}
			return &sdk.SetInstanceHealthOutput{}, nil
		})
	})
}

// SetInstanceProtection is Auto Scaling's SetInstanceProtection, from scale-in.
func (s *Service) SetInstanceProtection(ctx context.Context, in *sdk.SetInstanceProtectionInput, _ ...func(*sdk.Options)) (*sdk.SetInstanceProtectionOutput, error) {
	return change(ctx, s, "SetInstanceProtection", in.AutoScalingGroupName, func(g *group) (*sdk.SetInstanceProtectionOutput, error) {
		members, err := g.members(in.InstanceIds)
		if err != nil {
			return nil, err
		}
		if in.ProtectedFromScaleIn == nil {
			return nil, required("protectedFromScaleIn")
		}
		for _, m := range members {
			m.Protected = *in.ProtectedFromScaleIn
		}
		return &sdk.SetInstanceProtectionOutput{}, nil
	})
}

// members finds instances of the group.
func (g *group) members(ids []string) ([]*member, error) {
	var all []*member
	for _, id := range ids {
		m := g.member(id)
		if m == nil {
			return nil, validation("The instance %s is not part of Auto Scaling group %s.", id, g.name())
		}
		all = append(all, m)
	}
	return all, nil
}

// EnterStandby is Auto Scaling's EnterStandby: the instances run on, out of their target groups. They are replaced, unless the
// desired capacity is to go down with them.
func (s *Service) EnterStandby(ctx context.Context, in *sdk.EnterStandbyInput, _ ...func(*sdk.Options)) (*sdk.EnterStandbyOutput, error) {
	return change(ctx, s, "EnterStandby", in.AutoScalingGroupName, func(g *group) (*sdk.EnterStandbyOutput, error) {
		if in.ShouldDecrementDesiredCapacity == nil {
			return nil, required("shouldDecrementDesiredCapacity")
		}
		members, err := g.members(in.InstanceIds)
		if err != nil {
			return nil, err
		}
		if err := g.shed(len(members), *in.ShouldDecrementDesiredCapacity); err != nil {
			return nil, err
		}
		out := &sdk.EnterStandbyOutput{}
		for _, m := range members {
			if m.State != types.LifecycleStateInService {
				return nil, validation("The instance %s is not in InService.", m.ID)
			}
			m.State = types.LifecycleStateEnteringStandby
			out.Activities = append(out.Activities, g.moved(s, m, "Moving EC2 instance to Standby: "))
		}
		return out, nil
	})
}

// ExitStandby is Auto Scaling's ExitStandby: the instances come into service again, and the desired capacity goes up with them.
func (s *Service) ExitStandby(ctx context.Context, in *sdk.ExitStandbyInput, _ ...func(*sdk.Options)) (*sdk.ExitStandbyOutput, error) {
	return change(ctx, s, "ExitStandby", in.AutoScalingGroupName, func(g *group) (*sdk.ExitStandbyOutput, error) {
		members, err := g.members(in.InstanceIds)
		if err != nil {
			return nil, err
		}
		out := &sdk.ExitStandbyOutput{}
		for _, m := range members {
			if m.State != types.LifecycleStateStandby {
				return nil, validation("The instance %s is not in Standby.", m.ID)
			}
			m.State, m.Hooked = types.LifecycleStatePending, false
			out.Activities = append(out.Activities, g.moved(s, m, "Moving EC2 instance out of Standby: "))
		}
		return out, g.setDesired(*g.Config.DesiredCapacity + int32(len(members)))
	})
}

// moved writes down that an instance was moved into or out of standby.
func (g *group) moved(s *Service, m *member, description string) types.Activity {
	id := g.begun(s.identifier(), s.now(), description+m.ID, "a user request")
	g.completed(id, s.now(), types.ScalingActivityStatusCodeSuccessful, "")
	m.Activity = id
	return *g.activity(id)
}

// processes are those that can be suspended.
var processes = []string{
	processLaunch, processTerminate, processAdd, processCheck, processReplace, processRefresh, "AlarmNotification", "AZRebalance", "ScheduledActions",
}

// SuspendProcesses is Auto Scaling's SuspendProcesses: of those that are named, or of all.
func (s *Service) SuspendProcesses(ctx context.Context, in *sdk.SuspendProcessesInput, _ ...func(*sdk.Options)) (*sdk.SuspendProcessesOutput, error) {
	return change(ctx, s, "SuspendProcesses", in.AutoScalingGroupName, func(g *group) (*sdk.SuspendProcessesOutput, error) {
		names, err := processesOf(in.ScalingProcesses)
		if err != nil {
			return nil, err
		}
		g.resume(names)
		for _, name := range names {
			g.Config.SuspendedProcesses = append(g.Config.SuspendedProcesses, types.SuspendedProcess{
				ProcessName: &name, SuspensionReason: aws.String("User suspended at " + s.now().Format("2006-01-02T15:04:05Z")),
			})
		}
		return &sdk.SuspendProcessesOutput{}, nil
	})
}

// ResumeProcesses is Auto Scaling's ResumeProcesses: of those that are named, or of all.
func (s *Service) ResumeProcesses(ctx context.Context, in *sdk.ResumeProcessesInput, _ ...func(*sdk.Options)) (*sdk.ResumeProcessesOutput, error) {
	return change(ctx, s, "ResumeProcesses", in.AutoScalingGroupName, func(g *group) (*sdk.ResumeProcessesOutput, error) {
		names, err := processesOf(in.ScalingProcesses)
		if err != nil {
			return nil, err
		}
		g.resume(names)
		return &sdk.ResumeProcessesOutput{}, nil
	})
}

func (g *group) resume(names []string) {
	g.Config.SuspendedProcesses = slices.DeleteFunc(slices.Clone(g.Config.SuspendedProcesses), func(p types.SuspendedProcess) bool {
		return slices.Contains(names, *p.ProcessName)
	})
}

func processesOf(names []string) ([]string, error) {
	if len(names) == 0 {
		return processes, nil
	}
	for _, name := range names {
		if !slices.Contains(processes, name) {
			return nil, validation("Process type '%s' is not valid", name)
		}
	}
	return names, nil
}
