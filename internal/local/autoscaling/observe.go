package autoscaling

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// An observation is what the other services say about a group's instances.
type observation struct {
	// states are those of EC2, by instance; an instance that EC2 has forgotten has none.
	states map[string]ec2types.InstanceStateName
	// targets are the states of targets, by target group and instance.
	targets map[string]map[string]elbtypes.TargetHealthStateEnum
	// alarm is the name of an alarm that the active instance refresh watches, and that is in ALARM; empty is none.
	alarm string
}

// alive reports whether an instance is there, or on its way.
func (o observation) alive(id string) bool {
	return o.states[id] == ec2types.InstanceStateNameRunning || o.states[id] == ec2types.InstanceStateNamePending
}

// health is what target groups say of an instance: good when all do, bad when one does.
func (o observation) health(m *member) (good, bad bool) {
	good = true
	for _, arn := range m.Registered {
		state := o.targets[arn][m.ID]
		good = good && state == elbtypes.TargetHealthStateEnumHealthy
		bad = bad || state == elbtypes.TargetHealthStateEnumUnhealthy
	}
	return good, bad
}

// draining reports whether an instance still answers requests that it got from a target group.
func (o observation) draining(arn, id string) bool {
	state := o.targets[arn][id]
	return state == elbtypes.TargetHealthStateEnumDraining || state == elbtypes.TargetHealthStateEnumUnhealthyDraining
}

// observe asks the other services. The caller holds no lock.
func (s *Service) observe(ctx context.Context, g *group) (observation, error) {
	ids := make([]string, 0, len(g.Members))
	for _, m := range g.Members {
		ids = append(ids, m.ID)
	}
	seen := observation{states: s.options.Instances.States(ids), targets: map[string]map[string]elbtypes.TargetHealthStateEnum{}}
	for _, arn := range g.watched() {
		states, _, err := s.targets(ctx, arn)
		if err != nil {
			return observation{}, err
		}
		seen.targets[arn] = states
	}
	if r := g.active(); r != nil && r.Preferences.AlarmSpecification != nil {
		alarm, err := s.alarming(ctx, r.Preferences.AlarmSpecification.Alarms)
		if err != nil {
			return observation{}, err
		}
		seen.alarm = alarm
	}
	return seen, nil
}

// watched are the target groups whose view of the instances matters now.
func (g *group) watched() []string {
	var all []string
	add := func(arns []string) {
		for _, arn := range arns {
			if !slices.Contains(all, arn) {
				all = append(all, arn)
			}
		}
	}
	for _, m := range g.Members {
		add(m.Draining)
		if g.checksELB() && len(m.Registered) > 0 {
			add(m.Registered)
		}
	}
	return all
}

// targets are the states of a target group's targets, by instance. A target group that is gone, and so not known, has none.
func (s *Service) targets(ctx context.Context, arn string) (states map[string]elbtypes.TargetHealthStateEnum, known bool, err error) {
	out, err := s.options.TargetGroups.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &arn})
	if isTargetGroupGone(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("describe the health of targets of %s: %w", arn, err)
	}
	states = map[string]elbtypes.TargetHealthStateEnum{}
	for _, target := range out.TargetHealthDescriptions {
		states[aws.ToString(target.Target.Id)] = target.TargetHealth.State
	}
	return states, true, nil
}

// alarming is the first of the alarms that is in ALARM; one without data is not.
func (s *Service) alarming(ctx context.Context, names []string) (string, error) {
	out, err := s.options.Alarms.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: names, AlarmTypes: []cloudwatchtypes.AlarmType{cloudwatchtypes.AlarmTypeMetricAlarm, cloudwatchtypes.AlarmTypeCompositeAlarm},
	})
	if err != nil {
		return "", fmt.Errorf("describe alarms: %w", err)
	}
	for _, alarm := range out.MetricAlarms {
		if alarm.StateValue == cloudwatchtypes.StateValueAlarm {
			return *alarm.AlarmName, nil
		}
	}
	for _, alarm := range out.CompositeAlarms {
		if alarm.StateValue == cloudwatchtypes.StateValueAlarm {
			return *alarm.AlarmName, nil
		}
	}
	return "", nil
}
