package ec2_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

func sortStrings(less func(a, b string) bool) cmp.Option { return cmpopts.SortSlices(less) }

func TestAnInstanceLivesAndEnds(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	image := c.image("echo-1")
	var watched []string
	c.Watch(func(change ec2.StateChange) { watched = append(watched, string(change.State)) })
	template := *must(c.CreateLaunchTemplate(t.Context(), &sdk.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("web"), LaunchTemplateData: &types.RequestLaunchTemplateData{
			ImageId: &image, InstanceType: "t3.small", UserData: aws.String(base64.StdEncoding.EncodeToString([]byte("hello"))), KeyName: aws.String("k"),
			IamInstanceProfile: &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Name: aws.String("web")},
			TagSpecifications:  []types.LaunchTemplateTagSpecificationRequest{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{tag("team", "a")}}},
		},
	}))(t).LaunchTemplate.LaunchTemplateId
	out := must(c.Launch(t.Context(), &sdk.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: &template, Version: aws.String("1")},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{tag("aws:autoscaling:groupName", "web-1")}}},
		Placement:         &types.Placement{AvailabilityZone: aws.String("us-east-1b")},
	}))(t)
	id := *out.Instances[0].InstanceId
	if got := c.instance(id); got.State.Name != types.InstanceStateNamePending || *got.PrivateIpAddress != "10.0.0.4" || *got.Placement.AvailabilityZone != "us-east-1b" {
		t.Errorf("at first %+v", got)
	}
	if _, known := c.Address(t.Context(), id, 80); known {
		t.Error("a pending instance has an address")
	}
	c.pass(10 * time.Second)
	if got := c.instance(id).State.Name; got != types.InstanceStateNameRunning {
		t.Errorf("after booting it is %s", got)
	}
	told := c.runner.started[id]
	told.Ended = nil
	want := ec2.Instance{
		ID: id, ImageID: image, Location: "s3://images/echo-1", Type: "t3.small", PrivateIP: "10.0.0.4", TemplateID: template, TemplateVersion: "1", Group: "web-1",
		UserData: []byte("hello"), Tags: map[string]string{"aws:autoscaling:groupName": "web-1", "aws:ec2launchtemplate:id": template, "aws:ec2launchtemplate:version": "1", "team": "a"},
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("the runner was told (-want +got):\n%s", diff)
	}
	for _, name := range []string{id, "10.0.0.4"} {
		if address, known := c.Address(t.Context(), name, 80); !known || address != "127.0.0.1:4000" {
			t.Errorf("%s is at %q, %v", name, address, known)
		}
	}
	ended := must(c.TerminateInstances(t.Context(), &sdk.TerminateInstancesInput{InstanceIds: []string{id}}))(t).TerminatingInstances[0]
	if ended.PreviousState.Name != types.InstanceStateNameRunning || ended.CurrentState.Name != types.InstanceStateNameShuttingDown {
		t.Errorf("changed %+v to %+v", ended.PreviousState, ended.CurrentState)
	}
	c.pass(0)
	if got := c.instance(id); got.State.Name != types.InstanceStateNameTerminated || *got.StateReason.Code != "Client.UserInitiatedShutdown" {
		t.Errorf("at last %+v, %+v", got.State, got.StateReason)
	}
	if diff := cmp.Diff([]string{"start " + id, "stop " + id + " 10s"}, c.runner.asked); diff != "" {
		t.Errorf("the runner was asked (-want +got):\n%s", diff)
	}
	states := []string{"pending", "running", "shutting-down", "terminated"}
	if diff := cmp.Diff(states, watched); diff != "" {
		t.Errorf("watched (-want +got):\n%s", diff)
	}
	if last := c.events[len(c.events)-1]; len(c.events) != 4 || last.DetailType != ec2.StateChangeEvent || string(last.Detail) != `{"instance-id":"`+id+`","state":"terminated"}` || !strings.HasSuffix(last.Resources[0], ":instance/"+id) {
		t.Errorf("events %+v", c.events)
	}
	c.pass(time.Hour)
	_, err := c.DescribeInstances(t.Context(), &sdk.DescribeInstancesInput{InstanceIds: []string{id}})
	refused(t, err, "InvalidInstanceID.NotFound", id)
	// Its record goes with the next launch.
	c.run(template, "1")
	if got := len(must(c.DescribeInstances(t.Context(), &sdk.DescribeInstancesInput{}))(t).Reservations); got != 1 {
		t.Errorf("%d reservations", got)
	}
}

func TestAProgramThatEndsStopsItsInstance(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.run(c.template("web", c.image("echo-1")), "1")
	c.pass(10 * time.Second)
	c.runner.started[id].Ended("exit status 1")
	c.pass(0)
	got := c.instance(id)
	if got.State.Name != types.InstanceStateNameStopped || *got.StateReason.Message != "Client.InstanceInitiatedShutdown: exit status 1" {
		t.Errorf("%s: %v", got.State.Name, *got.StateReason.Message)
	}
	must(c.TerminateInstances(t.Context(), &sdk.TerminateInstancesInput{InstanceIds: []string{id}}))(t)
	c.pass(0)
	if got := c.instance(id).State.Name; got != types.InstanceStateNameTerminated || len(c.runner.asked) != 1 {
		t.Errorf("%s, and the runner was asked %v", got, c.runner.asked)
	}
}

func TestAProgramThatEndsWhileItStarts(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	c.runner.during = func(instance ec2.Instance) {
		instance.Ended("exit status 2")
		c.clock.RunUntil(c.clock.Now())
	}
	id := c.run(c.template("web", c.image("echo-1")), "1")
	c.pass(10 * time.Second)
	if got := c.instance(id).State.Name; got != types.InstanceStateNameStopped {
		t.Errorf("it is %s", got)
	}
}

func TestAnInstanceThatCanNotStart(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	c.runner.failWith = errors.New("built for darwin/arm64")
	id := c.run(c.template("web", c.image("echo-1")), "1")
	c.pass(10 * time.Second)
	got := c.instance(id)
	if got.State.Name != types.InstanceStateNameTerminated || *got.StateReason.Message != "Server.InternalError: built for darwin/arm64" {
		t.Errorf("%s: %v", got.State.Name, got.StateReason)
	}
}

func TestAnInstanceIsTerminatedWhileItStarts(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	c.runner.during = func(instance ec2.Instance) {
		must(c.TerminateInstances(t.Context(), &sdk.TerminateInstancesInput{InstanceIds: []string{instance.ID}}))(t)
		c.clock.RunUntil(c.clock.Now())
	}
	id := c.run(c.template("web", c.image("echo-1")), "1")
	c.pass(10 * time.Second)
	if got := c.instance(id).State.Name; got != types.InstanceStateNameTerminated {
		t.Errorf("it is %s", got)
	}
	if diff := cmp.Diff([]string{"start " + id, "stop " + id + " 10s"}, c.runner.asked); diff != "" {
		t.Errorf("the runner was asked (-want +got):\n%s", diff)
	}
	// One that is terminated before it boots never starts.
	c.runner.during = nil
	other := c.run(*must(c.DescribeLaunchTemplates(t.Context(), &sdk.DescribeLaunchTemplatesInput{}))(t).LaunchTemplates[0].LaunchTemplateId, "1")
	must(c.TerminateInstances(t.Context(), &sdk.TerminateInstancesInput{InstanceIds: []string{other}}))(t)
	c.pass(10 * time.Second)
	if len(c.runner.asked) != 2 {
		t.Errorf("the runner was asked %v", c.runner.asked)
	}
}

func TestInstancesAreFound(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	image := c.image("echo-1")
	in := &sdk.RunInstancesInput{ImageId: &image, MinCount: aws.Int32(2), MaxCount: aws.Int32(2), ClientToken: aws.String("once"),
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{tag("release", "r1")}}}}
	first, again := must(c.RunInstances(t.Context(), in))(t), must(c.RunInstances(t.Context(), in))(t)
	if len(first.Instances) != 2 || *first.ReservationId != *again.ReservationId || len(again.Instances) != 2 {
		t.Errorf("the same token launched %d and %d", len(first.Instances), len(again.Instances))
	}
	other := *in
	other.MaxCount = aws.Int32(3)
	_, err := c.RunInstances(t.Context(), &other)
	refused(t, err, "IdempotentParameterMismatch", "")
	single := *must(c.RunInstances(t.Context(), &sdk.RunInstancesInput{ImageId: &image, MinCount: aws.Int32(1), MaxCount: aws.Int32(1)}))(t).Instances[0].InstanceId
	c.pass(10 * time.Second)
	for name, test := range map[string]struct {
		filter types.Filter
		want   int
	}{
		"tag":     {types.Filter{Name: aws.String("tag:release"), Values: []string{"r1"}}, 2},
		"image":   {types.Filter{Name: aws.String("image-id"), Values: []string{image}}, 3},
		"running": {types.Filter{Name: aws.String("instance-state-name"), Values: []string{"running"}}, 3},
		"id":      {types.Filter{Name: aws.String("instance-id"), Values: []string{single, "i-0unknown"}}, 1},
	} {
		got := 0
		for _, reservation := range must(c.DescribeInstances(t.Context(), &sdk.DescribeInstancesInput{Filters: []types.Filter{test.filter}}))(t).Reservations {
			got += len(reservation.Instances)
		}
		if got != test.want {
			t.Errorf("%s: %d instances, want %d", name, got, test.want)
		}
	}
	must(c.TerminateInstances(t.Context(), &sdk.TerminateInstancesInput{InstanceIds: []string{single}}))(t)
	for all, want := range map[bool]int{false: 2, true: 3} {
		statuses := must(c.DescribeInstanceStatus(t.Context(), &sdk.DescribeInstanceStatusInput{IncludeAllInstances: aws.Bool(all)}))(t).InstanceStatuses
		if len(statuses) != want {
			t.Errorf("all %v: %d statuses", all, len(statuses))
		}
	}
	for code, in := range map[string]*sdk.RunInstancesInput{
		"InvalidParameterValue":                   {ImageId: &image, MinCount: aws.Int32(2), MaxCount: aws.Int32(1)},
		"MissingParameter":                        {MinCount: aws.Int32(1), MaxCount: aws.Int32(1)},
		"UnsupportedOperation":                    {ImageId: aws.String("resolve:ssm:/image"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1)},
		"InvalidUserData.Malformed":               {ImageId: &image, UserData: aws.String("%"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1)},
		"InvalidLaunchTemplateId.NotFound":        {LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String("lt-0")}, MinCount: aws.Int32(1), MaxCount: aws.Int32(1)},
		"InvalidLaunchTemplateId.VersionNotFound": {LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.template("web", image)), Version: aws.String("2")}, MinCount: aws.Int32(1), MaxCount: aws.Int32(1)},
	} {
		_, err := c.RunInstances(t.Context(), in)
		refused(t, err, code, "")
	}
	_, err = c.TerminateInstances(t.Context(), &sdk.TerminateInstancesInput{})
	refused(t, err, "MissingParameter", "InstanceId")
	_, err = c.TerminateInstances(t.Context(), &sdk.TerminateInstancesInput{InstanceIds: []string{"i-0"}})
	refused(t, err, "InvalidInstanceID.NotFound", "i-0")
	_, err = c.RunInstances(t.Context(), &sdk.RunInstancesInput{ImageId: &image, MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{tag("aws:autoscaling:groupName", "forged")}}}})
	refused(t, err, "InvalidParameterValue", "reserved")
}

func TestTags(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	image := c.image("echo-1", tag("a", "1"))
	template := c.template("web", image)
	instance := c.run(template, "1")
	snapshot := *must(c.DescribeSnapshots(t.Context(), &sdk.DescribeSnapshotsInput{}))(t).Snapshots[0].SnapshotId
	all := []string{image, template, instance, snapshot}
	must(c.CreateTags(t.Context(), &sdk.CreateTagsInput{Resources: all, Tags: []types.Tag{tag("a", "2"), tag("b", "3")}}))(t)
	must(c.DeleteTags(t.Context(), &sdk.DeleteTagsInput{Resources: all, Tags: []types.Tag{{Key: aws.String("b")}, tag("a", "other")}}))(t)
	describe := func(name, value string) []string {
		var got []string
		for _, found := range must(c.DescribeTags(t.Context(), &sdk.DescribeTagsInput{Filters: []types.Filter{{Name: &name, Values: []string{value}}}}))(t).Tags {
			got = append(got, *found.ResourceId+" "+*found.Key+"="+*found.Value)
		}
		return got
	}
	var want []string
	for _, id := range all {
		want = append(want, id+" a=2")
	}
	if diff := cmp.Diff(want, describe("key", "a"), sortStrings(func(a, b string) bool { return a < b })); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if got := describe("resource-type", "image"); len(got) != 1 {
		t.Errorf("images' tags %v", got)
	}
	must(c.DeleteTags(t.Context(), &sdk.DeleteTagsInput{Resources: []string{instance}}))(t)
	if got := describe("resource-id", instance); !slices.Equal(got, []string{instance + " aws:ec2launchtemplate:id=" + template, instance + " aws:ec2launchtemplate:version=1"}) {
		t.Errorf("left %v", got)
	}
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = tag("k"+string(rune('0'+i)), "")
	}
	for code, in := range map[string]*sdk.CreateTagsInput{
		"InvalidAMIID.NotFound":            {Resources: []string{"ami-0"}, Tags: many[:1]},
		"InvalidInstanceID.NotFound":       {Resources: []string{"i-0"}, Tags: many[:1]},
		"InvalidLaunchTemplateId.NotFound": {Resources: []string{"lt-0"}, Tags: many[:1]},
		"InvalidSnapshot.NotFound":         {Resources: []string{image, "snap-0"}, Tags: many[:1]},
		"InvalidID":                        {Resources: []string{"vpc-0"}, Tags: many[:1]},
		"TagLimitExceeded":                 {Resources: []string{image}, Tags: many},
		"InvalidParameterValue":            {Resources: []string{image}, Tags: []types.Tag{tag("aws:x", "")}},
		"MissingParameter":                 {Resources: []string{image}},
	} {
		_, err := c.CreateTags(t.Context(), in)
		refused(t, err, code, "")
	}
	_, err := c.CreateTags(t.Context(), &sdk.CreateTagsInput{Tags: many[:1]})
	refused(t, err, "MissingParameter", "resourceIdSet")
	for _, wrong := range []types.Tag{tag("", ""), tag("k", strings.Repeat("v", 257))} {
		_, err := c.CreateTags(t.Context(), &sdk.CreateTagsInput{Resources: []string{image}, Tags: []types.Tag{wrong}})
		refused(t, err, "InvalidParameterValue", "")
	}
}

// What was stored is there again; instances ended with the process that ran them.
func TestStateSurvivesAndInstancesDoNot(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	c := start(t, nil)
	c.store = must(store.Open(path))(t)
	c.open(nil)
	image := c.image("echo-1", tag("a", "1"))
	template := c.template("web", image)
	must(c.CreateLaunchTemplateVersion(t.Context(), &sdk.CreateLaunchTemplateVersionInput{LaunchTemplateId: &template, ClientToken: aws.String("t"), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: &image}}))(t)
	id := c.run(template, "2")
	c.pass(10 * time.Second)
	if err := c.store.Close(); err != nil {
		t.Fatal(err)
	}
	c.store = must(store.Open(path))(t)
	defer c.store.Close()
	c.open(nil)
	if got := c.instance(id); got.State.Name != types.InstanceStateNameTerminated || *got.StateReason.Code != "Server.InternalError" {
		t.Errorf("the instance is %s", got.State.Name)
	}
	again := must(c.CreateLaunchTemplateVersion(t.Context(), &sdk.CreateLaunchTemplateVersionInput{LaunchTemplateId: &template, ClientToken: aws.String("t"), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: &image}}))(t)
	if *again.LaunchTemplateVersion.VersionNumber != 2 {
		t.Errorf("the token was forgotten: version %d", *again.LaunchTemplateVersion.VersionNumber)
	}
	if got := must(c.DescribeImages(t.Context(), &sdk.DescribeImagesInput{ImageIds: []string{image}}))(t).Images[0]; *got.Tags[0].Value != "1" {
		t.Errorf("image %+v", got)
	}
	if c.run(template, "1") == id {
		t.Error("an id was given out twice")
	}
}

func TestCloseStopsWhatRuns(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.run(c.template("web", c.image("echo-1")), "1")
	c.pass(10 * time.Second)
	pending := c.run(*must(c.DescribeLaunchTemplates(t.Context(), &sdk.DescribeLaunchTemplatesInput{}))(t).LaunchTemplates[0].LaunchTemplateId, "1")
	for range 2 {
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c.pass(time.Minute)
	if diff := cmp.Diff([]string{"start " + id, "stop " + id + " 10s"}, c.runner.asked); diff != "" {
		t.Errorf("the runner was asked, with %s pending (-want +got):\n%s", pending, diff)
	}
}

func TestAnInstanceIsReachedByItsPrivateAddress(t *testing.T) {
	t.Parallel()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer listener.Close()
	c := start(t, nil)
	c.open(func(o *ec2.Options) { o.Runner = at(listener.Addr().String()) })
	c.run(c.template("web", c.image("echo-1")), "1")
	c.pass(10 * time.Second)
	connection := must(c.DialContext(t.Context(), "tcp", "10.0.0.4:80"))(t)
	defer connection.Close()
	if got := connection.RemoteAddr().String(); got != listener.Addr().String() {
		t.Errorf("reached %s", got)
	}
}

// at is a runner whose programs answer there.
type at string

func (a at) Start(context.Context, ec2.Instance) (string, error) { return string(a), nil }

func (at) Stop(context.Context, string, time.Duration) {}

func TestCallsAreInterceptedAndMayBeCancelled(t *testing.T) {
	t.Parallel()
	var seen []string
	c := start(t, func(o *ec2.Options) {
		o.Intercept = func(ctx context.Context, operation string, call func(context.Context) error) error {
			seen = append(seen, operation)
			return call(ctx)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.DescribeTags(ctx, &sdk.DescribeTagsInput{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	must(c.DescribeTags(t.Context(), &sdk.DescribeTagsInput{}))(t)
	if diff := cmp.Diff([]string{"ec2:DescribeTags", "ec2:DescribeTags"}, seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}

// broken is a store that can't be written to.
type broken struct{ store.Store }

func (broken) Save(...store.Change) error { return errors.New("disk full") }

func TestNothingChangesThatIsNotStored(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	if _, err := ec2.New(ec2.Options{Store: store.Memory()}); err == nil {
		t.Error("a service without a runner was made")
	}
	bad := store.Memory()
	if err := bad.Save(store.Change{Bucket: "ec2", Key: "volume/1", Value: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if _, err := ec2.New(ec2.Options{Store: bad, Runner: c.runner}); err == nil || !strings.Contains(err.Error(), "volume") {
		t.Errorf("error %v", err)
	}
	if _, err := ec2.New(ec2.Options{Store: broken{store.Memory()}, Runner: c.runner}); err == nil {
		t.Error("the service was opened on a full disk")
	}
}
