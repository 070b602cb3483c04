package autoscaling

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// The transitions that a lifecycle hook may stand in.
const (
	launchingTransition   = "autoscaling:EC2_INSTANCE_LAUNCHING"
	terminatingTransition = "autoscaling:EC2_INSTANCE_TERMINATING"
)

// How a lifecycle action ends.
const (
	resultContinue = "CONTINUE"
	resultAbandon  = "ABANDON"
)

// defaultHeartbeat is for how long a hook is waited for, in seconds, and longestHeartbeat the most.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html
const (
	defaultHeartbeat  = 3600
	shortestHeartbeat = 30
	longestHeartbeat  = 7200
	// globalTimeouts is how many heartbeats an instance may wait in all.
	globalTimeouts = 100
)

// pass waits for the hooks of a transition. Passed says that none is waited for any more, and abandoned that one ended so.
func (d *decision) pass(m *member, transition string, wait types.LifecycleState) (passed, abandoned bool) {
	if !m.Hooked {
		m.Hooked, d.changed = true, true
		for _, hook := range d.g.Hooks {
			if aws.ToString(hook.LifecycleTransition) == transition {
				d.await(m, hook)
			}
		}
		if len(m.Waiting) > 0 {
			d.become(m, wait)
		}
	}
	due := slices.DeleteFunc(m.Waiting, func(w waiting) bool {
		late := !d.now.Before(w.Until)
		abandoned = abandoned || late && w.Abandon
		return late
	})
	d.changed = d.changed || len(due) != len(m.Waiting)
	m.Waiting = due
	if abandoned {
		m.Waiting = nil
	}
	for _, w := range m.Waiting {
		d.wait(w.Until)
	}
	return len(m.Waiting) == 0, abandoned
}

// await has an instance wait for a hook, and tells so.
func (d *decision) await(m *member, hook types.LifecycleHook) {
	heartbeat := seconds(hook.HeartbeatTimeout)
	w := waiting{
		Hook: *hook.LifecycleHookName, Token: d.s.identifier(), Until: d.now.Add(heartbeat), Heartbeat: heartbeat,
		Abandon: *hook.DefaultResult == resultAbandon,
	}
	m.Waiting = append(m.Waiting, w)
	kind := "EC2 Instance-launch Lifecycle Action"
	if *hook.LifecycleTransition == terminatingTransition {
		kind = "EC2 Instance-terminate Lifecycle Action"
	}
	d.event(kind, m, map[string]any{
		"LifecycleHookName": w.Hook, "LifecycleActionToken": w.Token, "LifecycleTransition": *hook.LifecycleTransition,
		"NotificationMetadata": aws.ToString(hook.NotificationMetadata),
	})
}

// PutLifecycleHook is Auto Scaling's PutLifecycleHook, for the instances that are launched or terminated from now on.
func (s *Service) PutLifecycleHook(ctx context.Context, in *sdk.PutLifecycleHookInput, _ ...func(*sdk.Options)) (*sdk.PutLifecycleHookOutput, error) {
	return change(ctx, s, "PutLifecycleHook", in.AutoScalingGroupName, func(g *group) (*sdk.PutLifecycleHookOutput, error) {
		hook := types.LifecycleHook{
			LifecycleHookName: in.LifecycleHookName, LifecycleTransition: in.LifecycleTransition, DefaultResult: in.DefaultResult, HeartbeatTimeout: in.HeartbeatTimeout,
			NotificationMetadata: in.NotificationMetadata, NotificationTargetARN: in.NotificationTargetARN, RoleARN: in.RoleARN,
		}
		return &sdk.PutLifecycleHookOutput{}, g.hook(hook)
	})
}

// hook puts a hook in its place. What it doesn't say is as in the hook of that name, or the default.
func (g *group) hook(hook types.LifecycleHook) error {
	name := aws.ToString(hook.LifecycleHookName)
	if name == "" {
		return required("lifecycleHookName")
	}
	at := slices.IndexFunc(g.Hooks, func(present types.LifecycleHook) bool { return *present.LifecycleHookName == name })
	before := types.LifecycleHook{DefaultResult: aws.String(resultAbandon), HeartbeatTimeout: aws.Int32(defaultHeartbeat)}
	if at >= 0 {
		before = g.Hooks[at]
	}
	hook.LifecycleTransition = either(hook.LifecycleTransition, before.LifecycleTransition)
	hook.DefaultResult = either(hook.DefaultResult, before.DefaultResult)
	hook.HeartbeatTimeout = either(hook.HeartbeatTimeout, before.HeartbeatTimeout)
	hook.AutoScalingGroupName = g.Config.AutoScalingGroupName
	switch transition := aws.ToString(hook.LifecycleTransition); {
	case transition != launchingTransition && transition != terminatingTransition:
		return validation("Lifecycle transition '%s' must be %s or %s", transition, launchingTransition, terminatingTransition)
	case *hook.DefaultResult != resultContinue && *hook.DefaultResult != resultAbandon:
		return validation("DefaultResult '%s' must be %s or %s", *hook.DefaultResult, resultContinue, resultAbandon)
	case *hook.HeartbeatTimeout < shortestHeartbeat || *hook.HeartbeatTimeout > longestHeartbeat:
		return validation("HeartbeatTimeout must be from %d to %d seconds", shortestHeartbeat, longestHeartbeat)
	}
	hook.GlobalTimeout = aws.Int32(min(*hook.HeartbeatTimeout*globalTimeouts, 172800))
	if at >= 0 {
		g.Hooks[at] = hook
	} else {
		g.Hooks = append(g.Hooks, hook)
	}
	return nil
}

// DeleteLifecycleHook is Auto Scaling's DeleteLifecycleHook: whoever waits for it goes on, an instance that is being launched is abandoned.
func (s *Service) DeleteLifecycleHook(ctx context.Context, in *sdk.DeleteLifecycleHookInput, _ ...func(*sdk.Options)) (*sdk.DeleteLifecycleHookOutput, error) {
	return change(ctx, s, "DeleteLifecycleHook", in.AutoScalingGroupName, func(g *group) (*sdk.DeleteLifecycleHookOutput, error) {
		name := aws.ToString(in.LifecycleHookName)
		left := slices.DeleteFunc(g.Hooks, func(hook types.LifecycleHook) bool { return *hook.LifecycleHookName == name })
		if len(left) == len(g.Hooks) {
			return nil, validation("No Lifecycle Hook found with name '%s'", name)
		}
		g.Hooks = left
		for i := range g.Members {
			for j := range g.Members[i].Waiting {
				if w := &g.Members[i].Waiting[j]; w.Hook == name {
					w.Until, w.Abandon = s.now(), g.Members[i].State == types.LifecycleStatePendingWait
				}
			}
		}
		return &sdk.DeleteLifecycleHookOutput{}, nil
	})
}

// DescribeLifecycleHooks is Auto Scaling's DescribeLifecycleHooks.
func (s *Service) DescribeLifecycleHooks(ctx context.Context, in *sdk.DescribeLifecycleHooksInput, _ ...func(*sdk.Options)) (*sdk.DescribeLifecycleHooksOutput, error) {
	return look(ctx, s, "DescribeLifecycleHooks", func() (*sdk.DescribeLifecycleHooksOutput, error) {
		g, err := s.group(in.AutoScalingGroupName)
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeLifecycleHooksOutput{}
		for _, hook := range g.Hooks {
			if len(in.LifecycleHookNames) == 0 || slices.Contains(in.LifecycleHookNames, *hook.LifecycleHookName) {
				out.LifecycleHooks = append(out.LifecycleHooks, hook)
			}
		}
		return out, nil
	})
}

// CompleteLifecycleAction is Auto Scaling's CompleteLifecycleAction.
func (s *Service) CompleteLifecycleAction(ctx context.Context, in *sdk.CompleteLifecycleActionInput, _ ...func(*sdk.Options)) (*sdk.CompleteLifecycleActionOutput, error) {
	return change(ctx, s, "CompleteLifecycleAction", in.AutoScalingGroupName, func(g *group) (*sdk.CompleteLifecycleActionOutput, error) {
		result := aws.ToString(in.LifecycleActionResult)
		if result != resultContinue && result != resultAbandon {
			return nil, validation("LifecycleActionResult '%s' must be %s or %s", result, resultContinue, resultAbandon)
		}
		w, err := g.waitingFor(in.LifecycleHookName, in.InstanceId, in.LifecycleActionToken)
		if err != nil {
			return nil, err
		}
		w.Until, w.Abandon = s.now(), result == resultAbandon
		return &sdk.CompleteLifecycleActionOutput{}, nil
	})
}

// RecordLifecycleActionHeartbeat is Auto Scaling's RecordLifecycleActionHeartbeat: the hook is waited for once more as long.
func (s *Service) RecordLifecycleActionHeartbeat(ctx context.Context, in *sdk.RecordLifecycleActionHeartbeatInput, _ ...func(*sdk.Options)) (*sdk.RecordLifecycleActionHeartbeatOutput, error) {
	return change(ctx, s, "RecordLifecycleActionHeartbeat", in.AutoScalingGroupName, func(g *group) (*sdk.RecordLifecycleActionHeartbeatOutput, error) {
		w, err := g.waitingFor(in.LifecycleHookName, in.InstanceId, in.LifecycleActionToken)
		if err != nil {
			return nil, err
		}
		w.Until = s.now().Add(w.Heartbeat)
		return &sdk.RecordLifecycleActionHeartbeatOutput{}, nil
	})
}

// waitingFor finds a lifecycle action by its token, or by its instance.
func (g *group) waitingFor(hook, instance, token *string) (*waiting, error) {
	for i := range g.Members {
		for j := range g.Members[i].Waiting {
			w := &g.Members[i].Waiting[j]
			if w.Hook == aws.ToString(hook) && (token != nil && w.Token == *token || token == nil && g.Members[i].ID == aws.ToString(instance)) {
				return w, nil
			}
		}
	}
	return nil, validation("No active Lifecycle Action found with instance ID %s and hook %s", aws.ToString(instance), aws.ToString(hook))
}

// either is the first that is there.
func either[T any](one, other *T) *T {
	if one != nil {
		return one
	}
	return other
}

// seconds is a duration that AWS counts in seconds; none is zero.
func seconds(count *int32) time.Duration { return time.Duration(aws.ToInt32(count)) * time.Second }
