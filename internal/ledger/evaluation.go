package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An Evaluation is a verdict on a version that is live, without a release: it
// compares a while with the same while a day before.
type Evaluation struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// ScheduledAt is when the evaluation was due; a service in an environment has one at a time.
	ScheduledAt time.Time `json:"scheduledAt"`
	// At is when it was made.
	At time.Time `json:"at"`
	// Version is the stable version, and Release the release that made it so.
	Version string `json:"version"`
	Release string `json:"release"`
	// From and To are the while that was judged; it was compared with the same a day before.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Reason is the verdict's, one sentence for people.
	Reason string `json:"reason"`
	// Verdict's decision is continue (no worse than yesterday), rollback (worse: a canary
	// that did so would be rolled back) or hold (can't be judged). Nothing follows from it.
	Verdict release.Verdict `json:"verdict"`
}

// AddEvaluation keeps an evaluation, unless there is one of the same service,
// environment and ScheduledAt: that is how a schedule may come twice.
func (l *Ledger) AddEvaluation(ctx context.Context, evaluation Evaluation) error {
	of := ServiceEnvironment{evaluation.Service, evaluation.Environment}
	value, err := encode(evaluation)
	if err == nil {
		err = l.putOnce(ctx, l.expiring(valued(of.evaluationKey(evaluation.ScheduledAt), value)))
	}
	return wrap(err, "keep the evaluation of %s", of)
}

// Evaluated reports whether there is an evaluation that was due at scheduledAt.
func (l *Ledger) Evaluated(ctx context.Context, service, environment string, scheduledAt time.Time) (bool, error) {
	of := ServiceEnvironment{service, environment}
	found, err := l.get(ctx, of.evaluationKey(scheduledAt))
	return found != nil, wrap(err, "look for the evaluation of %s", of)
}

// Evaluations returns a service's evaluations in an environment, the latest first; at most limit, or all when limit is 0.
func (l *Ledger) Evaluations(ctx context.Context, service, environment string, limit int) ([]Evaluation, error) {
	of := ServiceEnvironment{service, environment}
	items, err := l.list(ctx, listing{partition: of.partition(), prefix: evaluationPrefix, backward: true, limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read the evaluations of %s: %w", of, err)
	}
	evaluations, err := valuesOf[Evaluation](items)
	return evaluations, wrap(err, "read the evaluations of %s", of)
}

// ReadEvaluation decodes an item that keeps an evaluation; see [ReadLine].
func ReadEvaluation(attributes map[string]string) (evaluation Evaluation, ok bool, err error) {
	if _, ok = cutPrefixes(attributes, servicePartition, evaluationPrefix); !ok {
		return Evaluation{}, false, nil
	}
	if evaluation, err = readAttributes[Evaluation](attributes); err != nil {
		return Evaluation{}, true, err
	}
	if evaluation.Service == "" || evaluation.Environment == "" || evaluation.ScheduledAt.IsZero() {
		return Evaluation{}, true, fmt.Errorf("decode an evaluation of %s: it lacks its service, its environment or its time", attributes["pk"])
	}
	return evaluation, true, nil
}

// IsNews reports whether an item of that sort key tells of something that has
// happened: an entry of a timeline, an evaluation, or a report of drift.
func IsNews(sortKey string) bool {
	for _, prefix := range NewsPrefixes() {
		if strings.HasPrefix(sortKey, prefix) {
			return true
		}
	}
	return false
}

// NewsPrefixes are the beginnings of the sort keys (attribute sk) of such items, by which a
// table's stream may be filtered: everything else in it is no news.
func NewsPrefixes() []string { return []string{entryPrefix, evaluationPrefix, driftPrefix} }
