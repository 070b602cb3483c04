package fleet_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// warning is an EC2 that doubts what it has made.
type warning struct{ fleet.EC2API }

func (w warning) CreateLaunchTemplateVersion(ctx context.Context, input *ec2.CreateLaunchTemplateVersionInput, options ...func(*ec2.Options)) (*ec2.CreateLaunchTemplateVersionOutput, error) {
	output, err := w.EC2API.CreateLaunchTemplateVersion(ctx, input, options...)
	if err == nil {
		output.Warning = &ec2types.ValidationWarning{Errors: []ec2types.ValidationError{{Code: aws.String("InvalidAMIID.NotFound"), Message: aws.String("no such image")}}}
	}
	return output, err
}

// edited is an Auto Scaling whose groups look as a test wants, where the local one does not let them.
type edited struct {
	fleet.AutoScalingAPI
	edit func(*types.AutoScalingGroup)
}

func (e edited) DescribeAutoScalingGroups(ctx context.Context, input *autoscaling.DescribeAutoScalingGroupsInput, options ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	output, err := e.AutoScalingAPI.DescribeAutoScalingGroups(ctx, input, options...)
	if err == nil {
		copied := *output
		copied.AutoScalingGroups = append([]types.AutoScalingGroup(nil), output.AutoScalingGroups...)
		for i := range copied.AutoScalingGroups {
			e.edit(&copied.AutoScalingGroups[i])
		}
		output = &copied
	}
	return output, err
}

// fleetWith is release r-1's on another EC2.
func fleetWith(c *cloud, api fleet.EC2API) *fleet.Fleet {
	return fleet.New(fleet.Options{
		Release: "r-1", Document: release.Document{Service: fleettest.Service, Environment: fleettest.Environment}, First: "web",
		AutoScaling: c.AutoScaling, EC2: api, TargetGroups: c.LoadBalancing, Now: c.Clock.Now,
	})
}

// fleetSeeing is release r-1's, to which groups look different.
func fleetSeeing(c *cloud, edit func(*types.AutoScalingGroup)) *fleet.Fleet {
	return fleet.New(fleet.Options{
		Release: "r-1", Document: release.Document{Service: fleettest.Service, Environment: fleettest.Environment}, First: "web",
		AutoScaling: edited{c.AutoScaling, edit}, EC2: c.EC2, TargetGroups: c.LoadBalancing, Now: c.Clock.Now,
	})
}
