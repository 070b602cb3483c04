package cloudformation

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// zones are AWS::Route53::HostedZone.
type zones struct{ records Route53 }

func (z zones) create(ctx context.Context, of request) (string, error) {
	tags := &sdk.ChangeTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone}
	if list := of.tagged(of.properties["HostedZoneTags"], nil); len(list) > 0 {
		if err := shape(tags, map[string]any{"AddTags": list}); err != nil {
			return "", err
		}
	}
	input := &sdk.CreateHostedZoneInput{}
	if err := shape(input, of.with(map[string]any{"HostedZoneTags": nil, "CallerReference": of.token()})); err != nil {
		return "", err
	}
	out, err := z.records.CreateHostedZone(ctx, input)
	if err != nil {
		return "", err
	}
	tags.ResourceId = aws.String(strings.TrimPrefix(*out.HostedZone.Id, "/hostedzone/"))
	if len(tags.AddTags) > 0 {
		_, err = z.records.ChangeTagsForResource(ctx, tags)
	}
	return *tags.ResourceId, err
}

func (z zones) look(ctx context.Context, id string) (seen, error) {
	out, err := z.records.GetHostedZone(ctx, &sdk.GetHostedZoneInput{Id: &id})
	if err != nil {
		return seen{}, unless(err, "NoSuchHostedZone")
	}
	tags, err := z.records.ListTagsForResource(ctx, &sdk.ListTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: &id})
	if err != nil {
		return seen{}, err
	}
	return seen{
		exists: true, ready: true, attributes: map[string]string{"Id": id},
		properties: map[string]any{"Name": strings.TrimSuffix(aws.ToString(out.HostedZone.Name), "."), "HostedZoneTags": properties(tags.ResourceTagSet.Tags)},
	}, nil
}

func (z zones) delete(context.Context, string) error { return unsupported("deleting hosted zones") }
