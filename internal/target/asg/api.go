package asg

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
)

// LoadBalancingAPI is what this package calls of Elastic Load Balancing, all parts together.
type LoadBalancingAPI interface {
	PreflightAPI
	SplitAPI
	ShiftAPI
}

// AutoScalingAPI is what this package calls of Amazon EC2 Auto Scaling, all parts together.
type AutoScalingAPI interface {
	fleet.AutoScalingAPI
	AttachAPI
	RefreshAPI
}

// EC2API is what this package calls of Amazon EC2, all parts together.
type EC2API interface {
	fleet.EC2API
	image.EC2API
}

// The parts of [LoadBalancingAPI] and [AutoScalingAPI]: a role needs only those of the methods that its function uses.
type (
	// PreflightAPI is what Preflight calls beside the others.
	PreflightAPI interface {
		PortAPI
		DescribeTargetGroupAttributes(context.Context, *elbv2.DescribeTargetGroupAttributesInput, ...func(*elbv2.Options)) (*elbv2.DescribeTargetGroupAttributesOutput, error)
	}
	// PortAPI is what Verify calls when the document does not say the port.
	PortAPI interface {
		DescribeTargetGroups(context.Context, *elbv2.DescribeTargetGroupsInput, ...func(*elbv2.Options)) (*elbv2.DescribeTargetGroupsOutput, error)
	}
	// SplitAPI is what everything calls that reads where requests go.
	SplitAPI interface {
		DescribeTargetHealth(context.Context, *elbv2.DescribeTargetHealthInput, ...func(*elbv2.Options)) (*elbv2.DescribeTargetHealthOutput, error)
		DescribeTags(context.Context, *elbv2.DescribeTagsInput, ...func(*elbv2.Options)) (*elbv2.DescribeTagsOutput, error)
	}
	// ShiftAPI is what Shift, Arrives, Restore and Retire call to write. Mend calls DeregisterTargets.
	ShiftAPI interface {
		AddTags(context.Context, *elbv2.AddTagsInput, ...func(*elbv2.Options)) (*elbv2.AddTagsOutput, error)
		RegisterTargets(context.Context, *elbv2.RegisterTargetsInput, ...func(*elbv2.Options)) (*elbv2.RegisterTargetsOutput, error)
		DeregisterTargets(context.Context, *elbv2.DeregisterTargetsInput, ...func(*elbv2.Options)) (*elbv2.DeregisterTargetsOutput, error)
	}
	// AttachAPI is what Shift, Arrives, Restore, Retire and Mend call to write, of groups.
	AttachAPI interface {
		SourcesAPI
		AttachTrafficSources(context.Context, *autoscaling.AttachTrafficSourcesInput, ...func(*autoscaling.Options)) (*autoscaling.AttachTrafficSourcesOutput, error)
		DetachTrafficSources(context.Context, *autoscaling.DetachTrafficSourcesInput, ...func(*autoscaling.Options)) (*autoscaling.DetachTrafficSourcesOutput, error)
	}
	// SourcesAPI is what everything calls that reads where requests go, of groups.
	SourcesAPI interface {
		DescribeTrafficSources(context.Context, *autoscaling.DescribeTrafficSourcesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeTrafficSourcesOutput, error)
	}
	// RefreshAPI is what Shift, Arrives, Restore and Retire call of instance refreshes.
	RefreshAPI interface {
		StartInstanceRefresh(context.Context, *autoscaling.StartInstanceRefreshInput, ...func(*autoscaling.Options)) (*autoscaling.StartInstanceRefreshOutput, error)
		CancelInstanceRefresh(context.Context, *autoscaling.CancelInstanceRefreshInput, ...func(*autoscaling.Options)) (*autoscaling.CancelInstanceRefreshOutput, error)
		RollbackInstanceRefresh(context.Context, *autoscaling.RollbackInstanceRefreshInput, ...func(*autoscaling.Options)) (*autoscaling.RollbackInstanceRefreshOutput, error)
	}
)

// The SDK's clients are all of these.
var (
	_ LoadBalancingAPI = (*elbv2.Client)(nil)
	_ AutoScalingAPI   = (*autoscaling.Client)(nil)
	_ EC2API           = (*ec2.Client)(nil)
)
