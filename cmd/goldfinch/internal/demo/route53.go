package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/examples"
	localroute53 "github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// route53Target is a whole stack per release.
const route53Target = "route53"

const (
	// domain is the zone's, and record the name that users look up.
	domain, record = "example.test", "echo.example.test"
	// ownStack is v1's, which its owner made.
	ownStack = "echo-v1"
	// resolvers is how many networks users are in. Each keeps an answer for all of its users, for the record's TTL, which is recordTTL.
	resolvers = 20
	recordTTL = time.Second
)

// A route53Scene is a zone whose record leads to v1's stack, and users who look it up by resolvers that keep answers.
type route53Scene struct {
	estate
	zone, template string
}

func (r *route53Scene) set(ctx context.Context) error {
	r.stage.say("── %s is a stack behind a DNS record, as its owner made it: a load balancer and %d instances", first, size)
	if err := r.makePipelines(ctx); err != nil {
		return err
	}
	stored, err := r.stage.operator.UploadTemplate(ctx, "examples/echo/stack.yaml", strings.NewReader(examples.EchoStack()))
	if err != nil {
		return err
	}
	r.template = stored
	endpoint, err := r.makeStack(ctx)
	if err != nil {
		return err
	}
	return r.makeRecords(ctx, endpoint)
}

// makeStack makes v1's stack, and says where it is reached.
func (r *route53Scene) makeStack(ctx context.Context) (endpoint string, err error) {
	ami, err := r.bake(ctx, first)
	if err != nil {
		return "", err
	}
	stacks := r.engine().CloudFormation
	_, err = stacks.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: aws.String(ownStack), TemplateBody: aws.String(examples.EchoStack()),
		Tags: []cfntypes.Tag{{Key: aws.String(serviceTag), Value: aws.String(service)}},
		Parameters: []cfntypes.Parameter{
			{ParameterKey: aws.String("ImageId"), ParameterValue: &ami}, {ParameterKey: aws.String("Release"), ParameterValue: aws.String(first)},
		},
	})
	if err != nil {
		return "", fmt.Errorf("make stack %s: %w", ownStack, err)
	}
	err = wait(ctx, "stack "+ownStack, func() (bool, error) {
		found, err := stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(ownStack)})
		if err != nil {
			return false, err
		}
		switch status := found.Stacks[0].StackStatus; status {
		case cfntypes.StackStatusCreateInProgress:
			return false, nil
		case cfntypes.StackStatusCreateComplete:
			endpoint = output(found.Stacks[0], "Endpoint")
			return true, nil
		default:
			return false, fmt.Errorf("it is %s: %s", status, aws.ToString(found.Stacks[0].StackStatusReason))
		}
	})
	return endpoint, err
}

// output is one of a stack's outputs.
func output(stack cfntypes.Stack, key string) string {
	for _, output := range stack.Outputs {
		if aws.ToString(output.OutputKey) == key {
			return aws.ToString(output.OutputValue)
		}
	}
	return ""
}

// makeRecords makes the zone, the record that leads to v1's stack, and the marker by which its owner gives the record to
// Goldfinch; it waits until name servers know them.
func (r *route53Scene) makeRecords(ctx context.Context, endpoint string) error {
	zones := r.engine().Route53
	zone, err := zones.CreateHostedZone(ctx, &sdk.CreateHostedZoneInput{Name: aws.String(domain), CallerReference: aws.String(service)})
	if err != nil {
		return fmt.Errorf("make zone %s: %w", domain, err)
	}
	r.zone = strings.TrimPrefix(aws.ToString(zone.HostedZone.Id), "/hostedzone/")
	_, err = zones.ChangeTagsForResource(ctx, &sdk.ChangeTagsForResourceInput{
		ResourceType: types.TagResourceTypeHostedzone, ResourceId: &r.zone, AddTags: []types.Tag{{Key: aws.String(serviceTag), Value: aws.String(service)}},
	})
	if err != nil {
		return fmt.Errorf("tag zone %s: %w", domain, err)
	}
	marker := fmt.Sprintf(`"goldfinch" "service=%s" "environment=%s" "stable=%s" "serial=0" "since=%s"`, service, environment, ownStack, time.Now().UTC().Format(time.RFC3339))
	create := func(set types.ResourceRecordSet, value string) types.Change {
		set.ResourceRecords = []types.ResourceRecord{{Value: &value}}
		return types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set}
	}
	made, err := zones.ChangeResourceRecordSets(ctx, &sdk.ChangeResourceRecordSetsInput{HostedZoneId: &r.zone, ChangeBatch: &types.ChangeBatch{Changes: []types.Change{
		create(types.ResourceRecordSet{Name: aws.String(record), Type: types.RRTypeCname, TTL: aws.Int64(int64(recordTTL / time.Second)), Weight: aws.Int64(100), SetIdentifier: aws.String(ownStack)}, endpoint),
		create(types.ResourceRecordSet{Name: aws.String("_goldfinch-cname." + record), Type: types.RRTypeTxt, TTL: aws.Int64(60)}, marker),
	}}})
	if err != nil {
		return fmt.Errorf("make record %s: %w", record, err)
	}
	return wait(ctx, "name servers to know "+record, func() (bool, error) {
		change, err := zones.GetChange(ctx, &sdk.GetChangeInput{Id: made.ChangeInfo.Id})
		return err == nil && change.ChangeInfo.Status == types.ChangeStatusInsync, err
	})
}

func (r *route53Scene) document(_ context.Context, label string) (release.Document, error) {
	return release.Document{
		Artifact: r.image(label),
		Target: release.Target{Route53: &release.Route53Target{
			HostedZone: r.zone, Record: record, Type: release.RecordCNAME, TTL: release.Duration(recordTTL), Template: r.template,
		}},
		Strategy: release.Strategy{Steps: steps(20)}, // a few of the resolvers at a time
		Verify:   answering(),
		Analysis: release.Analysis{Metrics: metrics()},
	}, nil
}

// users look the name up for each request, each by the resolver of their network.
func (r *route53Scene) users(context.Context) users {
	networks := make([]*localroute53.Resolver, resolvers)
	for i := range networks {
		networks[i] = r.engine().Route53.NewResolver(localroute53.Network{})
	}
	var turn atomic.Uint64
	dial := func(ctx context.Context, protocol, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		answer, err := networks[turn.Add(1)%resolvers].Lookup(ctx, host, types.RRTypeA)
		if err != nil {
			return nil, err
		}
		return r.engine().Dial(ctx, protocol, net.JoinHostPort(strings.TrimSuffix(answer.Values[0], "."), port))
	}
	return users{
		url: "http://" + record + "/", known: fmt.Sprintf("the resolvers of %d networks in the local cloud know", resolvers), rate: 100, signed: variantHeader,
		client: &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}},
	}
}

// check makes sure that the record leads to the version's stack alone, and that no other stack is left but v1's own.
func (r *route53Scene) check(ctx context.Context, label string) (string, error) {
	stack, err := r.leadsTo(ctx)
	if err != nil {
		return "", err
	}
	found, err := r.engine().CloudFormation.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{})
	if err != nil {
		return "", fmt.Errorf("look for stacks: %w", err)
	}
	left := map[string]cfntypes.Stack{}
	for _, one := range found.Stacks {
		if one.StackStatus != cfntypes.StackStatusDeleteComplete {
			left[aws.ToString(one.StackName)] = one
		}
	}
	ami := ""
	for _, parameter := range left[stack].Parameters {
		if aws.ToString(parameter.ParameterKey) == "ImageId" {
			ami = aws.ToString(parameter.ParameterValue)
		}
	}
	if runs, err := r.runs(ctx, ami, label); err != nil || !runs {
		return "", errors.Join(fmt.Errorf("the record leads to stack %s of image %s, which is not %s", stack, ami, label), err)
	}
	for name := range left {
		if name != stack && name != ownStack {
			return "", fmt.Errorf("stack %s is left", name)
		}
	}
	if err := r.checkOrphans(ctx, len(left)); err != nil {
		return "", err
	}
	others := "no other stack is left"
	if _, stands := left[ownStack]; stands && stack != ownStack {
		others = fmt.Sprintf("of the others only %s is left, which its owner made", ownStack)
	}
	return fmt.Sprintf("record %s leads to stack %s alone, which is %s; %s", record, stack, label, others), nil
}

// leadsTo is the stack that the record leads to.
func (r *route53Scene) leadsTo(ctx context.Context) (stack string, err error) {
	sets, err := r.engine().Route53.ListResourceRecordSets(ctx, &sdk.ListResourceRecordSetsInput{HostedZoneId: &r.zone})
	if err != nil {
		return "", fmt.Errorf("look where %s leads: %w", record, err)
	}
	var leads []string
	for _, set := range sets.ResourceRecordSets {
		if set.Type == types.RRTypeCname {
			leads = append(leads, aws.ToString(set.SetIdentifier))
		}
	}
	if len(leads) != 1 {
		return "", fmt.Errorf("%s has %d records, not one: %v", record, len(leads), leads)
	}
	return leads[0], nil
}

// checkOrphans makes sure that there are the instances and load balancers of as many stacks alone.
func (r *route53Scene) checkOrphans(ctx context.Context, stacks int) error {
	instances, err := r.instances(ctx)
	if err != nil {
		return err
	}
	balancers, err := r.engine().LoadBalancing.DescribeLoadBalancers(ctx, &elasticloadbalancingv2.DescribeLoadBalancersInput{})
	if err != nil {
		return fmt.Errorf("look for load balancers: %w", err)
	}
	if len(instances) != stacks*size || len(balancers.LoadBalancers) != stacks {
		return fmt.Errorf("%d stacks are left, with %d instances and %d load balancers", stacks, len(instances), len(balancers.LoadBalancers))
	}
	return nil
}
