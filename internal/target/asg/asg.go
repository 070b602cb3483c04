package asg

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
	// Document is the release's document, after [release.Default], with Target.ASG set.
	Document release.Document
	// Region is where the groups are, and the image must be.
	Region string

	LoadBalancing LoadBalancingAPI
	AutoScaling   AutoScalingAPI
	EC2           EC2API
	ImageBuilder  image.ImageBuilderAPI
	CloudWatch    measure.API

	// Client makes the checks, at instances' private addresses; nil is http.DefaultClient.
	Client *http.Client
	// ShiftLimit bounds one Shift, and for how long one that was overtaken may still write; 0 is 60 s and 90 s, because a function of AWS Lambda
	// may stand still in the middle.
	ShiftLimit time.Duration
	// Now tells the time; nil is the wall clock.
	Now func() time.Time
}

// A Target is one service in one target group. It keeps no state, and its methods may be called from several goroutines at
// once.
type Target struct {
	release  string
	document release.Document
	asg      release.ASGTarget

	elb         LoadBalancingAPI
	autoScaling AutoScalingAPI
	cloudWatch  measure.API
	fleet       *fleet.Fleet
	image       *image.Baker
	client      *http.Client
	now         func() time.Time
	// shiftLimit bounds one Shift and one Arrives, life how long one that was overtaken may still write.
	shiftLimit, life time.Duration

	mode mode
}

var (
	_ target.Target     = (*Target)(nil)
	_ target.Lagging    = (*Target)(nil)
	_ target.Granular   = (*Target)(nil)
	_ target.Foreseeing = (*Target)(nil)
	_ target.Unlocked   = (*Target)(nil)
	_ target.Baking     = (*Target)(nil)
	_ target.Inspector  = (*Target)(nil)
)

// A mode is what the document's two modes do differently.
type mode interface {
	target.Router
	target.Lagging
	target.Deployer
	target.Verifier
	target.Retirer
	// inspect adds to a preflight what only this mode wants.
	inspect(ctx context.Context, i *inspection) error
	// dimension is how a version's instances name themselves in their metrics.
	dimension(ctx context.Context, versions ...string) (map[string]measure.Dimension, error)
	// home is the group that a version's instances are in.
	home(ctx context.Context, version string) (fleet.Group, error)
	// meets is [target.Granular].Meets, foresee [target.Foreseeing].Foresee.
	meets(ctx context.Context) (func(weight float64) float64, error)
	foresee(ctx context.Context) (target.Foresight, error)
	// unfinished says what is left to do of the last shift; empty: nothing.
	unfinished(ctx context.Context) (string, error)
}

// New returns the target that options describe. It makes no call.
func New(options Options) *Target {
	t := &Target{
		release: options.Release, document: options.Document, asg: *options.Document.Target.ASG,
		elb: options.LoadBalancing, autoScaling: options.AutoScaling, cloudWatch: options.CloudWatch, client: options.Client, now: options.Now,
		shiftLimit: cmp.Or(options.ShiftLimit, shiftTimeout), life: cmp.Or(options.ShiftLimit, handlerLife),
		fleet: fleet.New(fleet.Options{
			Release: options.Release, Document: options.Document, First: options.Document.Target.ASG.Group, Attached: []string{options.Document.Target.ASG.TargetGroup},
			AutoScaling: options.AutoScaling, EC2: options.EC2, TargetGroups: options.LoadBalancing, Now: options.Now,
		}),
		image: image.New(image.Options{
			Release: options.Release, Document: options.Document, EC2: options.EC2, ImageBuilder: options.ImageBuilder, Region: options.Region, Now: options.Now,
		}),
	}
	if t.client == nil {
		t.client = http.DefaultClient
	}
	if t.now == nil {
		t.now = time.Now
	}
	t.mode = &groups{t}
	if t.asg.Mode == release.ModeInstanceRefresh {
		t.mode = &refresh{t}
	}
	return t
}

// isReturn reports whether the release goes back to a version that exists, instead of making a new one. People do it when something is broken,
// so what only a new version or a weight needs must not hinder it.
func (t *Target) isReturn() bool { return t.document.Request.Version != "" }

// shiftTimeout bounds one Shift, and one Arrives, unless Options.ShiftLimit does.
const shiftTimeout = 60 * time.Second

// handlerLife is longer than any handler of the workflow lives: one that stands still in the middle does not notice that its time is over.
const handlerLife = 90 * time.Second

// UnlockedFor is how long a shift that has read before a rollback may still write after it.
func (t *Target) UnlockedFor() time.Duration { return t.life }

// Split reads which split was wanted last, unless what is there contradicts it.
func (t *Target) Split(ctx context.Context) (release.Split, error) { return t.mode.Split(ctx) }

// Shift writes which split is wanted, and begins to make it true. See the package's comment.
func (t *Target) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	ctx, cancel := context.WithTimeout(ctx, t.shiftLimit)
	defer cancel()
	return t.mode.Shift(ctx, want, guard)
}

// Arrives goes on with the shift, and reports whether requests meet it. Got has the share of instances that are healthy in the target group.
func (t *Target) Arrives(ctx context.Context, shifted target.Shifted) (at time.Time, got release.Split, err error) {
	ctx, cancel := context.WithTimeout(ctx, t.shiftLimit)
	defer cancel()
	return t.mode.Arrives(ctx, shifted)
}

// Bake makes the document's image, or finds the one that it names.
func (t *Target) Bake(ctx context.Context) (bool, error) { return t.image.Bake(ctx) }

// Baked is the document's artifact with the id of its image, after Bake is done.
func (t *Target) Baked(ctx context.Context) (release.Artifact, error) { return t.image.Baked(ctx) }

// Deploy makes the version, and what it needs to take traffic.
func (t *Target) Deploy(ctx context.Context, stable string) (version string, done bool, err error) {
	return t.mode.Deploy(ctx, stable)
}

// Verify makes the checks of the document on the version.
func (t *Target) Verify(ctx context.Context, version string) error {
	return t.mode.Verify(ctx, version)
}

// Usable reports whether traffic can be led to the version, healthy or not.
func (t *Target) Usable(ctx context.Context, version string) (bool, error) {
	return t.mode.Usable(ctx, version)
}

// Retire takes away what has no traffic any more.
func (t *Target) Retire(ctx context.Context, current, previous string) (retired []string, done bool, err error) {
	return t.mode.Retire(ctx, current, previous)
}

// Restore takes away what this release has made.
func (t *Target) Restore(ctx context.Context, stable string) (note string, done bool, err error) {
	return t.mode.Restore(ctx, stable)
}

// version finds or makes the launch template version of this release.
func (t *Target) version(ctx context.Context, from fleet.Group) (string, error) {
	if t.isReturn() {
		return t.fleet.Version(ctx, from, "")
	}
	ami, err := t.image.AMI(ctx)
	if err != nil {
		return "", err
	}
	return t.fleet.Version(ctx, from, ami)
}
