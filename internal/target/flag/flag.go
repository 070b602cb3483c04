package flag

import (
	"context"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"time"
)

// TagService is the key of the tag by which a configuration profile, or its application, opts in; its value is the service's name.
const TagService = "goldfinch:service"

// HeaderRelease is the header by which requests reach the canary behind a load balancer; its value is the release's id.
const HeaderRelease = "x-goldfinch-release"

// Options are what a [Target] is made of. All fields are required.
type Options struct {
	// Target is what is released: made for the document that [Beneath] returns.
	Target target.Target
	// Document is the release's own, after [release.Default]; see [Needed].
	Document release.Document
	// Release is the release's id. What it writes is marked with it.
	Release   string
	AppConfig API
	Identity  IdentityAPI
	// Region is where the flag is.
	Region string
}

// An Addressed target has versions that a caller can reach, whatever the weights are.
type Addressed interface {
	// Address is what a caller reaches a version by; see the documentation of this package.
	Address(ctx context.Context, version string) (string, error)
}

// A Direct target counts requests that reached a version by its address elsewhere than those that were led there.
type Direct interface {
	// MeasureDirect is [target.Measurer].Measure for requests by address.
	MeasureDirect(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error)
}

// A Target is a target behind a flag. It keeps no state.
type Target struct {
	target.Target
	document  release.Document
	release   string
	ladder    ladder
	appConfig API
	identity  IdentityAPI
	region    string
}

var (
	_ target.Target     = (*Target)(nil)
	_ target.Lagging    = (*Target)(nil)
	_ target.Coarse     = (*Target)(nil)
	_ target.Granular   = (*Target)(nil)
	_ target.Foreseeing = (*Target)(nil)
	_ target.Baking     = (*Target)(nil)
)

// Needed reports whether a document's release needs a flag: its ladder has a rung that matches by one. A return to an old version
// climbs no ladder, and a target that is none of Goldfinch's own sees to its audiences itself.
func Needed(document release.Document) bool {
	return document.Request.Version == "" && document.Target.Custom == nil && slices.ContainsFunc(document.Strategy.Audience, byFlag)
}

func byFlag(rung release.Audience) bool { return rung.Match.Flag != nil }

// Beneath is the document of the target behind the flag. Its ladder has no flags: a load balancer matches the header that the flag's people
// come with, and other targets have the other rungs alone.
func Beneath(document release.Document, releaseID string) release.Document {
	var rungs []release.Audience
	for _, rung := range document.Strategy.Audience {
		switch {
		case !byFlag(rung):
			rungs = append(rungs, rung)
		case document.Target.ALB != nil:
			rung.Match = release.Match{Header: &release.NamedValues{Name: HeaderRelease, Values: []string{releaseID}}}
			rung.Share = wholeShare
			rungs = append(rungs, rung)
		}
	}
	document.Strategy.Audience = rungs
	return document
}

// New returns the target that options describe, which can do what the target behind the flag can. It makes no call.
func New(options Options) target.Target {
	t := &Target{
		Target: options.Target, document: options.Document, release: options.Release, appConfig: options.AppConfig, identity: options.Identity, region: options.Region,
		ladder: ladder{rungs: options.Document.Strategy.Audience, byHeader: options.Document.Target.ALB != nil, seed: options.Release},
	}
	unlocked, isUnlocked := options.Target.(target.Unlocked)
	inspector, isInspector := options.Target.(target.Inspector)
	switch {
	case isUnlocked && isInspector:
		return struct {
			*Target
			target.Unlocked
			target.Inspector
		}{t, unlocked, inspector}
	case isUnlocked:
		return struct {
			*Target
			target.Unlocked
		}{t, unlocked}
	case isInspector:
		return struct {
			*Target
			target.Inspector
		}{t, inspector}
	default:
		return t
	}
}

// Nearest is that of the target behind the flag, which may give every weight.
func (t *Target) Nearest(weight float64) float64 {
	if coarse, ok := t.Target.(target.Coarse); ok {
		return coarse.Nearest(weight)
	}
	return weight
}

// Meets is that of the target behind the flag, or its Nearest.
func (t *Target) Meets(ctx context.Context) (func(weight float64) float64, error) {
	if granular, ok := t.Target.(target.Granular); ok {
		return granular.Meets(ctx)
	}
	return t.Nearest, nil
}

// Foresee is that of the target behind the flag; a shift of the flag takes what AppConfig and the agents take.
func (t *Target) Foresee(ctx context.Context) (foreseen target.Foresight, err error) {
	if foreseeing, ok := t.Target.(target.Foreseeing); ok {
		if foreseen, err = foreseeing.Foresee(ctx); err != nil {
			return target.Foresight{}, err
		}
	}
	for _, passage := range []*target.Passage{&foreseen.There, &foreseen.Back} {
		passage.Takes = max(passage.Takes, release.Duration(agentPoll))
		why := "the flag is deployed at once, and agents ask for it every " + release.Duration(agentPoll).String()
		if passage.Why != "" {
			why = passage.Why + "; " + why
		}
		passage.Why = why
	}
	return foreseen, nil
}

// Baked is that of the target behind the flag, or the document's artifact when that bakes none.
func (t *Target) Baked(ctx context.Context) (release.Artifact, error) {
	if baking, ok := t.Target.(target.Baking); ok {
		return baking.Baked(ctx)
	}
	return t.document.Artifact, nil
}

// match is the flag of the ladder's rungs, which Preflight wants to be the same.
func (t *Target) match() release.FlagMatch {
	first := slices.IndexFunc(t.ladder.rungs, byFlag)
	return *t.ladder.rungs[first].Match.Flag
}

// address is what callers reach a version by.
func (t *Target) address(ctx context.Context, version string) (string, error) {
	if t.ladder.byHeader {
		return t.release, nil
	}
	addressed, ok := t.Target.(Addressed)
	if !ok {
		return "", t.unaddressed()
	}
	return addressed.Address(ctx, version)
}

// unaddressed is why a target can't be behind a flag.
func (t *Target) unaddressed() *release.Failure {
	return release.Fail(release.KindRefused, "nobody can reach one version of target %s, so a feature flag can lead nobody to the canary", t.document.Target.Kind()).
		WithHint("use a target whose versions have an address: lambda, alb, route53 or apigateway; or leave the flag out")
}
