package autoscaling

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Processes that can be suspended.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
const (
	processLaunch    = "Launch"
	processTerminate = "Terminate"
	processAdd       = "AddToLoadBalancer"
	processCheck     = "HealthCheck"
	processReplace   = "ReplaceUnhealthy"
	processRefresh   = "InstanceRefresh"
)

// live leads an instance through its lifecycle, as far as it comes now.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
func (d *decision) live(m *member) {
	d.drain(m)
	switch m.State {
	case types.LifecycleStatePending, types.LifecycleStatePendingWait, types.LifecycleStatePendingProceed:
		d.launching(m)
	case types.LifecycleStateInService:
		d.serving(m)
	case types.LifecycleStateEnteringStandby:
		if d.leave(m, nil) {
			d.become(m, types.LifecycleStateStandby)
		}
	case types.LifecycleStateTerminating, types.LifecycleStateTerminatingWait, types.LifecycleStateTerminatingProceed:
		d.terminating(m)
	}
}

// become changes an instance's state.
func (d *decision) become(m *member, state types.LifecycleState) {
	m.State = state
	d.changed = true
}

// launching leads a new instance into service.
func (d *decision) launching(m *member) {
	switch {
	case !d.seen.alive(m.ID):
		d.failLaunch(m, fmt.Sprintf("Instance became unhealthy while waiting for instance to be in InService state. Its state is %s.", stateName(d.seen.states[m.ID])))
		return
	case d.seen.states[m.ID] != ec2types.InstanceStateNameRunning:
		return // EC2 tells when it runs
	}
	if passed, abandoned := d.pass(m, launchingTransition, types.LifecycleStatePendingWait); !passed {
		return
	} else if abandoned {
		d.failLaunch(m, "A lifecycle hook was completed with ABANDON, or not in time.")
		return
	}
	d.become(m, types.LifecycleStateInService)
	m.Hooked, m.InServiceAt = false, d.now
	d.g.Failures = 0
	d.complete(m, types.ScalingActivityStatusCodeSuccessful, "")
	d.event("EC2 Instance Launch Successful", m, nil)
	d.serving(m)
}

func stateName(name ec2types.InstanceStateName) string {
	if name == "" {
		return "unknown"
	}
	return string(name)
}

// failLaunch takes back an instance that did not come into service.
func (d *decision) failLaunch(m *member, why string) {
	d.complete(m, types.ScalingActivityStatusCodeFailed, why)
	d.event("EC2 Instance Launch Unsuccessful", m, map[string]any{"StatusMessage": why})
	d.backOff()
	d.end(m, "an instance was taken out of service because it could not be launched: "+why)
	m.Forced = true
}

// serving keeps an instance that is in service in its target groups, and looks after its health.
func (d *decision) serving(m *member) {
	if !d.g.suspended(processCheck) && m.Unhealthy == "" {
		d.examine(m)
	}
	if m.Unhealthy != "" && !d.g.suspended(processReplace) && !d.g.Deleting {
		d.end(m, "an instance was taken out of service in response to "+m.Unhealthy)
		d.terminating(m)
		return
	}
	d.leave(m, d.g.targetGroups())
	if d.g.suspended(processAdd) {
		return
	}
	for _, arn := range d.g.targetGroups() {
		if !slices.Contains(m.Registered, arn) && !slices.Contains(m.Draining, arn) {
			d.do(d.s.register(d.g.name(), arn, m.ID))
		}
	}
}

// examine finds out whether an instance is healthy: EC2's checks at once, those of target groups after the grace period.
func (d *decision) examine(m *member) {
	if !d.seen.alive(m.ID) {
		m.Unhealthy, d.changed = "an EC2 health check indicating it has been terminated or stopped", true
		return
	}
	if !d.g.checksELB() {
		return
	}
	if grace := m.InServiceAt.Add(seconds(d.g.Config.HealthCheckGracePeriod)); d.now.Before(grace) {
		d.wait(grace)
		return
	}
	if _, bad := d.seen.health(m); bad {
		m.Unhealthy, d.changed = "an ELB system health check failure", true
	}
}

// drain notes the target groups that have no more requests for an instance.
func (d *decision) drain(m *member) {
	left := slices.DeleteFunc(m.Draining, func(arn string) bool { return !d.seen.draining(arn, m.ID) })
	d.changed = d.changed || len(left) != len(m.Draining)
	m.Draining = left
}

// leave takes an instance out of all target groups but those that it may stay in, and reports whether it has left the others.
func (d *decision) leave(m *member, stay []string) bool {
	out := len(m.Draining) == 0
	for _, arn := range m.Registered {
		if !slices.Contains(stay, arn) {
			d.do(d.s.deregister(d.g.name(), arn, m.ID))
			out = false
		}
	}
	return out
}

// end begins to terminate an instance.
func (d *decision) end(m *member, cause string) {
	d.become(m, types.LifecycleStateTerminating)
	m.Waiting, m.Hooked = nil, false
	m.Activity = d.begin("Terminating EC2 instance: "+m.ID, cause)
}

// terminating leads an instance out: first no more requests, then the hooks, then EC2.
func (d *decision) terminating(m *member) {
	dead := !d.seen.alive(m.ID)
	if left := d.leave(m, nil); !left && !m.Forced && !dead || len(m.Registered) > 0 {
		return
	}
	if !m.Forced && !dead {
		if passed, _ := d.pass(m, terminatingTransition, types.LifecycleStateTerminatingWait); !passed {
			return
		}
	}
	if m.State != types.LifecycleStateTerminatingProceed {
		d.become(m, types.LifecycleStateTerminatingProceed)
	}
	switch state := d.seen.states[m.ID]; {
	case state == "" || state == ec2types.InstanceStateNameTerminated:
		d.become(m, types.LifecycleStateTerminated)
		d.complete(m, types.ScalingActivityStatusCodeSuccessful, "")
		d.event("EC2 Instance Terminate Successful", m, nil)
	case !m.Terminated && state != ec2types.InstanceStateNameShuttingDown:
		d.do(d.s.terminate(d.g.name(), m.ID))
	}
}
