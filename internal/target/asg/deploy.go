package asg

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/httpcheck"
)

// Deploy makes a version of the stable group's launch template with the image, and a group of it of the stable one's present size, which is
// attached to nothing. It is done when every instance is in service, as its group sees it: no load balancer knows them yet.
func (g *groups) Deploy(ctx context.Context, stable string) (version string, done bool, err error) {
	present, err := g.read(ctx)
	if err != nil {
		return "", false, err
	}
	from, err := g.groupOf(present, stable)
	if err != nil {
		return "", false, err
	}
	if version, err = g.version(ctx, from); err != nil {
		return "", false, err
	}
	group, err := g.fleet.Clone(ctx, from, version, g.fleet.Name(version), nil, max(from.Desired, 1))
	if err != nil {
		return version, false, err
	}
	done, _, err = g.fleet.Ready(ctx, group, "")
	return version, done, err
}

// Usable reports whether the version has a group with an instance that could get requests. Whether it is healthy is not asked: going there waits for that, and takes
// nothing away before.
func (g *groups) Usable(ctx context.Context, version string) (bool, error) {
	present, err := g.read(ctx)
	if err != nil {
		return false, err
	}
	group := present.group(version)
	if !group.Stands() {
		return false, nil
	}
	if slices.ContainsFunc(group.Instances, func(instance fleet.Instance) bool { return instance.Working() || instance.Starting() }) {
		return true, nil
	}
	return false, release.Fail(release.KindUnhealthy, "no instance of group %s is in service", group.Name)
}

const (
	// checkTimeout bounds Verify.
	checkTimeout = 60 * time.Second
	// checksAtOnce is how many instances are checked at the same time.
	checksAtOnce = 20
)

// Verify makes the checks of the document on each instance of the version, at its private address.
func (g *groups) Verify(ctx context.Context, version string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	present, err := g.read(ctx)
	if err != nil {
		return err
	}
	group := present.group(version)
	if !group.Exists() || group.InService == 0 {
		return release.Fail(release.KindUnhealthy, "version %s is not usable: it has no Auto Scaling group with an instance in service", version)
	}
	machines, err := g.fleet.Machines(ctx, group.Instances)
	if err != nil {
		return err
	}
	port, err := g.port(ctx)
	if err != nil {
		return err
	}
	var waiting sync.WaitGroup
	failures, places := make([]error, len(group.Instances)), make(chan struct{}, checksAtOnce)
	for i, instance := range group.Instances {
		address := machines[instance.ID].Address
		if !instance.Serving() || address == "" {
			failures[i] = release.Fail(release.KindUnhealthy, "instance %s is %s, and has address %q", instance.ID, instance.State, address)
			continue
		}
		waiting.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			failures[i] = httpcheck.Run(ctx, g.client, "http://"+net.JoinHostPort(address, port), nil, g.document.Verify)
		})
	}
	waiting.Wait()
	return joined(version, failures)
}

// joined is one KindUnhealthy failure of all that there are; another kind of error comes first.
func joined(version string, failures []error) error {
	var reasons []string
	for _, failure := range failures {
		if failure == nil {
			continue
		}
		if kind, _ := release.KindOf(failure); kind != release.KindUnhealthy {
			return failure
		}
		reasons = append(reasons, failure.Error())
	}
	if len(reasons) == 0 {
		return nil
	}
	return release.Fail(release.KindUnhealthy, "%d of %d instances of version %s failed: %s", len(reasons), len(failures), version, release.Shorten(strings.Join(reasons, "; "), longestReasons))
}

// longestReasons is how much is told of what failed.
const longestReasons = 2000

// port is where checks reach an instance: the document's, or the target group's.
func (t *Target) port(ctx context.Context) (string, error) {
	if t.asg.TestPort != 0 {
		return strconv.Itoa(t.asg.TestPort), nil
	}
	output, err := call.Do(ctx, "elasticloadbalancing: read "+t.asg.TargetGroup, t.elb.DescribeTargetGroups, &elbv2.DescribeTargetGroupsInput{TargetGroupArns: []string{t.asg.TargetGroup}})
	if err != nil {
		return "", err
	}
	if len(output.TargetGroups) == 0 {
		return "", fmt.Errorf("elasticloadbalancing: read %s: it does not exist", t.asg.TargetGroup)
	}
	return strconv.Itoa(int(aws.ToInt32(output.TargetGroups[0].Port))), nil
}

// home is the group of a version.
func (g *groups) home(ctx context.Context, version string) (fleet.Group, error) {
	present, err := g.read(ctx)
	if err != nil {
		return fleet.Group{}, err
	}
	return present.group(version), nil
}
