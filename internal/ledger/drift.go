package ledger

import (
	"context"
	"fmt"
	"time"
)

// A DriftReport is what one look at a service found that runs and was not released.
type DriftReport struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// At is when it was looked at; a service in an environment has one report at a time.
	At time.Time `json:"at"`
	// Version is what should have all traffic, and Release the release that made it so.
	Version string `json:"version"`
	Release string `json:"release"`
	// Skipped says why nothing was looked at, such as a release that runs; empty: it was.
	Skipped string `json:"skipped,omitempty"`
	// Findings are the differences; none: there is no drift.
	Findings []Drifted `json:"findings"`
	// Reason is one sentence for people.
	Reason string `json:"reason"`
}

// A Drifted is one difference between what runs and what was released.
type Drifted struct {
	// Kind is "routing", "instance" or "version".
	Kind string `json:"kind"`
	// Resource is the AWS resource, by its ARN or id.
	Resource string `json:"resource"`
	// Want and Got are the two sides: what was released, and what is there.
	Want string `json:"want"`
	Got  string `json:"got"`
	// Principal is who did it, and Since when, where that is known.
	Principal string    `json:"principal,omitempty"`
	Since     time.Time `json:"since,omitzero"`
	// Done is what was done about it: "reported", "mending" (it takes more time), "mended", "paused" or
	// "left to a person", with a reason.
	Done string `json:"done"`
	// Reason is why it was left to a person, or what went wrong.
	Reason string `json:"reason,omitempty"`
}

// AddDrift keeps a report, unless there is one of the same service, environment and time.
func (l *Ledger) AddDrift(ctx context.Context, report DriftReport) error {
	of := ServiceEnvironment{report.Service, report.Environment}
	value, err := encode(report)
	if err == nil {
		err = l.putOnce(ctx, l.expiring(valued(of.driftKey(report.At), value)))
	}
	return wrap(err, "keep what drifted of %s", of)
}

// Drifts returns the reports of a service in an environment, the latest first; at most limit, or all when limit is 0.
func (l *Ledger) Drifts(ctx context.Context, service, environment string, limit int) ([]DriftReport, error) {
	of := ServiceEnvironment{service, environment}
	items, err := l.list(ctx, listing{partition: of.partition(), prefix: driftPrefix, backward: true, limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read what drifted of %s: %w", of, err)
	}
	reports, err := valuesOf[DriftReport](items)
	return reports, wrap(err, "read what drifted of %s", of)
}

// ReadDrift decodes an item that keeps a report of drift; see [ReadLine].
func ReadDrift(attributes map[string]string) (report DriftReport, ok bool, err error) {
	if _, ok = cutPrefixes(attributes, servicePartition, driftPrefix); !ok {
		return DriftReport{}, false, nil
	}
	if report, err = readAttributes[DriftReport](attributes); err != nil {
		return DriftReport{}, true, err
	}
	if report.Service == "" || report.Environment == "" || report.At.IsZero() {
		return DriftReport{}, true, fmt.Errorf("decode what drifted of %s: it lacks its service, its environment or its time", attributes["pk"])
	}
	return report, true, nil
}
