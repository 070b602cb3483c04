package ec2_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

var began = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// A runner runs nothing, and notes what it was asked for.
type runner struct {
	mu       sync.Mutex
	asked    []string
	started  map[string]ec2.Instance
	failWith error
	// during is called while a program is started.
	during func(ec2.Instance)
}

func (r *runner) Start(_ context.Context, instance ec2.Instance) (string, error) {
	r.note("start "+instance.ID, func() { r.started[instance.ID] = instance })
	if r.during != nil {
		r.during(instance)
	}
	return "127.0.0.1:4000", r.failWith
}

func (r *runner) Stop(_ context.Context, id string, grace time.Duration) {
	r.note(fmt.Sprintf("stop %s %v", id, grace), func() { delete(r.started, id) })
}

func (r *runner) note(what string, change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, what)
	change()
}

// A cloud is a service with all that stands around it.
type cloud struct {
	*ec2.Service
	t      *testing.T
	clock  *clock.Virtual
	store  store.Store
	runner *runner
	events []eventbridge.Event
}

// start returns a cloud without anything; change may set options.
func start(t *testing.T, change func(*ec2.Options)) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: clock.NewVirtual(began), store: store.Memory(), runner: &runner{started: map[string]ec2.Instance{}}}
	c.open(change)
	return c
}

// open opens the service on the store, as after a restart.
func (c *cloud) open(change func(*ec2.Options)) {
	c.t.Helper()
	options := ec2.Options{
		Clock: c.clock, Store: c.store, Runner: c.runner, BootDuration: 10 * time.Second,
		Events: func(e eventbridge.Event) { c.events = append(c.events, e) },
	}
	if change != nil {
		change(&options)
	}
	c.Service = must(ec2.New(options))(c.t)
}

// pass lets virtual time pass.
func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// must ends the test on an error.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// refused checks that an error is AWS's, with that code and words.
func refused(t testing.TB, err error, code, words string) {
	t.Helper()
	failure, ok := errors.AsType[smithy.APIError](err)
	if !ok || failure.ErrorCode() != code || !strings.Contains(failure.ErrorMessage(), words) {
		t.Errorf("error %v, want %s: …%s…", err, code, words)
	}
	if _, ok := errors.AsType[*awshttp.ResponseError](err); !ok {
		t.Errorf("error %v comes with no HTTP status", err)
	}
}

// image registers an image of that name.
func (c *cloud) image(name string, tags ...types.Tag) string {
	c.t.Helper()
	in := &sdk.RegisterImageInput{Name: aws.String(name), ImageLocation: aws.String("s3://images/" + name)}
	if len(tags) > 0 {
		in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeImage, Tags: tags}}
	}
	return *must(c.RegisterImage(c.t.Context(), in))(c.t).ImageId
}

// template makes a launch template whose first version has the image.
func (c *cloud) template(name, image string) string {
	c.t.Helper()
	return *must(c.CreateLaunchTemplate(c.t.Context(), &sdk.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String(name), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String(image), InstanceType: "t3.micro"},
	}))(c.t).LaunchTemplate.LaunchTemplateId
}

// run starts one instance of the template's version.
func (c *cloud) run(template, version string) string {
	c.t.Helper()
	return *must(c.RunInstances(c.t.Context(), &sdk.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: &template, Version: &version},
	}))(c.t).Instances[0].InstanceId
}

// instance describes one instance.
func (c *cloud) instance(id string) types.Instance {
	c.t.Helper()
	return must(c.DescribeInstances(c.t.Context(), &sdk.DescribeInstancesInput{InstanceIds: []string{id}}))(c.t).Reservations[0].Instances[0]
}

func tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
