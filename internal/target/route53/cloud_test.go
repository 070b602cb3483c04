package route53_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localroute53 "github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
)

const (
	name        = "app.example.com"
	image       = "ami-0123456789abcdef0"
	balancers   = "Z35SXDOTRQ7X7K"
	propagation = 40 * time.Second
	// The versions of most tests.
	stableStack  = "echo-production-stable"
	canaryStack  = "echo-production-r-1"
	foreignStack = "echo-production-foreign"
)

var (
	start    = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)
	stable   = release.Pure(stableStack)
	tenToNew = release.Split{Stable: stableStack, Canary: canaryStack, Weight: 10}
	allToNew = release.Pure(canaryStack)
)

// A cloud is a zone example.com, stacks, and metrics, on a virtual clock.
type cloud struct {
	t       testing.TB
	clock   *clock.Virtual
	route53 *localroute53.Service
	stacks  *stacks
	metrics *metrics
	image   *images
	zone    string
	// endpoint is a stack's outputs, beside its load balancer and its test URL.
	endpoint func(name string) map[string]string
	answers  *httptest.Server

	mu sync.Mutex
	// throttled: the next call of the target is one too many.
	throttled bool
	// before runs once, before the next change of a record by the target.
	before func()
	writes int
	calls  []string
}

// addresses are those of a stack whose records are no aliases.
func addresses(name string) map[string]string {
	sum := fnv.New32()
	sum.Write([]byte(name))
	return map[string]string{"Endpoint": fmt.Sprintf("192.0.2.%d", sum.Sum32()%250+1)}
}

// aliases are those of a stack with a load balancer.
func aliases(name string) map[string]string {
	return map[string]string{"Endpoint": "dualstack." + name + ".eu-west-1.elb.amazonaws.com", "EndpointHostedZone": balancers}
}

func newCloud(t testing.TB) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: clock.NewVirtual(start), metrics: &metrics{}, image: &images{}, endpoint: addresses}
	c.answers = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, `{"path":%q}`, r.URL.Path) }))
	t.Cleanup(c.answers.Close)
	service, err := localroute53.New(localroute53.Options{Clock: c.clock, Store: store.Memory(), Propagation: propagation})
	must(t, err)
	c.route53 = service
	made, err := service.CreateHostedZone(context.Background(), &awsroute53.CreateHostedZoneInput{Name: aws.String("example.com"), CallerReference: aws.String("c")})
	must(t, err)
	c.zone = strings.TrimPrefix(*made.HostedZone.Id, "/hostedzone/")
	_, err = service.ChangeTagsForResource(context.Background(), &awsroute53.ChangeTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: &c.zone, AddTags: []types.Tag{{Key: aws.String(route53.TagService), Value: aws.String("other echo")}}})
	must(t, err)
	c.stacks = newStacks(c.clock, func(name string) map[string]string {
		outputs := c.endpoint(name)
		if _, given := outputs["LoadBalancer"]; !given {
			outputs["LoadBalancer"] = "app/" + name + "/0123456789abcdef"
		}
		if _, given := outputs["TestURL"]; !given {
			outputs["TestURL"] = c.answers.URL
		}
		return outputs
	})
	return c
}

// withStable is a cloud in which users have stableStack.
func withStable(t testing.TB) *cloud {
	t.Helper()
	c := newCloud(t)
	c.begin()
	return c
}

// begin gives stableStack all traffic, by a release of its own.
func (c *cloud) begin() {
	c.t.Helper()
	c.stack(stableStack, "stable")
	_, err := c.release("stable").Shift(context.Background(), stable, mine(release.Split{}))
	must(c.t, err)
	c.pass(10 * time.Minute)
	c.writes = 0
}

// tags are those of a stack that a release has made for the document's record.
func (c *cloud) tags(stack, releaseID string) map[string]string {
	return map[string]string{
		route53.TagService: "echo", route53.TagEnvironment: "production", route53.TagRelease: releaseID,
		route53.TagRecord: c.zone + "/" + name + "/A", route53.TagStack: stack,
	}
}

// stack is a stack that a release has made before.
func (c *cloud) stack(name, releaseID string) {
	c.stacks.add(name, c.tags(name, releaseID))
}

func (c *cloud) document(edits ...func(*release.Document)) release.Document {
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: release.Artifact{AMI: image},
		Target: release.Target{Route53: &release.Route53Target{HostedZone: c.zone, Record: name, Template: "s3://templates/echo.yaml"}},
	}
	for _, edit := range edits {
		edit(&document)
	}
	return release.Default(document)
}

// target is release r-1's.
func (c *cloud) target(edits ...func(*release.Document)) *route53.Target {
	return c.release("r-1", edits...)
}

func (c *cloud) release(id string, edits ...func(*release.Document)) *route53.Target {
	return route53.New(route53.Options{
		Release: id, Document: c.document(edits...), Records: gate{c.route53, c}, Stacks: stackGate{c.stacks, c}, CloudWatch: c.metrics, Image: c.image,
		Region: "eu-west-1", Now: c.clock.Now, HTTP: c.answers.Client(),
	})
}

// pass lets time pass.
func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// called notes a call of the target, which may be one too many.
func (c *cloud) called(operation string, write bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, operation)
	if write {
		c.writes++
	}
	if c.throttled {
		c.throttled = false
		return &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded", Fault: smithy.FaultClient}
	}
	return nil
}

// written counts what the target has written, or tried to.
func (c *cloud) written() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

// gate is the Route 53 that the target calls.
type gate struct {
	*localroute53.Service
	cloud *cloud
}

func (g gate) ListResourceRecordSets(ctx context.Context, in *awsroute53.ListResourceRecordSetsInput, options ...func(*awsroute53.Options)) (*awsroute53.ListResourceRecordSetsOutput, error) {
	if err := g.cloud.called("ListResourceRecordSets", false); err != nil {
		return nil, err
	}
	return g.Service.ListResourceRecordSets(ctx, in, options...)
}

func (g gate) GetChange(ctx context.Context, in *awsroute53.GetChangeInput, options ...func(*awsroute53.Options)) (*awsroute53.GetChangeOutput, error) {
	if err := g.cloud.called("GetChange", false); err != nil {
		return nil, err
	}
	return g.Service.GetChange(ctx, in, options...)
}

func (g gate) ChangeResourceRecordSets(ctx context.Context, in *awsroute53.ChangeResourceRecordSetsInput, options ...func(*awsroute53.Options)) (*awsroute53.ChangeResourceRecordSetsOutput, error) {
	if err := g.cloud.called("ChangeResourceRecordSets", true); err != nil {
		return nil, err
	}
	if before := g.cloud.before; before != nil {
		g.cloud.before = nil
		before()
	}
	for _, change := range in.ChangeBatch.Changes {
		if change.Action == types.ChangeActionUpsert {
			g.cloud.t.Error("the target upserts, which compares nothing")
		}
		if change.ResourceRecordSet.Weight != nil && *change.ResourceRecordSet.Weight == 0 && change.Action == types.ChangeActionCreate {
			g.cloud.t.Error("the target makes a record of weight 0")
		}
	}
	return g.Service.ChangeResourceRecordSets(ctx, in, options...)
}

// stackGate is the CloudFormation that the target calls.
type stackGate struct {
	*stacks
	cloud *cloud
}

func (g stackGate) DescribeStacks(ctx context.Context, in *cloudformation.DescribeStacksInput, options ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	if err := g.cloud.called("DescribeStacks", false); err != nil {
		return nil, err
	}
	return g.stacks.DescribeStacks(ctx, in, options...)
}

func (g stackGate) CreateStack(ctx context.Context, in *cloudformation.CreateStackInput, options ...func(*cloudformation.Options)) (*cloudformation.CreateStackOutput, error) {
	if err := g.cloud.called("CreateStack", true); err != nil {
		return nil, err
	}
	return g.stacks.CreateStack(ctx, in, options...)
}

func (g stackGate) DeleteStack(ctx context.Context, in *cloudformation.DeleteStackInput, options ...func(*cloudformation.Options)) (*cloudformation.DeleteStackOutput, error) {
	if err := g.cloud.called("DeleteStack", true); err != nil {
		return nil, err
	}
	return g.stacks.DeleteStack(ctx, in, options...)
}

// change changes records behind the target's back.
func (c *cloud) change(changes ...types.Change) error {
	_, err := c.route53.ChangeResourceRecordSets(context.Background(), &awsroute53.ChangeResourceRecordSetsInput{HostedZoneId: &c.zone, ChangeBatch: &types.ChangeBatch{Changes: changes}})
	return err
}

// sets are the records of a name and type.
func (c *cloud) sets(name string, kind types.RRType) []types.ResourceRecordSet {
	out, err := c.route53.ListResourceRecordSets(context.Background(), &awsroute53.ListResourceRecordSetsInput{HostedZoneId: &c.zone, StartRecordName: &name, StartRecordType: kind})
	must(c.t, err)
	return slices.DeleteFunc(out.ResourceRecordSets, func(set types.ResourceRecordSet) bool {
		return *set.Name != localroute53.Name(name) || set.Type != kind
	})
}

// move is a person's change of traffic, who knows of no marker.
func (c *cloud) move(want release.Split) error {
	var changes []types.Change
	for _, set := range c.sets(name, types.RRTypeA) {
		changes = append(changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &set})
	}
	for version, weight := range map[string]float64{want.Stable: 100 - want.Weight, want.Canary: want.Weight} {
		if version != "" {
			set := c.weighted(name, version, int64(weight))
			changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
		}
	}
	return c.change(changes...)
}

// weighted is a record that leads to a stack.
func (c *cloud) weighted(name, version string, weight int64) types.ResourceRecordSet {
	outputs := c.endpoint(version)
	set := types.ResourceRecordSet{Name: &name, Type: types.RRTypeA, SetIdentifier: &version, Weight: &weight}
	if zone := outputs["EndpointHostedZone"]; zone != "" {
		set.AliasTarget = &types.AliasTarget{DNSName: aws.String(outputs["Endpoint"]), HostedZoneId: &zone}
		return set
	}
	set.TTL, set.ResourceRecords = aws.Int64(60), []types.ResourceRecord{{Value: aws.String(outputs["Endpoint"])}}
	return set
}

func create(set types.ResourceRecordSet) types.Change {
	return types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set}
}

func remove(set types.ResourceRecordSet) types.Change {
	return types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &set}
}

// images has the AMI of the document ready, or not yet, or not at all.
type images struct {
	notes, problems []string
	baking          int
	err             error
}

func (i *images) Preflight(context.Context) (notes, problems []string, err error) {
	return i.notes, i.problems, i.err
}

func (i *images) Bake(context.Context) (bool, error) {
	i.baking--
	return i.baking < 0, i.err
}

func (i *images) AMI(context.Context) (string, error) { return image, i.err }

// metrics is a CloudWatch of load balancers: requests, bad ones that are slow too, by the minute. It has no alarms.
type metrics struct {
	mu     sync.Mutex
	counts map[string]float64
	asked  []cloudwatchtypes.Metric
}

func (m *metrics) add(metric, version string, at time.Time, count int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[string]float64{}
	}
	m.counts[fmt.Sprint(metric, " ", version, " ", at.Truncate(time.Minute).Unix())] += float64(count)
}

// request counts requests as a load balancer does.
func (m *metrics) request(version string, at time.Time, requests, bad int) {
	m.add("RequestCount", version, at, requests)
	m.add("HTTPCode_Target_5XX_Count", version, at, bad)
	m.add("TargetResponseTime", version, at, bad)
}

func (m *metrics) GetMetricData(_ context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := &cloudwatch.GetMetricDataOutput{}
	for _, query := range in.MetricDataQueries {
		m.asked = append(m.asked, *query.MetricStat.Metric)
		result := cloudwatchtypes.MetricDataResult{Id: query.Id, StatusCode: cloudwatchtypes.StatusCodeComplete}
		version, _, _ := strings.Cut(strings.TrimPrefix(*query.MetricStat.Metric.Dimensions[0].Value, "app/"), "/")
		for at := in.StartTime.Truncate(time.Minute); at.Before(*in.EndTime); at = at.Add(time.Minute) {
			count, ok := m.counts[fmt.Sprint(*query.MetricStat.Metric.MetricName, " ", version, " ", at.Unix())]
			if !ok || at.Before(*in.StartTime) || strings.HasPrefix(*query.MetricStat.Stat, "PR") {
				continue
			}
			result.Timestamps, result.Values = append(result.Timestamps, at), append(result.Values, count)
		}
		out.MetricDataResults = append(out.MetricDataResults, result)
	}
	return out, nil
}

func (m *metrics) DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	return &cloudwatch.DescribeAlarmsOutput{}, nil
}

// mine is the guard of a release that intends the splits.
func mine(splits ...release.Split) target.Guard {
	return target.Guard{Mine: func(split release.Split) bool { return slices.ContainsFunc(splits, split.Same) }}
}

// expectKind wants a failure of a kind whose text has all parts.
func expectKind(t testing.TB, err error, want release.Kind, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	if kind, _ := release.KindOf(err); kind != want {
		t.Errorf("kind %q, want %q: %v", kind, want, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stackOf is a stack to be changed by hand.
func (c *cloud) stackOf(name string) *cfntypes.Stack {
	c.stacks.mu.Lock()
	defer c.stacks.mu.Unlock()
	return c.stacks.all[name]
}
