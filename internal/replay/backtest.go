package replay

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Backtest is what a policy would have made of releases of the past.
type Backtest struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Decided counts the releases that the policy would have decided as they were, Otherwise those
	// that it would have decided otherwise, and Unjudged those of which nobody can say.
	Decided   int `json:"decided"`
	Otherwise int `json:"otherwise"`
	Unjudged  int `json:"unjudged"`
	// Cases are the releases, in the order in which they were added.
	Cases []Case `json:"cases"`
}

// Add counts a release.
func (b *Backtest) Add(c Case) {
	switch {
	case c.Unjudged != "":
		b.Unjudged++
	case c.Otherwise != nil:
		b.Otherwise++
	default:
		b.Decided++
	}
	b.Cases = append(b.Cases, c)
}

// A Case is what a policy would have made of one release: as it was, unless Otherwise or Unjudged is set.
type Case struct {
	Release   string          `json:"release"`
	Version   string          `json:"version"`
	CreatedAt time.Time       `json:"createdAt"`
	Outcome   release.Outcome `json:"outcome,omitempty"`
	// Otherwise is where the policy leads elsewhere.
	Otherwise *Otherwise `json:"otherwise,omitempty"`
	// Unjudged says why nobody can say what the policy would have made of the release.
	Unjudged string `json:"unjudged,omitempty"`
}

// Otherwise is the first look at which a policy leads elsewhere. What came after it in the record came of
// what was decided then, and says nothing of what the policy would have done next.
type Otherwise struct {
	// Sequence is that of the recorded verdict's entry in the timeline.
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
	// Recorded is what was decided, and RecordedReason why.
	Recorded       release.Decision `json:"recorded"`
	RecordedReason string           `json:"recordedReason"`
	// Decision is what the policy says, and Reason why.
	Decision release.Decision `json:"decision"`
	Reason   string           `json:"reason"`
	// Cost is what would have come of it for users.
	Cost Cost `json:"cost"`
}

// Under says what policy would have made of a recorded release. People's wishes, alarms,
// traffic and the times of looking stay what they were. It does no I/O.
func Under(policy release.Policy, recording Recording) Case {
	record := recording.Record
	c := Case{Release: record.ID, Version: record.Canary, CreatedAt: record.CreatedAt, Outcome: record.Outcome}
	own := record.Document
	changed := own
	changed.Analysis = policy.Apply(own.Analysis)
	if c.Unjudged = cmp.Or(recording.incomplete(), unrecorded(own.Analysis, changed.Analysis)); c.Unjudged != "" {
		return c
	}
	var holding time.Time // since when the policy has held for want of data
	for _, look := range recording.looks() {
		if !look.asked {
			c.Unjudged = "it was recorded before questions were kept"
			return c
		}
		question := under(look.question, changed)
		question.HoldingSince = holding
		verdict, wait := judge.Answer(question)
		if !elsewhere(verdict.Decision, look.entry.Verdict.Decision) {
			holding = wait.HoldingSince
			continue
		}
		if again := judge.Judge(look.question); elsewhere(again.Decision, look.entry.Verdict.Decision) {
			c.Unjudged = fmt.Sprintf("entry %d does not come out again under its own policy either: see goldfinch replay %s", look.entry.Sequence, record.ID)
			return c
		}
		c.Otherwise = &Otherwise{
			Sequence: look.entry.Sequence, At: question.Now,
			Recorded: look.entry.Verdict.Decision, RecordedReason: look.entry.Verdict.Reason,
			Decision: verdict.Decision, Reason: verdict.Reason,
			Cost: recording.cost(question, look.entry.Verdict.Decision, verdict.Decision),
		}
		return c
	}
	return c
}

// under is a question as document's policy would have had it asked: without the alarms that it does not name.
func under(question judge.Question, document release.Document) judge.Question {
	question = question.Of(document, question.Past, question.Shifts, question.Periods)
	question.Alarms = slices.DeleteFunc(slices.Clone(question.Alarms), func(alarm judge.Alarm) bool {
		return !slices.Contains(document.Analysis.Alarms, alarm.Name)
	})
	return question
}

// elsewhere reports whether two decisions lead to different traffic.
func elsewhere(a, b release.Decision) bool { return leadsTo(a) != leadsTo(b) }

// leadsTo is a decision, or Continue where traffic stays as it is.
func leadsTo(decision release.Decision) release.Decision {
	if decision == release.Hold {
		return release.Continue
	}
	return decision
}

// unrecorded says what changed looks at that a release under own did not count; empty: nothing.
func unrecorded(own, changed release.Analysis) string {
	for _, name := range changed.Alarms {
		if !slices.Contains(own.Alarms, name) {
			return fmt.Sprintf("alarm %s was not recorded", name)
		}
	}
	before, now := metricsOf(own), metricsOf(changed)
	switch {
	case now.Errors != nil && before.Errors == nil:
		return "errors were not recorded"
	case now.Latency != nil && before.Latency == nil:
		return "latency was not recorded"
	case now.Latency != nil && now.Latency.SlowerThan != before.Latency.SlowerThan:
		return fmt.Sprintf("requests slower than %s were not recorded, only those slower than %s", now.Latency.SlowerThan, before.Latency.SlowerThan)
	case now.ServerErrors != nil && before.ServerErrors == nil:
		return "serverErrors were not recorded"
	case now.ServerErrors != nil && (now.ServerErrors.Namespace != before.ServerErrors.Namespace || now.ServerErrors.Name != before.ServerErrors.Name):
		return fmt.Sprintf("metric %s of %s was not recorded, only %s of %s",
			now.ServerErrors.Name, now.ServerErrors.Namespace, before.ServerErrors.Name, before.ServerErrors.Namespace)
	default:
		return ""
	}
}

func metricsOf(analysis release.Analysis) release.Metrics {
	if analysis.Metrics == nil {
		return release.Metrics{}
	}
	return *analysis.Metrics
}
