package route53_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestPreflightRefuses(t *testing.T) {
	t.Parallel()
	target := func(edit func(*release.Route53Target)) func(*release.Document) {
		return func(document *release.Document) { edit(document.Target.Route53) }
	}
	none := func(*release.Document) {}
	for label, test := range map[string]struct {
		cloud func(c *cloud)
		edit  func(*release.Document)
		says  []string
	}{
		"a zone that is not given": {func(c *cloud) {
			_, err := c.route53.ChangeTagsForResource(c.t.Context(), &awsroute53.ChangeTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: &c.zone, AddTags: []types.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String("other")}}})
			must(c.t, err)
		}, none, []string{"does not name service echo", "Value=other echo"}},
		"a name of another zone": {nil, target(func(t *release.Route53Target) { t.Record = "app.example.org" }), []string{"is not in hosted zone"}},
		"a long TTL": {func(c *cloud) {
			old := c.sets(name, types.RRTypeA)[0]
			slow := old
			slow.TTL = aws.Int64(600)
			must(c.t, c.change(remove(old), create(slow)))
		}, none, []string{"a TTL of 10m0s, so that a rollback takes up to 11m0s, longer than maxRollback, 5m"}},
		"a stable stack that is gone": {func(c *cloud) { delete(c.stacks.all, stableStack) }, none, []string{"no stack of that name to go back to"}},
		"a stable stack of another": {func(c *cloud) {
			made := c.stackOf(stableStack)
			made.Tags = []cfntypes.Tag{{Key: aws.String("team"), Value: aws.String("web")}}
			made.Parameters = []cfntypes.Parameter{{ParameterKey: aws.String("ImageId"), ParameterValue: aws.String("ami-1")}, {ParameterKey: aws.String("Colour"), ParameterValue: aws.String("blue")}}
			made.Capabilities = []cfntypes.Capability{cfntypes.CapabilityCapabilityIam}
		}, none, []string{
			"is not tagged goldfinch:service=echo",
			"update-stack --use-previous-template --stack-name " + stableStack + " --parameters ParameterKey=Colour,UsePreviousValue=true ParameterKey=ImageId,UsePreviousValue=true --capabilities CAPABILITY_IAM" +
				" --tags 'Key=goldfinch:service,Value=echo' 'Key=team,Value=web'",
		}},
		"a stable stack that failed":     {func(c *cloud) { c.stackOf(stableStack).StackStatus = cfntypes.StackStatusUpdateFailed }, none, []string{"is UPDATE_FAILED"}},
		"a stable stack without its end": {func(c *cloud) { c.stackOf(stableStack).Outputs = nil }, none, []string{"no output Endpoint"}},
		"a template that is not in S3":   {nil, target(func(t *release.Route53Target) { t.Template = "stack.yaml" }), []string{"is not in S3"}},
		"a template that is no good":     {func(c *cloud) { c.stacks.invalid = validation("Template format error") }, none, []string{"no good", "Template format error"}},
		"a parameter without a value": {func(c *cloud) {
			c.stacks.template.Parameters = append(c.stacks.template.Parameters, cfntypes.TemplateParameter{ParameterKey: aws.String("Subnets")})
		}, none, []string{"parameter Subnets has no value"}},
		"a parameter that is not there": {nil, target(func(t *release.Route53Target) { t.Parameters, t.ImageParameter = map[string]string{"Siez": "3"}, "AMI" }), []string{"no parameter Siez", "no parameter AMI", "parameter ImageId has no value"}},
		"a capability that is not given": {func(c *cloud) {
			c.stacks.template.Capabilities = []cfntypes.Capability{cfntypes.CapabilityCapabilityIam}
		}, none, []string{"needs CAPABILITY_IAM"}},
		"an image that can't be had":    {func(c *cloud) { c.image.problems = []string{"the AMI is deprecated"} }, none, []string{"the AMI is deprecated"}},
		"an image that may not be read": {func(c *cloud) { c.image.err = &smithy.GenericAPIError{Code: "UnauthorizedOperation", Message: "no"} }, none, []string{"policy of Goldfinch's role"}},
		"short periods": {nil, func(document *release.Document) {
			document.Analysis.Period = release.Duration(10 * time.Second)
		}, []string{"periods of a minute"}},
		"missing alarms": {nil, func(document *release.Document) { document.Analysis.Alarms = []string{"too-slow"} }, []string{"too-slow"}},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := withStable(t)
			if test.cloud != nil {
				test.cloud(c)
			}
			_, err := c.target(test.edit).Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.says...)
			if c.written() != 0 {
				t.Errorf("wrote %d times", c.written())
			}
		})
	}
}

func TestPreflightNotes(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	old := c.sets(name, types.RRTypeA)[0]
	slow := old
	slow.TTL = aws.Int64(90)
	must(t, c.change(remove(old), create(slow)))
	c.image.notes = []string{"reused ami"}
	c.stacks.template.Capabilities = []cfntypes.Capability{cfntypes.CapabilityCapabilityIam}
	found, err := c.target(func(document *release.Document) {
		document.Target.Route53.Capabilities = []string{"CAPABILITY_NAMED_IAM"}
	}).Preflight(t.Context())
	must(t, err)
	notes := strings.Join(found.Notes, "\n")
	for _, want := range []string{"keeps its TTL of 1m30s", "reused ami"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not in: %s", want, notes)
		}
	}
	first, err := newCloud(t).target().Preflight(t.Context())
	if err != nil || !first.First || !strings.Contains(first.Notes[0], "15 minutes") {
		t.Errorf("preflight %+v, %v", first, err)
	}
}

func TestPreflightOfAThrottledCall(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.throttled = true
	_, err := c.target().Preflight(t.Context())
	expectKind(t, err, release.KindTransient)
	c.stacks.invalid = &smithy.GenericAPIError{Code: "Throttling", Message: "slower"}
	_, err = c.target().Preflight(t.Context())
	expectKind(t, err, release.KindTransient)
}
