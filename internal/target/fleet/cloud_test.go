package fleet_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// A cloud is an account with the user's own group "web" of version 2, attached to the target group.
type cloud struct {
	*fleettest.Account
	images map[string]string
}

func newCloud(t testing.TB, size int, change func(*autoscaling.CreateAutoScalingGroupInput)) *cloud {
	t.Helper()
	c := &cloud{Account: fleettest.New(t), images: map[string]string{}}
	for _, name := range []string{"2", "3", "4"} {
		c.images[name] = c.Image(name)
	}
	c.Version(c.images["2"])
	c.Group("web", "2", size, nil, change)
	c.Attach("web")
	return c
}

// fleet returns that of release r-1.
func (c *cloud) fleet(changes ...func(*release.Document)) *fleet.Fleet {
	return c.fleetOf("r-1", changes...)
}

func (c *cloud) fleetOf(id string, changes ...func(*release.Document)) *fleet.Fleet {
	document := release.Document{
		APIVersion: release.APIVersion, Service: fleettest.Service, Environment: fleettest.Environment, Artifact: release.Artifact{AMI: c.images["3"]},
		Target: release.Target{ASG: &release.ASGTarget{Group: "web", TargetGroup: c.TargetGroup}},
	}
	for _, change := range changes {
		change(&document)
	}
	return fleet.New(fleet.Options{
		Release: id, Document: release.Default(document), First: "web", Attached: []string{c.TargetGroup},
		AutoScaling: c.AutoScaling, EC2: c.EC2, TargetGroups: c.LoadBalancing, Now: c.Clock.Now,
	})
}

// named reads a group.
func (c *cloud) named(name string) fleet.Group {
	c.TB.Helper()
	group, err := c.fleet().Named(context.Background(), name)
	must(c.TB, err)
	return group
}

// cloned makes version 3 and its group.
func (c *cloud) cloned() fleet.Group {
	c.TB.Helper()
	f, from := c.fleet(), c.named("web")
	version, err := f.Version(context.Background(), from, c.images["3"])
	must(c.TB, err)
	group, err := f.Clone(context.Background(), from, version, f.Name(version), nil, from.Desired)
	must(c.TB, err)
	return group
}

// deleted deletes a group.
func (c *cloud) deleted(f *fleet.Fleet, group fleet.Group) {
	c.TB.Helper()
	for range 50 {
		done, err := f.Delete(context.Background(), group)
		must(c.TB, err)
		if done {
			return
		}
		c.Pass(15 * time.Second)
	}
	c.TB.Fatalf("group %s is not deleted", group.Name)
}

// sized makes a group of a size.
func sized(minimum, maximum int) func(*autoscaling.CreateAutoScalingGroupInput) {
	return func(input *autoscaling.CreateAutoScalingGroupInput) {
		input.MinSize, input.MaxSize = aws.Int32(int32(minimum)), aws.Int32(int32(maximum))
	}
}

func expectKind(t *testing.T, err error, want release.Kind, parts ...string) {
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
