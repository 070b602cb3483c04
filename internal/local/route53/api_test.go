package route53_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/goldfinch-dev/goldfinch/internal/local/route53"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	CreateHostedZone(context.Context, *sdk.CreateHostedZoneInput, ...func(*sdk.Options)) (*sdk.CreateHostedZoneOutput, error)
	GetHostedZone(context.Context, *sdk.GetHostedZoneInput, ...func(*sdk.Options)) (*sdk.GetHostedZoneOutput, error)
	ListHostedZones(context.Context, *sdk.ListHostedZonesInput, ...func(*sdk.Options)) (*sdk.ListHostedZonesOutput, error)
	ChangeResourceRecordSets(context.Context, *sdk.ChangeResourceRecordSetsInput, ...func(*sdk.Options)) (*sdk.ChangeResourceRecordSetsOutput, error)
	ListResourceRecordSets(context.Context, *sdk.ListResourceRecordSetsInput, ...func(*sdk.Options)) (*sdk.ListResourceRecordSetsOutput, error)
	GetChange(context.Context, *sdk.GetChangeInput, ...func(*sdk.Options)) (*sdk.GetChangeOutput, error)
	CreateHealthCheck(context.Context, *sdk.CreateHealthCheckInput, ...func(*sdk.Options)) (*sdk.CreateHealthCheckOutput, error)
	GetHealthCheck(context.Context, *sdk.GetHealthCheckInput, ...func(*sdk.Options)) (*sdk.GetHealthCheckOutput, error)
	GetHealthCheckStatus(context.Context, *sdk.GetHealthCheckStatusInput, ...func(*sdk.Options)) (*sdk.GetHealthCheckStatusOutput, error)
	DeleteHealthCheck(context.Context, *sdk.DeleteHealthCheckInput, ...func(*sdk.Options)) (*sdk.DeleteHealthCheckOutput, error)
	ChangeTagsForResource(context.Context, *sdk.ChangeTagsForResourceInput, ...func(*sdk.Options)) (*sdk.ChangeTagsForResourceOutput, error)
	ListTagsForResource(context.Context, *sdk.ListTagsForResourceInput, ...func(*sdk.Options)) (*sdk.ListTagsForResourceOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*route53.Service)(nil)
)
