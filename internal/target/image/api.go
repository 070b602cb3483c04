package image

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
)

// EC2API is what this package calls of Amazon EC2, all parts together.
type EC2API interface {
	FindAPI
	ShareAPI
	CollectAPI
}

// The parts of [EC2API], by the methods of [Baker] that call them.
type (
	// FindAPI is what all methods call.
	FindAPI interface {
		DescribeImages(context.Context, *ec2.DescribeImagesInput, ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error)
	}
	// ShareAPI is what Bake calls too.
	ShareAPI interface {
		CreateTags(context.Context, *ec2.CreateTagsInput, ...func(*ec2.Options)) (*ec2.CreateTagsOutput, error)
		ModifyImageAttribute(context.Context, *ec2.ModifyImageAttributeInput, ...func(*ec2.Options)) (*ec2.ModifyImageAttributeOutput, error)
	}
	// CollectAPI is what Collect calls too.
	CollectAPI interface {
		DescribeImageAttribute(context.Context, *ec2.DescribeImageAttributeInput, ...func(*ec2.Options)) (*ec2.DescribeImageAttributeOutput, error)
		DescribeInstances(context.Context, *ec2.DescribeInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error)
		DescribeLaunchTemplates(context.Context, *ec2.DescribeLaunchTemplatesInput, ...func(*ec2.Options)) (*ec2.DescribeLaunchTemplatesOutput, error)
		DescribeLaunchTemplateVersions(context.Context, *ec2.DescribeLaunchTemplateVersionsInput, ...func(*ec2.Options)) (*ec2.DescribeLaunchTemplateVersionsOutput, error)
		DeregisterImage(context.Context, *ec2.DeregisterImageInput, ...func(*ec2.Options)) (*ec2.DeregisterImageOutput, error)
	}
)

// ImageBuilderAPI is what this package calls of EC2 Image Builder, both parts together.
type ImageBuilderAPI interface {
	InputsAPI
	BuildAPI
}

// The parts of [ImageBuilderAPI].
type (
	// InputsAPI is what Preflight, Bake, AMI and Baked call.
	InputsAPI interface {
		GetImagePipeline(context.Context, *imagebuilder.GetImagePipelineInput, ...func(*imagebuilder.Options)) (*imagebuilder.GetImagePipelineOutput, error)
		GetImageRecipe(context.Context, *imagebuilder.GetImageRecipeInput, ...func(*imagebuilder.Options)) (*imagebuilder.GetImageRecipeOutput, error)
	}
	// BuildAPI is what Bake calls too; Collect calls GetImage.
	BuildAPI interface {
		StartImagePipelineExecution(context.Context, *imagebuilder.StartImagePipelineExecutionInput, ...func(*imagebuilder.Options)) (*imagebuilder.StartImagePipelineExecutionOutput, error)
		GetImage(context.Context, *imagebuilder.GetImageInput, ...func(*imagebuilder.Options)) (*imagebuilder.GetImageOutput, error)
	}
)

// AutoScalingAPI is what Collect calls of EC2 Auto Scaling.
type AutoScalingAPI interface {
	DescribeAutoScalingGroups(context.Context, *autoscaling.DescribeAutoScalingGroupsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error)
	DescribeLaunchConfigurations(context.Context, *autoscaling.DescribeLaunchConfigurationsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeLaunchConfigurationsOutput, error)
}

// The SDK's clients are all of these.
var (
	_ EC2API          = (*ec2.Client)(nil)
	_ ImageBuilderAPI = (*imagebuilder.Client)(nil)
	_ AutoScalingAPI  = (*autoscaling.Client)(nil)
)
