package judge_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestWhatPeopleWant(t *testing.T) {
	t.Parallel()
	back := &judge.Wish{What: "rejected", By: "grace", Reason: "wrong colour"}
	forward := &judge.Wish{What: "promote", By: "ada"}
	with := func(q judge.Question, change func(*judge.Question)) func() judge.Question {
		return func() judge.Question { change(&q); return q }
	}
	judgeAll(t, map[string]scenario{
		"back": {
			ask:  with(question(), func(q *judge.Question) { q.Back = back }),
			want: release.Rollback, outcome: release.Aborted, reason: "rejected by grace: wrong colour",
		},
		"back, without a reason": {
			ask:  with(question(), func(q *judge.Question) { q.Back = &judge.Wish{What: "superseded", By: "release-9"} }),
			want: release.Rollback, outcome: release.Aborted, reason: "superseded by release-9",
		},
		"back outranks a breach": {
			ask:  with(failing(question(), 1, 0), func(q *judge.Question) { q.Back = back }),
			want: release.Rollback, outcome: release.Aborted,
		},
		"back outranks a wish to go on": {
			ask:  with(question(), func(q *judge.Question) { q.Back, q.Forward = back, forward }),
			want: release.Rollback, outcome: release.Aborted,
		},
		"back while settling": {
			ask:  with(settling(), func(q *judge.Question) { q.Back = back }),
			want: release.Rollback, outcome: release.Aborted,
		},
		"on, before the step is over": {
			ask:  with(question(), func(q *judge.Question) { q.Forward, q.Now, q.Steps = forward, noon, 2 }),
			want: release.Advance, reason: "ada said promote",
		},
		"on, with a reason": {
			ask:  with(question(), func(q *judge.Question) { q.Forward = &judge.Wish{What: "promote", By: "ada", Reason: "seen enough"} }),
			want: release.Promote, reason: "ada said promote: seen enough",
		},
		"on, over all steps": {
			ask: with(question(), func(q *judge.Question) {
				q.Forward, q.Steps = &judge.Wish{What: "promote-full", By: "ada", Full: true}, 3
			}),
			want: release.Promote, reason: "ada said promote-full",
		},
		"on, although paused": {
			ask:  with(question(), func(q *judge.Question) { q.Forward, q.Paused = forward, true }),
			want: release.Promote, reason: "ada said promote",
		},
		"on, although data is missing": {
			ask:  with(question(), func(q *judge.Question) { q.Forward, q.Periods = forward, nil }),
			want: release.Promote, reason: "ada said promote",
		},
		"on, although held on suspicion": {
			ask:  with(unlucky(question(), 2), func(q *judge.Question) { q.Forward = forward }),
			want: release.Promote, reason: "ada said promote",
		},
		"on, against a breach": {
			ask:  with(failing(question(), 1, 0), func(q *judge.Question) { q.Forward = forward }),
			want: release.Rollback, outcome: release.RolledBack, reason: "errors: version 2 failed 100.0%",
		},
		"on, while settling, says nothing": {
			ask:  with(settling(), func(q *judge.Question) { q.Forward, q.Now = forward, q.Began }),
			want: release.Continue, reason: "settling until",
		},
		"the release must end": {
			ask: with(question(), func(q *judge.Question) {
				q.Ends, q.ReleaseTimeout, q.Now = noon.Add(time.Minute), release.Duration(24*time.Hour), noon.Add(time.Minute)
			}),
			want: release.Rollback, outcome: release.RolledBack, reason: "the release did not end within 24h (timeouts.release)",
		},
		"the release must end soon": {
			ask:  with(question(), func(q *judge.Question) { q.Ends = q.Now.Add(1) }),
			want: release.Promote,
		},
		"the release must end, and is bad": {
			ask:  with(failing(question(), 1, 0), func(q *judge.Question) { q.Ends = noon }),
			want: release.Rollback, outcome: release.RolledBack, reason: "errors: version 2 failed",
		},
		"the release must end, whoever wants to go on": {
			ask:  with(question(), func(q *judge.Question) { q.Ends, q.Forward = noon, forward }),
			want: release.Rollback, outcome: release.RolledBack, reason: "did not end",
		},
	})
}

func TestWishesEndWaitingForData(t *testing.T) {
	t.Parallel()
	q := question()
	q.Periods = nil
	if holding(q).IsZero() {
		t.Fatal("without data it doesn't hold")
	}
	q.Forward = &judge.Wish{What: "promote", By: "ada"}
	if since := holding(q); !since.IsZero() {
		t.Errorf("it holds since %s although a person goes on", since)
	}
}
