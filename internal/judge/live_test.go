package judge_test

import (
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestLiveSaysHowAVersionStandsAgainstAnotherTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		spoil  func(*judge.Question)
		want   release.Decision
		reason string
	}{
		{"no worse", func(*judge.Question) {}, release.Continue, "errors: version 2 today failed 0.0% of 100 requests, version 2 yesterday 0.0% of 900"},
		{"worse", func(q *judge.Question) { *q = failing(*q, 0.3, 0) }, release.Rollback, "errors: version 2 today failed 30.0% of"},
		{"as bad as yesterday", func(q *judge.Question) { *q = failing(*q, 0.2, 0.2) }, release.Continue, "errors: version 2 today failed 20.0%"},
		{"no requests", func(q *judge.Question) { q.Periods = nil }, release.Hold, "too few requests"},
		{"an alarm fires", func(q *judge.Question) {
			q.Analysis.Alarms = []string{"late"}
			q.Alarms = []judge.Alarm{{Name: "late", State: judge.AlarmFiring}}
		}, release.Rollback, "alarm late is firing"},
		{"an alarm is gone", func(q *judge.Question) { q.Analysis.Alarms = []string{"late"} }, release.Hold, "alarm late does not exist"},
		{"nothing is watched", func(q *judge.Question) { q.Analysis.Metrics = nil }, release.Continue, "nothing is watched"},
		{"no data would pass in a release", func(q *judge.Question) { q.Periods, q.Analysis.NoData.Policy = nil, release.NoDataPass }, release.Hold, "too few requests"},
		{"its stage does not count", func(q *judge.Question) { q.Stage, q.Paused = judge.StageSettle, true }, release.Continue, "errors: version 2 today"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q := question()
			q.Canary, q.Stable = "2 today", "2 yesterday"
			test.spoil(&q)
			got := judge.Live(q)
			if got.Decision != test.want || !strings.Contains(got.Reason, test.reason) {
				t.Errorf("%s: %s; want %s: %s", got.Decision, got.Reason, test.want, test.reason)
			}
			if got.Outcome != "" || !got.At.Equal(q.Now) {
				t.Errorf("outcome %q at %s", got.Outcome, got.At)
			}
		})
	}
}
