package route53

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
)

// RecordsAPI is what this package calls of Route 53, all parts together.
type RecordsAPI interface {
	SplitAPI
	ShiftAPI
	ArrivesAPI
	ZoneAPI
}

// The parts of [RecordsAPI]: a role needs only those of the methods that its function uses.
type (
	// SplitAPI is what every method calls that reads where traffic goes: all but Bake, Verify, Usable and Alarms.
	SplitAPI interface {
		ListResourceRecordSets(context.Context, *awsroute53.ListResourceRecordSetsInput, ...func(*awsroute53.Options)) (*awsroute53.ListResourceRecordSetsOutput, error)
	}
	// ShiftAPI is what Shift and Mend call to write.
	ShiftAPI interface {
		ChangeResourceRecordSets(context.Context, *awsroute53.ChangeResourceRecordSetsInput, ...func(*awsroute53.Options)) (*awsroute53.ChangeResourceRecordSetsOutput, error)
	}
	// ArrivesAPI is what Arrives calls.
	ArrivesAPI interface {
		GetChange(context.Context, *awsroute53.GetChangeInput, ...func(*awsroute53.Options)) (*awsroute53.GetChangeOutput, error)
	}
	// ZoneAPI is what Preflight calls to know the hosted zone.
	ZoneAPI interface {
		GetHostedZone(context.Context, *awsroute53.GetHostedZoneInput, ...func(*awsroute53.Options)) (*awsroute53.GetHostedZoneOutput, error)
		ListTagsForResource(context.Context, *awsroute53.ListTagsForResourceInput, ...func(*awsroute53.Options)) (*awsroute53.ListTagsForResourceOutput, error)
	}
)

// StacksAPI is what this package calls of CloudFormation, all parts together.
type StacksAPI interface {
	StackAPI
	TemplateAPI
	CreateAPI
	DeleteAPI
	EventsAPI
}

// The parts of [StacksAPI].
type (
	// StackAPI is what everything calls that needs a version: every method but Split, Arrives and Alarms.
	StackAPI interface {
		DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
	}
	// TemplateAPI is what Preflight calls.
	TemplateAPI interface {
		ValidateTemplate(context.Context, *cloudformation.ValidateTemplateInput, ...func(*cloudformation.Options)) (*cloudformation.ValidateTemplateOutput, error)
	}
	// CreateAPI is what Deploy calls.
	CreateAPI interface {
		CreateStack(context.Context, *cloudformation.CreateStackInput, ...func(*cloudformation.Options)) (*cloudformation.CreateStackOutput, error)
	}
	// DeleteAPI is what Retire and Restore call.
	DeleteAPI interface {
		DeleteStack(context.Context, *cloudformation.DeleteStackInput, ...func(*cloudformation.Options)) (*cloudformation.DeleteStackOutput, error)
	}
	// EventsAPI is what Deploy, Retire and Restore call to say why a stack failed.
	EventsAPI interface {
		DescribeStackEvents(context.Context, *cloudformation.DescribeStackEventsInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStackEventsOutput, error)
	}
)

// An Image makes the AMI that a stack is made with, or takes one that is ready: package image does.
type Image interface {
	// Preflight looks whether the image can be had, and changes nothing.
	Preflight(ctx context.Context) (notes, problems []string, err error)
	// Bake goes as far as it can without waiting, and says whether it is done.
	Bake(ctx context.Context) (done bool, err error)
	// AMI is the image's id, once Bake is done.
	AMI(ctx context.Context) (string, error)
}

// The SDK's clients are all of these.
var (
	_ RecordsAPI = (*awsroute53.Client)(nil)
	_ StacksAPI  = (*cloudformation.Client)(nil)
)
