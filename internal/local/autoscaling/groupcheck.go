package autoscaling

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// checkCreation refuses what is wrong with a new group by itself, and what the local cloud can't do.
func checkCreation(in *sdk.CreateAutoScalingGroupInput) error {
	name := aws.ToString(in.AutoScalingGroupName)
	switch {
	case name == "" || len(name) > 255 || strings.ContainsAny(name, ":\r\n"):
		return validation("The group name '%s' must have 1 to 255 characters and no colon", name)
	case in.MinSize == nil:
		return required("minSize")
	case in.MaxSize == nil:
		return required("maxSize")
	case aws.ToString(in.VPCZoneIdentifier) == "" && len(in.AvailabilityZones) == 0:
		return validation("At least one Availability Zone or VPC Subnet is required.")
	case in.InstanceId != nil || in.LaunchConfigurationName != nil:
		return unsupported("launch configurations: give a launch template")
	case len(in.LoadBalancerNames) > 0:
		return unsupported("classic load balancers: give target groups")
	case in.CapacityReservationSpecification != nil || in.InstanceLifecyclePolicy != nil || in.Operator != nil || len(in.AvailabilityZoneIds) > 0 || in.DeletionProtection != "":
		return unsupported("capacity reservations, lifecycle policies, operators, zone ids and deletion protection")
	}
	return checkBehaviour(in.MaxInstanceLifetime, in.HealthCheckType, in.TerminationPolicies, in.InstanceMaintenancePolicy)
}

// checkUpdate is checkCreation for what an update may say.
func checkUpdate(in *sdk.UpdateAutoScalingGroupInput) error {
	switch {
	case in.LaunchConfigurationName != nil:
		return unsupported("launch configurations: give a launch template")
	case in.CapacityReservationSpecification != nil || in.InstanceLifecyclePolicy != nil || len(in.AvailabilityZoneIds) > 0 || in.DeletionProtection != "":
		return unsupported("capacity reservations, lifecycle policies, zone ids and deletion protection")
	}
	return checkBehaviour(in.MaxInstanceLifetime, in.HealthCheckType, in.TerminationPolicies, in.InstanceMaintenancePolicy)
}

func checkBehaviour(lifetime *int32, health *string, policies []string, maintenance *types.InstanceMaintenancePolicy) error {
	if aws.ToInt32(lifetime) != 0 {
		return unsupported("maximum instance lifetime")
	}
	if health != nil {
		for _, kind := range strings.Split(*health, ",") {
			if kind != "EC2" && kind != "ELB" {
				return unsupported("health checks of type " + kind)
			}
		}
	}
	for _, policy := range policies {
		if !slices.Contains([]string{"Default", "OldestLaunchTemplate", "OldestInstance", "NewestInstance"}, policy) {
			return unsupported("termination policy " + policy)
		}
	}
	if maintenance != nil {
		return checkHealthyRange(maintenance.MinHealthyPercentage, maintenance.MaxHealthyPercentage)
	}
	return nil
}

// checkSize refuses a desired capacity outside of the bounds.
func (g *group) checkSize() error {
	least, most, desired := *g.Config.MinSize, *g.Config.MaxSize, *g.Config.DesiredCapacity
	switch {
	case least < 0 || most < least:
		return validation("Max bound, %d, must be greater than or equal to min bound, %d", most, least)
	case desired < least || desired > most:
		return validation("Desired capacity:%d must be between the specified min size:%d and max size:%d", desired, least, most)
	}
	return nil
}
