package route53

import (
	"context"
	"net/http"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Options are what a Target is made of. All fields are required, except where they say otherwise.
type Options struct {
	// Release is the release's id: the stack that it makes is named after it.
	Release string
	// Document is the release's document, after [release.Default], with Target.Route53 set.
	Document release.Document

	Records    RecordsAPI
	Stacks     StacksAPI
	CloudWatch measure.API
	Image      Image
	// Region is where stacks are made.
	Region string
	// Propagation is how long a change usually takes at most until all name servers know it; 0 is AWS's minute.
	Propagation time.Duration
	// HTTP makes the document's checks; nil is [http.DefaultClient].
	HTTP *http.Client
	// Now tells the time; nil is the wall clock.
	Now func() time.Time
	// ShortPeriods: CloudWatch has the load balancers' metrics by less than a minute. AWS's has not; a local one may.
	ShortPeriods bool
}

// A Target is the records of one name and type. It keeps no state, and its methods may be called from several goroutines at once.
type Target struct {
	options  Options
	document release.Document
	settings release.Route53Target
	// name is the record's, as Route 53 writes it; marker is the marker's.
	name, marker string
}

var (
	_ target.Target     = (*Target)(nil)
	_ target.Lagging    = (*Target)(nil)
	_ target.Coarse     = (*Target)(nil)
	_ target.Baking     = (*Target)(nil)
	_ target.Inspector  = (*Target)(nil)
	_ target.Foreseeing = (*Target)(nil)
)

// New returns the target that options describe. It makes no call.
func New(options Options) *Target {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Propagation == 0 {
		options.Propagation = propagation
	}
	if options.HTTP == nil {
		options.HTTP = http.DefaultClient
	}
	settings := *options.Document.Target.Route53
	name := absolute(settings.Record)
	return &Target{
		options: options, document: options.Document, settings: settings,
		name: name, marker: markerName(name, settings.Type),
	}
}

// isReturn reports whether the release goes back to a version that was stable once.
func (t *Target) isReturn() bool { return t.document.Request.Version != "" }

// Bake makes the golden image ready. A release that returns to a stack which is still there needs none.
func (t *Target) Bake(ctx context.Context) (done bool, err error) {
	if t.isReturn() {
		if _, found, err := t.readStack(ctx, t.candidate()); err != nil || found {
			return err == nil, err
		}
	}
	return t.options.Image.Bake(ctx)
}

// Baked is the document's artifact with the id of its AMI.
func (t *Target) Baked(ctx context.Context) (release.Artifact, error) {
	artifact := t.document.Artifact
	if artifact.AMI == "" && artifact.Image == nil {
		return artifact, nil // a return to a stack
	}
	ami, err := t.options.Image.AMI(ctx)
	artifact.AMI = ami
	return artifact, err
}
