package lambda

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// TagService is the key of the tag by which a function opts in; its value is the
// service's name.
const TagService = "goldfinch:service"

// Options are what a Target is made of. All fields are required, except where
// they say otherwise.
type Options struct {
	// Release is the release's id. The version it publishes is marked with it.
	Release string
	// Document is the release's document, after [release.Default], with
	// Target.Lambda set. Unless Request.Version asks for a published version, its
	// artifact is a package "s3://bucket/key", best with its SHA256, or a container
	// image by digest.
	Document release.Document

	Lambda     LambdaAPI
	CloudWatch CloudWatchAPI
	S3         S3API

	// Users is how errors name what users call, when that is no alias of the function; such a Target has no Router, and
	// its Document's alias is empty. See [Target.Inspection], [Target.RetireExcept], [Target.RestoreUnless] and [Target.Try].
	Users string
	// ShortPeriods: CloudWatch has Lambda's metrics by less than a minute. AWS's has
	// not; a local one may. See
	// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html .
	ShortPeriods bool
	// Now tells the time; nil is the wall clock.
	Now func() time.Time
	// Download reads a version's package, for Restore, from where GetFunction says
	// that it is; nil is an HTTP GET, for AWS's presigned URLs.
	Download func(ctx context.Context, location string) ([]byte, error)
}

// A Target is one function behind one alias. It keeps no state, and its
// methods may be called from several goroutines at once.
type Target struct {
	release  string
	document release.Document
	function string
	alias    string
	users    string

	lambda     LambdaAPI
	cloudWatch CloudWatchAPI
	s3         S3API

	shortPeriods bool
	now          func() time.Time
	download     func(ctx context.Context, location string) ([]byte, error)
}

var _ target.Target = (*Target)(nil)

// isReturn reports whether the release goes back to a published version, instead
// of making a new one. It gives that version all traffic in one step, and people
// do it when something is broken, so what only a new version or a
// weight needs must not hinder it.
func (t *Target) isReturn() bool { return t.document.Request.Version != "" }

// candidate names in a sentence the version that gets the traffic.
func (t *Target) candidate() string {
	if t.isReturn() {
		return "version " + t.document.Request.Version
	}
	return "the new version"
}

// New returns the target that options describe. It makes no call.
func New(options Options) *Target {
	t := &Target{
		release:    options.Release,
		document:   options.Document,
		function:   options.Document.Target.Lambda.Function,
		alias:      options.Document.Target.Lambda.Alias,
		users:      options.Users,
		lambda:     options.Lambda,
		cloudWatch: options.CloudWatch,
		s3:         options.S3,

		shortPeriods: options.ShortPeriods,
		now:          options.Now,
		download:     options.Download,
	}
	if t.now == nil {
		t.now = time.Now
	}
	if t.download == nil {
		t.download = get
	}
	return t
}
