package rehearsal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
)

// Settings say what is rehearsed.
type Settings struct {
	// Document is the release of a Lambda function, as people write it: valid, without defaults. See [StandIn].
	Document release.Document
	Scenario scenario.Scenario
	// Seed is the beginning of all chance.
	Seed uint64
	// Periods is how long a release is watched at least, from its first shift on; 0 means 30.
	Periods int
}

// A Rehearsal makes flights of one release. Its methods may be called from several goroutines at once.
type Rehearsal struct {
	settings Settings
	flight   flight.Settings
	// document has its defaults, and the made-up artifact.
	document      release.Document
	stable, fresh artifact
	answers       answers
	// began is when every release begins, at the beginning of a period.
	began  time.Time
	period time.Duration
}

// An artifact is a function package in the local S3.
type artifact struct {
	content     []byte
	key, sha256 string
}

// New prepares a rehearsal.
func New(settings Settings) (*Rehearsal, error) {
	if settings.Document.Target.Lambda == nil {
		return nil, fmt.Errorf("rehearse a release: its target is %s, for which nothing stands in", settings.Document.Target.Kind())
	}
	if settings.Periods == 0 {
		settings.Periods = flight.DefaultPeriods
	}
	r := &Rehearsal{
		settings: settings,
		flight:   flight.Settings{Model: settings.Scenario.Model, Seed: settings.Seed, Periods: settings.Periods},
	}
	var err error
	if r.stable, err = pack("stable"); err == nil {
		r.fresh, err = pack("canary")
	}
	if err != nil {
		return nil, fmt.Errorf("rehearse a release: %w", err)
	}
	document := settings.Document
	document.Artifact = release.Artifact{Package: "s3://" + engine.Bucket + "/" + r.fresh.key, SHA256: r.fresh.sha256}
	document.Request = release.Request{By: "simulate"}
	r.document = release.Default(document)
	if r.answers, err = answersOf(r.document.Verify); err != nil {
		return nil, fmt.Errorf("rehearse a release: %w", err)
	}
	r.period = r.document.Analysis.Period.Std()
	r.began = r.start()
	return r, nil
}

// Document is the release that is rehearsed, with its defaults and its made-up artifact.
func (r *Rehearsal) Document() release.Document { return r.document }

// start is the beginning of a period at the hour that the world begins with.
func (r *Rehearsal) start() time.Time {
	start := time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)
	if daily := r.settings.Scenario.Traffic.Daily; daily != nil {
		start = start.Truncate(24 * time.Hour).Add(time.Duration(daily.StartHour * float64(time.Hour)))
	}
	return time.Unix(0, start.UnixNano()-start.UnixNano()%int64(r.period)).UTC()
}

func pack(text string) (artifact, error) {
	content, err := bundle.Zip([]byte(text))
	if err != nil {
		return artifact{}, err
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	return artifact{content: content, key: digest + ".zip", sha256: digest}, nil
}
