package ec2

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// DescribeInstances is EC2's DescribeInstances, by reservations. Terminated instances are told for an hour.
func (s *Service) DescribeInstances(ctx context.Context, in *sdk.DescribeInstancesInput, _ ...func(*sdk.Options)) (*sdk.DescribeInstancesOutput, error) {
	return look(ctx, s, "DescribeInstances", in.DryRun, func() (*sdk.DescribeInstancesOutput, error) {
		passed, err := s.chosen(in.InstanceIds, in.Filters)
		if err != nil {
			return nil, err
		}
		some, next, err := page(passed, in.NextToken, in.MaxResults)
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeInstancesOutput{NextToken: next}
		for _, instance := range some {
			at := slices.IndexFunc(out.Reservations, func(r types.Reservation) bool { return *r.ReservationId == instance.Reservation })
			if at < 0 {
				at = len(out.Reservations)
				out.Reservations = append(out.Reservations, types.Reservation{ReservationId: &instance.Reservation, OwnerId: &s.options.AccountID})
			}
			out.Reservations[at].Instances = append(out.Reservations[at].Instances, instance.Instance)
		}
		return out, nil
	})
}

// States are those of the instances, for services of AWS; one that is unknown has none. Nothing intercepts it.
func (s *Service) States(ids []string) map[string]types.InstanceStateName {
	s.mu.RLock()
	defer s.mu.RUnlock()
	states := make(map[string]types.InstanceStateName, len(ids))
	for _, id := range ids {
		if instance, err := s.instance(id); err == nil {
			states[id] = instance.Instance.State.Name
		}
	}
	return states
}

// DescribeInstanceStatus is EC2's DescribeInstanceStatus: of running instances, unless all are asked for.
func (s *Service) DescribeInstanceStatus(ctx context.Context, in *sdk.DescribeInstanceStatusInput, _ ...func(*sdk.Options)) (*sdk.DescribeInstanceStatusOutput, error) {
	return look(ctx, s, "DescribeInstanceStatus", in.DryRun, func() (*sdk.DescribeInstanceStatusOutput, error) {
		passed, err := s.chosen(in.InstanceIds, in.Filters)
		if err != nil {
			return nil, err
		}
		var statuses []types.InstanceStatus
		for _, instance := range passed {
			if instance.Instance.State.Name == types.InstanceStateNameRunning || aws.ToBool(in.IncludeAllInstances) {
				statuses = append(statuses, statusOf(instance.Instance))
			}
		}
		some, next, err := page(statuses, in.NextToken, in.MaxResults)
		return &sdk.DescribeInstanceStatusOutput{InstanceStatuses: some, NextToken: next}, err
	})
}

func statusOf(instance types.Instance) types.InstanceStatus {
	summary := &types.InstanceStatusSummary{Status: types.SummaryStatusNotApplicable}
	if instance.State.Name == types.InstanceStateNameRunning {
		summary.Status = types.SummaryStatusOk
		summary.Details = []types.InstanceStatusDetails{{Name: types.StatusNameReachability, Status: types.StatusTypePassed}}
	}
	return types.InstanceStatus{
		InstanceId: instance.InstanceId, AvailabilityZone: instance.Placement.AvailabilityZone,
		InstanceState: instance.State, InstanceStatus: summary, SystemStatus: summary,
	}
}

// chosen are the instances that are named, or all, as far as they pass the filters.
func (s *Service) chosen(ids []string, filters []types.Filter) ([]*instanceRecord, error) {
	var named []*instanceRecord
	for _, id := range ids {
		instance, err := s.instance(id)
		if err != nil {
			return nil, err
		}
		named = append(named, instance)
	}
	if len(ids) == 0 {
		named = slices.DeleteFunc(sorted(s.books.instances), s.isForgotten)
	}
	return filtered(named, filters, instanceAttributes)
}

func instanceAttributes(record *instanceRecord) attributes {
	if record == nil { // what filters there are is asked without an instance
		record = &instanceRecord{Instance: types.Instance{State: &types.InstanceState{Code: aws.Int32(0)}, Placement: &types.Placement{}}}
	}
	instance := record.Instance
	return attributes{tags: instance.Tags, values: map[string][]string{
		"instance-id": one(instance.InstanceId), "image-id": one(instance.ImageId), "instance-type": one(&instance.InstanceType),
		"instance-state-name": one(&instance.State.Name), "instance-state-code": {strconv.Itoa(int(*instance.State.Code))},
		"private-ip-address": one(instance.PrivateIpAddress), "availability-zone": one(instance.Placement.AvailabilityZone),
		"subnet-id": one(instance.SubnetId), "reservation-id": {record.Reservation}, "client-token": one(instance.ClientToken),
	}}
}
