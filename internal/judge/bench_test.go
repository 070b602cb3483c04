package judge_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// watchedFor is a question about all metrics after so many counted minutes of an adaptive release that stays on its last rung.
func watchedFor(minutes int) judge.Question {
	q := climbing(minutes + 1)
	q.Analysis.Metrics.ServerErrors = &release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors"}
	q.Step, q.Lasts = q.Steps-1, release.Duration(48*time.Hour)
	pair := judge.Pair{Canary: judge.Count{Requests: 165, Bad: 1}, Stable: judge.Count{Requests: 335, Bad: 2}}
	for i := range q.Periods {
		q.Periods[i].Metrics = map[string]judge.Pair{judge.MetricErrors: pair, judge.MetricLatency: pair, judge.MetricServerErrors: pair}
	}
	return q
}

// BenchmarkJudge is the tick of a release that was watched for five minutes.
func BenchmarkJudge(b *testing.B) { benchmark(b, watchedFor(5)) }

// BenchmarkJudge1440 is the tick of one that was watched for a day: all of it is reckoned anew.
func BenchmarkJudge1440(b *testing.B) { benchmark(b, watchedFor(1440)) }

func benchmark(b *testing.B, q judge.Question) {
	if verdict := judge.Judge(q); verdict.Decision == release.Rollback {
		b.Fatal(verdict.Reason)
	}
	b.ReportAllocs()
	for b.Loop() {
		judge.Judge(q)
	}
}
