// Package fleettest is an account for the tests of versions that are Auto Scaling groups: a load balancer, a target group, a launch template
// and groups, all of the local cloud and on a virtual clock, whose instances answer over HTTP.
package fleettest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localautoscaling "github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	localelb "github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Noon is when every account begins.
var Noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// The service and environment of an account's groups.
const (
	Service     = "echo"
	Environment = "production"
)

// An Account is what a test changes and looks at. Its services are those of the local cloud.
type Account struct {
	TB    testing.TB
	Clock *clock.Virtual

	EC2           *localec2.Service
	AutoScaling   *localautoscaling.Service
	LoadBalancing *localelb.Service
	CloudWatch    *localcloudwatch.Service

	// TargetGroup and Listener are ARNs, Template an id.
	TargetGroup string
	Listener    string
	Template    string

	mu      sync.Mutex
	sick    map[string]bool
	unborn  map[string]bool
	servers map[string]*httptest.Server
	calls   []string
	before  map[string][]func() error
	any     func() error
}

// New makes an account with a target group that a listener forwards to, and a launch template without versions of use.
func New(t testing.TB) *Account {
	t.Helper()
	a := &Account{TB: t, Clock: clock.NewVirtual(Noon), sick: map[string]bool{}, unborn: map[string]bool{}, servers: map[string]*httptest.Server{}, before: map[string][]func() error{}}
	memory := store.Memory()
	var err error
	a.EC2, err = localec2.New(localec2.Options{Clock: a.Clock, Store: memory, Intercept: a.intercept, Runner: a, AccountID: "123456789012", BootDuration: 20 * time.Second})
	a.must(err)
	a.LoadBalancing, err = localelb.New(localelb.Options{Clock: a.Clock, Store: memory, Intercept: a.intercept, Address: a.EC2.Address, Probe: a.probe, AccountID: "123456789012"})
	a.must(err)
	a.CloudWatch, err = localcloudwatch.New(localcloudwatch.Options{Clock: a.Clock, Retention: 48 * time.Hour})
	a.must(err)
	a.AutoScaling, err = localautoscaling.New(localautoscaling.Options{
		Clock: a.Clock, Store: memory, Intercept: a.intercept, Instances: a.EC2, TargetGroups: a.LoadBalancing, Alarms: a.CloudWatch, AccountID: "123456789012",
	})
	a.must(err)
	t.Cleanup(func() {
		_ = a.AutoScaling.Close(context.Background())
		a.LoadBalancing.Close()
		_ = a.EC2.Close(context.Background())
		for _, server := range a.servers {
			server.Close()
		}
	})
	balancer, err := a.LoadBalancing.CreateLoadBalancer(Foreign(), &elbv2.CreateLoadBalancerInput{Name: aws.String("web"), Subnets: []string{"subnet-1", "subnet-2"}})
	a.must(err)
	a.TargetGroup = a.NewTargetGroup("echo", true)
	listener, err := a.LoadBalancing.CreateListener(Foreign(), &elbv2.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancers[0].LoadBalancerArn, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80),
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: aws.String(a.TargetGroup)}},
	})
	a.must(err)
	a.Listener = *listener.Listeners[0].ListenerArn
	template, err := a.EC2.CreateLaunchTemplate(Foreign(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("echo"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(a.Image("0")), InstanceType: ec2types.InstanceTypeT3Micro},
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeLaunchTemplate, Tags: []ec2types.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String("echo")}}}},
	})
	a.must(err)
	a.Template = *template.LaunchTemplate.LaunchTemplateId
	return a
}

// NewTargetGroup makes a target group, which belongs to the service when it is tagged.
func (a *Account) NewTargetGroup(name string, tagged bool) string {
	a.TB.Helper()
	output, err := a.LoadBalancing.CreateTargetGroup(Foreign(), &elbv2.CreateTargetGroupInput{
		Name: aws.String(name), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(8080), VpcId: aws.String("vpc-1"), TargetType: elbtypes.TargetTypeEnumInstance,
		HealthCheckIntervalSeconds: aws.Int32(10),
	})
	a.must(err)
	arn := *output.TargetGroups[0].TargetGroupArn
	if tagged {
		_, err = a.LoadBalancing.AddTags(Foreign(), &elbv2.AddTagsInput{ResourceArns: []string{arn}, Tags: []elbtypes.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String(Service)}}})
		a.must(err)
	}
	_, err = a.LoadBalancing.ModifyTargetGroupAttributes(Foreign(), &elbv2.ModifyTargetGroupAttributesInput{
		TargetGroupArn: aws.String(arn), Attributes: []elbtypes.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("30")}},
	})
	a.must(err)
	return arn
}

// Image makes an image whose instances answer with its name, and returns its id. The name is hexadecimal.
func (a *Account) Image(name string) string {
	a.TB.Helper()
	id := imageID(name)
	err := a.EC2.AddImage(ec2types.Image{
		ImageId: aws.String(id), Name: aws.String("echo " + name), OwnerId: aws.String("123456789012"), State: ec2types.ImageStateAvailable,
		ImageLocation: aws.String("s3://images/" + name), Architecture: ec2types.ArchitectureValuesX8664, Public: aws.Bool(false),
		CreationDate: aws.String(Noon.Format(time.RFC3339)),
	})
	a.must(err)
	return id
}

// Version makes a version of the launch template, as its user does, and returns its number.
func (a *Account) Version(image string) string {
	a.TB.Helper()
	output, err := a.EC2.CreateLaunchTemplateVersion(Foreign(), &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: aws.String(a.Template), SourceVersion: aws.String("1"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(image)},
	})
	a.must(err)
	return fmt.Sprint(*output.LaunchTemplateVersion.VersionNumber)
}

// Versions lists the numbers of the launch template's versions.
func (a *Account) Versions() []string {
	a.TB.Helper()
	output, err := a.EC2.DescribeLaunchTemplateVersions(Foreign(), &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: aws.String(a.Template)})
	a.must(err)
	var numbers []string
	for _, version := range output.LaunchTemplateVersions {
		numbers = append(numbers, fmt.Sprint(*version.VersionNumber))
	}
	slices.Sort(numbers)
	return numbers
}

// Group makes a group of a version with instances in service, tagged as given beside the service's tag; change may be nil.
func (a *Account) Group(name, version string, size int, tags map[string]string, change func(*autoscaling.CreateAutoScalingGroupInput)) {
	a.TB.Helper()
	input := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(name), MinSize: aws.Int32(0), MaxSize: aws.Int32(int32(size + 5)), DesiredCapacity: aws.Int32(int32(size)),
		VPCZoneIdentifier: aws.String("subnet-1,subnet-2"),
		LaunchTemplate:    a.Launch(version),
		Tags:              []autoscalingtypes.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String(Service), PropagateAtLaunch: aws.Bool(true)}},
	}
	for key, value := range tags {
		input.Tags = append(input.Tags, autoscalingtypes.Tag{Key: aws.String(key), Value: aws.String(value), PropagateAtLaunch: aws.Bool(false)})
	}
	if change != nil {
		change(input)
	}
	_, err := a.AutoScaling.CreateAutoScalingGroup(Foreign(), input)
	a.must(err)
	a.Pass(2 * time.Minute)
}

// Made are the tags of a group that a release of Goldfinch made.
func Made(release string) map[string]string {
	return map[string]string{"goldfinch:environment": Environment, "goldfinch:release": release}
}

// Described reads a group; nil when there is none.
func (a *Account) Described(name string) *autoscalingtypes.AutoScalingGroup {
	a.TB.Helper()
	output, err := a.AutoScaling.DescribeAutoScalingGroups(Foreign(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
	a.must(err)
	if len(output.AutoScalingGroups) == 0 {
		return nil
	}
	return &output.AutoScalingGroups[0]
}

// Groups lists the names of all groups.
func (a *Account) Groups() []string {
	a.TB.Helper()
	output, err := a.AutoScaling.DescribeAutoScalingGroups(Foreign(), &autoscaling.DescribeAutoScalingGroupsInput{})
	a.must(err)
	var names []string
	for _, group := range output.AutoScalingGroups {
		names = append(names, *group.AutoScalingGroupName)
	}
	slices.Sort(names)
	return names
}

// Attach attaches a group to the target group, as a person does.
func (a *Account) Attach(name string) {
	a.TB.Helper()
	_, err := a.AutoScaling.AttachTrafficSources(Foreign(), &autoscaling.AttachTrafficSourcesInput{AutoScalingGroupName: aws.String(name), TrafficSources: a.sources()})
	a.must(err)
	a.Pass(time.Minute)
}

// Detach detaches a group from the target group, as a person does.
func (a *Account) Detach(name string) {
	a.TB.Helper()
	_, err := a.AutoScaling.DetachTrafficSources(Foreign(), &autoscaling.DetachTrafficSourcesInput{AutoScalingGroupName: aws.String(name), TrafficSources: a.sources()})
	a.must(err)
	a.Pass(time.Minute)
}

func (a *Account) sources() []autoscalingtypes.TrafficSourceIdentifier {
	return a.Sources(a.TargetGroup)
}

// Sources names a target group as Auto Scaling does.
func (a *Account) Sources(targetGroup string) []autoscalingtypes.TrafficSourceIdentifier {
	return []autoscalingtypes.TrafficSourceIdentifier{{Identifier: aws.String(targetGroup), Type: aws.String("elbv2")}}
}

// Launch names a version of the launch template.
func (a *Account) Launch(version string) *autoscalingtypes.LaunchTemplateSpecification {
	return &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: aws.String(a.Template), Version: aws.String(version)}
}

// NewTemplate makes another launch template, of some versions of image 0, and returns what names one of them.
func (a *Account) NewTemplate(name string, versions int) func(version string) *autoscalingtypes.LaunchTemplateSpecification {
	a.TB.Helper()
	made, err := a.EC2.CreateLaunchTemplate(Foreign(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String(name), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(imageID("0")), InstanceType: ec2types.InstanceTypeT3Micro},
	})
	a.must(err)
	id := made.LaunchTemplate.LaunchTemplateId
	for range versions - 1 {
		_, err := a.EC2.CreateLaunchTemplateVersion(Foreign(), &ec2.CreateLaunchTemplateVersionInput{
			LaunchTemplateId: id, SourceVersion: aws.String("1"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{},
		})
		a.must(err)
	}
	return func(version string) *autoscalingtypes.LaunchTemplateSpecification {
		return &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: id, Version: aws.String(version)}
	}
}

// imageID is the id of an image of a name.
func imageID(name string) string { return fmt.Sprintf("ami-%017s", name) }

// Register puts instances into the target group, as a person does.
func (a *Account) Register(ids ...string) {
	a.TB.Helper()
	var targets []elbtypes.TargetDescription
	for _, id := range ids {
		targets = append(targets, elbtypes.TargetDescription{Id: aws.String(id)})
	}
	_, err := a.LoadBalancing.RegisterTargets(Foreign(), &elbv2.RegisterTargetsInput{TargetGroupArn: aws.String(a.TargetGroup), Targets: targets})
	a.must(err)
	a.Pass(30 * time.Second)
}

// Health is the state of each target of the target group.
func (a *Account) Health() map[string]string {
	a.TB.Helper()
	output, err := a.LoadBalancing.DescribeTargetHealth(Foreign(), &elbv2.DescribeTargetHealthInput{TargetGroupArn: aws.String(a.TargetGroup)})
	a.must(err)
	states := map[string]string{}
	for _, one := range output.TargetHealthDescriptions {
		states[*one.Target.Id] = string(one.TargetHealth.State)
	}
	return states
}

// Instances are the ids of a group's instances.
func (a *Account) Instances(group string) []string {
	a.TB.Helper()
	described := a.Described(group)
	if described == nil {
		return nil
	}
	var ids []string
	for _, instance := range described.Instances {
		ids = append(ids, *instance.InstanceId)
	}
	slices.Sort(ids)
	return ids
}

// Healthy counts the instances of a group that are healthy in the target group.
func (a *Account) Healthy(group string) int {
	a.TB.Helper()
	states, n := a.Health(), 0
	for _, id := range a.Instances(group) {
		if states[id] == string(elbtypes.TargetHealthStateEnumHealthy) {
			n++
		}
	}
	return n
}

// Tag gives a group a tag, as a person does.
func (a *Account) Tag(group, key, value string) {
	a.TB.Helper()
	_, err := a.AutoScaling.CreateOrUpdateTags(Foreign(), &autoscaling.CreateOrUpdateTagsInput{Tags: []autoscalingtypes.Tag{{
		Key: aws.String(key), Value: aws.String(value), ResourceId: aws.String(group), ResourceType: aws.String("auto-scaling-group"), PropagateAtLaunch: aws.Bool(false),
	}}})
	a.must(err)
}

// Taint tags an instance as changed in place.
func (a *Account) Taint(instance, how string) {
	a.TB.Helper()
	_, err := a.EC2.CreateTags(Foreign(), &ec2.CreateTagsInput{Resources: []string{instance}, Tags: []ec2types.Tag{{Key: aws.String("goldfinch:tainted"), Value: aws.String(how)}}})
	a.must(err)
}

// Sicken makes instances of an image fail the load balancer's health checks and every other request.
func (a *Account) Sicken(image string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sick[image] = true
}

// Abort makes instances of an image end as soon as they have started.
func (a *Account) Abort(image string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unborn[image] = true
}

// Pass lets time pass.
func (a *Account) Pass(d time.Duration) { a.Clock.RunUntil(a.Clock.Now().Add(d)) }

// Start runs an instance: a server that answers with the name of its image.
func (a *Account) Start(_ context.Context, instance localec2.Instance) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unborn[instance.ImageID] {
		instance.Ended("exit status 1")
		return "", nil
	}
	server := a.servers[instance.ImageID]
	if server == nil {
		image := instance.ImageID
		server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			a.mu.Lock()
			sick := a.sick[image]
			a.mu.Unlock()
			if sick {
				w.WriteHeader(http.StatusInternalServerError)
			}
			_, _ = io.WriteString(w, image)
		}))
		a.servers[image] = server
	}
	return strings.TrimPrefix(server.URL, "http://"), nil
}

// Stop ends an instance; all of one image share a server, which stays.
func (a *Account) Stop(context.Context, string, time.Duration) {}

// probe is the load balancer's health check.
func (a *Account) probe(_ context.Context, address string, _ localelb.Check) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for image, server := range a.servers {
		if strings.HasSuffix(server.URL, address) && a.sick[image] {
			return fmt.Errorf("health checks failed with these codes: [500]")
		}
	}
	return nil
}

// Client reaches instances by their private addresses.
func (a *Account) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: a.EC2.DialContext, DisableKeepAlives: true}}
}

func (a *Account) must(err error) {
	a.TB.Helper()
	if err != nil {
		a.TB.Fatal(err)
	}
}
