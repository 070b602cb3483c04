package alb

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Options are what a Target is made of. All fields are required, except where they say otherwise.
type Options struct {
	// Release is the release's id. What it makes is tagged with it.
	Release string
	// Document is the release's document, after [release.Default], with Target.ALB set.
	Document release.Document
	// Region is where the load balancer is, and the image must be.
	Region string

	LoadBalancing LoadBalancingAPI
	AutoScaling   fleet.AutoScalingAPI
	EC2           EC2API
	ImageBuilder  image.ImageBuilderAPI
	CloudWatch    measure.API

	// Client makes the checks; nil is http.DefaultClient.
	Client *http.Client
	// ShortPeriods: CloudWatch has metrics of load balancers by less than a minute. AWS's has not; a local one may. See
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html .
	ShortPeriods bool
	// ShiftLimit bounds one Shift, and so for how long one that was overtaken may still write; 0 is 90 s, which is longer than any
	// function of the workflow lives in AWS.
	ShiftLimit time.Duration
	// Now tells the time; nil is the wall clock.
	Now func() time.Time
}

// EC2API is what this package calls of Amazon EC2, all parts together.
type EC2API interface {
	fleet.EC2API
	image.EC2API
}

// A Target is one service behind one rule of a listener. It keeps no state, and its methods may be called from several goroutines at
// once.
type Target struct {
	release  string
	document release.Document
	alb      release.ALBTarget

	elb        LoadBalancingAPI
	cloudWatch measure.API
	fleet      *fleet.Fleet
	image      *image.Baker
	client     *http.Client

	shortPeriods bool
	shiftLimit   time.Duration
}

var (
	_ target.Target     = (*Target)(nil)
	_ target.Coarse     = (*Target)(nil)
	_ target.Unlocked   = (*Target)(nil)
	_ target.Baking     = (*Target)(nil)
	_ target.Inspector  = (*Target)(nil)
	_ target.Foreseeing = (*Target)(nil)
)

// New returns the target that options describe. It makes no call.
func New(options Options) *Target {
	t := &Target{
		release: options.Release, document: options.Document, alb: *options.Document.Target.ALB,
		elb: options.LoadBalancing, cloudWatch: options.CloudWatch, client: options.Client, shortPeriods: options.ShortPeriods,
		shiftLimit: cmp.Or(options.ShiftLimit, handlerLife),
		fleet: fleet.New(fleet.Options{
			Release: options.Release, Document: options.Document, Attached: options.Document.Target.ALB.TargetGroups,
			AutoScaling: options.AutoScaling, EC2: options.EC2, TargetGroups: options.LoadBalancing, Now: options.Now,
		}),
		image: image.New(image.Options{
			Release: options.Release, Document: options.Document, EC2: options.EC2, ImageBuilder: options.ImageBuilder, Region: options.Region, Now: options.Now,
		}),
	}
	if t.client == nil {
		t.client = http.DefaultClient
	}
	return t
}

// isReturn reports whether the release goes back to a version that exists, instead of making a new one. People do it when something is broken,
// so what only a new version or a weight needs must not hinder it.
func (t *Target) isReturn() bool { return t.document.Request.Version != "" }

// backings reads what is behind target groups. Of several groups of the service behind one, which preflight refuses, the oldest that is not being
// deleted counts.
func (t *Target) backings(ctx context.Context) (backings, error) {
	groups, err := t.fleet.Groups(ctx)
	if err != nil {
		return nil, err
	}
	behind := backings{}
	for _, group := range groups {
		for _, arn := range group.TargetGroups {
			there, taken := behind[arn]
			if taken && (group.Deleting || !there.group.Deleting && !group.Created.Before(there.group.Created)) {
				continue
			}
			behind[arn] = backing{version: group.Version, created: group.Created, group: group}
		}
	}
	return behind, nil
}
