package apigateway

import (
	"cmp"
	"net/http"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// TagService is the key of the tag by which an API or a stage opts in; its value is the service's name.
const TagService = lambda.TagService

// Options are what a Target is made of. All fields are required, except where they say otherwise.
type Options struct {
	// Release is the release's id. The version and the deployment that it makes are marked with it.
	Release string
	// Document is the release's document, after [release.Default], with Target.APIGateway set.
	Document release.Document

	APIGateway API
	Lambda     LambdaAPI
	CloudWatch measure.API
	S3         lambda.S3API

	// ShortPeriods: CloudWatch has Lambda's metrics by less than a minute. AWS's has not; a local one may.
	ShortPeriods bool
	// ShiftLimit bounds one Shift, and so for how long one that was overtaken may still write; 0 is 90 s, which is longer than any
	// function of the workflow lives in AWS.
	ShiftLimit time.Duration
	// HTTP makes the checks at the document's URL; nil is [http.DefaultClient].
	HTTP *http.Client
	// Now tells the time; nil is the wall clock.
	Now func() time.Time
}

// A Target is one stage of a REST API, and the function behind it. It keeps no state, and its methods may be called from several
// goroutines at once.
type Target struct {
	options  Options
	release  string
	document release.Document
	settings release.APIGatewayTarget
	api      API
	lambda   LambdaAPI

	shiftLimit time.Duration
}

var (
	_ target.Target    = (*Target)(nil)
	_ target.Unlocked  = (*Target)(nil)
	_ target.Inspector = (*Target)(nil)
)

// New returns the target that options describe. It makes no call.
func New(options Options) *Target {
	if options.HTTP == nil {
		options.HTTP = http.DefaultClient
	}
	return &Target{
		options: options, release: options.Release, document: options.Document, settings: *options.Document.Target.APIGateway,
		api: options.APIGateway, lambda: options.Lambda, shiftLimit: cmp.Or(options.ShiftLimit, longestLife),
	}
}

// isReturn reports whether the release goes back to a deployment, instead of making a new one.
func (t *Target) isReturn() bool { return t.document.Request.Version != "" }

// stageName says in an error which stage is meant.
func (t *Target) stageName() string {
	return "stage " + t.settings.Stage + " of REST API " + t.settings.RestAPI
}

// function is the function behind the stage. Version is that of a return to a deployment, and empty otherwise.
//
// The code goes by $LATEST, which nobody calls through this API: preflight refuses that. Whom the function's own policy lets in
// without a qualifier is only noted. Such statements are common, because consoles and frameworks write them, and
// say nothing about whether anybody still calls.
func (t *Target) function(version string) *lambda.Target {
	document := t.document
	document.Verify = nil
	document.Request.Version = version
	document.Target = release.Target{Lambda: &release.LambdaTarget{
		Function: t.settings.Function, KeepVersions: t.settings.KeepVersions, UnqualifiedCallers: release.WarnUnqualifiedCallers,
	}}
	return lambda.New(lambda.Options{
		Release: t.release, Document: document, Users: t.stageName(),
		Lambda: t.lambda, CloudWatch: t.options.CloudWatch, S3: t.options.S3,
		ShortPeriods: t.options.ShortPeriods, Now: t.options.Now,
	})
}
