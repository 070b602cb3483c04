// Package demo says what the demonstration reports: its releases, and what
// users would have seen of them.
package demo

import "io"

// Options are what the demonstration can be told.
type Options struct {
	// Target is the kind of target to release; empty is lambda.
	Target string
	// Script is what is released, in order; nil is the target's usual one.
	Script []Act
	// Progress is where it says what it does, a line at a time.
	Progress io.Writer
}

// A Report is what happened. Its JSON is a documented contract.
type Report struct {
	Releases []Release `json:"releases"`
}

// A Release is one release of the demonstration. All times are seconds since it began.
type Release struct {
	ID string `json:"id"`
	// Version is the artifact's label, such as "v2".
	Version string `json:"version"`
	Outcome string `json:"outcome"`
	// Seconds is how long it took.
	Seconds float64 `json:"seconds"`
	// Requests and Failed are what users sent and suffered while it ran.
	Requests int `json:"requests"`
	Failed   int `json:"failed"`
	// CanaryRequests and CanaryFailed are the canary's part of them.
	CanaryRequests int `json:"canaryRequests"`
	CanaryFailed   int `json:"canaryFailed"`
	// Slow and CanarySlow are how many took longer than 250 ms.
	Slow       int `json:"slow"`
	CanarySlow int `json:"canarySlow"`
	// Splits are where traffic went, in order. A first release has one, without a canary.
	Splits []Split `json:"splits"`
	// Verdicts are what the judge said, in order; one for each metric it compared.
	Verdicts []Verdict `json:"verdicts"`
}

// A Split is where traffic went from At on.
type Split struct {
	At     float64 `json:"at"`
	Stable string  `json:"stable"`
	Canary string  `json:"canary,omitempty"`
	// Weight is the canary's percent.
	Weight float64 `json:"weight"`
}

// A Verdict is what the judge said of one metric.
type Verdict struct {
	At      float64 `json:"at"`
	Verdict string  `json:"verdict"`
	Metric  string  `json:"metric"`
	// Canary, Stable and Limit are shares of bad requests, 0–1.
	Canary        float64 `json:"canary"`
	Stable        float64 `json:"stable"`
	Limit         float64 `json:"limit"`
	CanarySamples float64 `json:"canarySamples"`
	StableSamples float64 `json:"stableSamples"`
	Reason        string  `json:"reason"`
}

// AtAll is how many of the release's requests would have failed, and how many
// would have been slow, had all of them gone to its canary. Without a canary there
// is nothing to compare with: then they are those that did.
func (r Release) AtAll() (failed, slow int) {
	if r.CanaryRequests == 0 {
		return r.Failed, r.Slow
	}
	share := float64(r.Requests) / float64(r.CanaryRequests)
	return int(float64(r.CanaryFailed)*share + 0.5), int(float64(r.CanarySlow)*share + 0.5)
}
