package fleet

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The tags of what Goldfinch makes and uses.
const (
	// TagService is the tag by which a group opts in; its value is the service's name.
	TagService = "goldfinch:service"
	// TagEnvironment is the environment's name.
	TagEnvironment = "goldfinch:environment"
	// TagRelease is the id of the release that made the group.
	TagRelease = "goldfinch:release"
	// TagMinimum is what the minimum of a group was before [Fleet.Hold].
	TagMinimum = "goldfinch:minimum"
	// TagReplaced is the id of the release that replaces the user's own group, see [Fleet.Claim].
	TagReplaced = "goldfinch:replaced"
	// TagTainted is the tag of an instance that was changed in place; its value says how.
	TagTainted = "goldfinch:tainted"
)

// Options are what a Fleet is made of. All fields are required, except where they say otherwise.
type Options struct {
	// Release is the release's id. What the fleet makes is marked with it.
	Release string
	// Document is the release's document, after [release.Default].
	Document release.Document
	// First is the name of the user's own group, which may lack the tag goldfinch:environment; may be empty.
	First string
	// Attached are ARNs of target groups: a group that is attached to one of them may lack that tag too, and one that is attached to
	// any other is never taken away. Delete waits until none of them has a connection to an instance that it terminates.
	Attached []string

	AutoScaling  AutoScalingAPI
	EC2          EC2API
	TargetGroups TargetGroupsAPI

	// Now tells the time; nil is the wall clock.
	Now func() time.Time
}

// A Fleet is the Auto Scaling groups of one service in one environment. It keeps no state, and its methods may be called from several goroutines at
// once.
type Fleet struct {
	release  string
	document release.Document
	first    string
	attached []string

	autoScaling  AutoScalingAPI
	ec2          EC2API
	targetGroups TargetGroupsAPI

	now func() time.Time
}

// New returns the fleet that options describe. It makes no call.
func New(options Options) *Fleet {
	f := &Fleet{
		release: options.Release, document: options.Document, first: options.First, attached: options.Attached,
		autoScaling: options.AutoScaling, ec2: options.EC2, targetGroups: options.TargetGroups, now: options.Now,
	}
	if f.now == nil {
		f.now = time.Now
	}
	return f
}

// isReturn reports whether the release goes back to a version that exists, instead of making a new one.
func (f *Fleet) isReturn() bool { return f.document.Request.Version != "" }
