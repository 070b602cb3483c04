package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const (
	function  = "echo"
	alias     = "live"
	alarmName = "echo-errors"
)

// BenchmarkAlarmToTrafficOff releases again and again, in real time and with the
// state on disk, and lets an alarm fire while the canary has traffic. It reports
// how long after the alarm's transition the alias has the stable version alone.
//
// The release looks at its metrics once an hour, so that nothing but the alarm can end its wait.
func BenchmarkAlarmToTrafficOff(b *testing.B) {
	l := newLaptop(b)
	l.ends(l.deploy("stable"), release.Promoted)
	l.watchErrors()
	var took []time.Duration
	for b.Loop() {
		l.alarm(cloudwatchtypes.StateValueOk)
		id := l.deploy(fmt.Sprint("canary ", len(took)), alarmName)
		l.until("the canary has traffic and is watched", func() bool {
			record := l.record(id)
			return record.Actual.Weight == 10 && record.Awaiting != ""
		})
		l.engine.CloudWatch.RecordCounts(localcloudwatch.Counts{Function: function, Alias: alias, Version: "1", At: time.Now(), Invocations: 10, Errors: 10})
		l.until("all traffic is on the stable version", l.pure)
		off := time.Now()
		fired := l.alarm(cloudwatchtypes.StateValueAlarm)
		took = append(took, off.Sub(fired))
		l.ends(id, release.RolledBack)
	}
	slices.Sort(took)
	b.ReportMetric(milliseconds(took[len(took)/2]), "p50-ms")
	b.ReportMetric(milliseconds(took[len(took)-1]), "max-ms")
	b.ReportMetric(0, "ns/op") // mostly the release before its alarm
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// A laptop is the embedded engine as the local process runs it, with functions that answer at once.
type laptop struct {
	b      *testing.B
	engine *engine.Engine
}

func newLaptop(b *testing.B) *laptop {
	b.Helper()
	directory := b.TempDir()
	kept, err := store.Open(filepath.Join(directory, "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	made, err := engine.New(engine.Options{
		Clock: clock.Wall{}, Store: kept, Directory: filepath.Join(directory, "packages"), Runner: instant{},
		UpdateDuration: 10 * time.Millisecond, ActivateDuration: 10 * time.Millisecond,
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := made.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		made.Close()
		if err := kept.Close(); err != nil {
			b.Error(err)
		}
	})
	return &laptop{b: b, engine: made}
}

// instant stands for the functions' code.
type instant struct{}

func (instant) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{Payload: []byte("{}"), Duration: time.Millisecond}, nil
}

func (instant) Forget(lambda.Version) {}

// deploy releases a package that contains text, 10% first, watched by alarms.
func (l *laptop) deploy(text string, alarms ...string) (id string) {
	l.b.Helper()
	packed, err := bundle.Zip([]byte(text))
	if err != nil {
		l.b.Fatal(err)
	}
	hash := sha256.Sum256(packed)
	key := hex.EncodeToString(hash[:]) + ".zip"
	if _, err := l.engine.S3.PutObject(l.b.Context(), &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: &key, Body: bytes.NewReader(packed)}); err != nil {
		l.b.Fatal(err)
	}
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{Package: "s3://" + engine.Bucket + "/" + key, SHA256: hex.EncodeToString(hash[:])},
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: function, Alias: alias}},
		Strategy: release.Strategy{Steps: []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Hour)}}},
		Analysis: release.Analysis{Period: release.Duration(time.Hour), Alarms: alarms},
	}
	started, err := l.engine.Operator.Deploy(l.b.Context(), document)
	if err != nil {
		l.b.Fatal(err)
	}
	return started.ID
}

// ends waits until a release has ended, which must be so.
func (l *laptop) ends(id string, outcome release.Outcome) {
	l.b.Helper()
	l.until("the release has ended", func() bool { return l.record(id).Ended() })
	if record := l.record(id); record.Outcome != outcome {
		l.b.Fatalf("the release ended as %s, not %s: %s", record.Outcome, outcome, record.Reason)
	}
}

// watchErrors makes the alarm: one period of a second in which the alias had an error.
func (l *laptop) watchErrors() {
	l.b.Helper()
	_, err := l.engine.CloudWatch.PutMetricAlarm(l.b.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(alarmName), Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"),
		Dimensions: []cloudwatchtypes.Dimension{
			{Name: aws.String("FunctionName"), Value: aws.String(function)},
			{Name: aws.String("Resource"), Value: aws.String(function + ":" + alias)},
		},
		Statistic: cloudwatchtypes.StatisticSum, Period: aws.Int32(1), EvaluationPeriods: aws.Int32(1),
		Threshold: aws.Float64(0), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
		TreatMissingData: aws.String("notBreaching"),
	})
	if err != nil {
		l.b.Fatal(err)
	}
}

// alarm waits for a state of the alarm and returns when it was entered.
func (l *laptop) alarm(state cloudwatchtypes.StateValue) (entered time.Time) {
	l.b.Helper()
	l.until("the alarm is "+string(state), func() bool {
		found, err := l.engine.CloudWatch.DescribeAlarms(l.b.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{alarmName}})
		if err != nil {
			l.b.Fatal(err)
		}
		entered = aws.ToTime(found.MetricAlarms[0].StateTransitionedTimestamp)
		return found.MetricAlarms[0].StateValue == state
	})
	return entered
}

// pure reports whether the alias has no second version.
func (l *laptop) pure() bool {
	found, err := l.engine.Lambda.GetAlias(l.b.Context(), &sdklambda.GetAliasInput{FunctionName: aws.String(function), Name: aws.String(alias)})
	if err != nil {
		l.b.Fatal(err)
	}
	return found.RoutingConfig == nil && aws.ToString(found.FunctionVersion) == "1"
}

// record is what the ledger has of a release; nothing yet when it has just been started.
func (l *laptop) record(id string) ledger.Record {
	l.b.Helper()
	record, err := l.engine.Ledger.Release(l.b.Context(), id)
	var missing *ledger.NotFoundError
	if err != nil && !errors.As(err, &missing) {
		l.b.Fatal(err)
	}
	return record
}

// until looks each millisecond whether it is so, for half a minute.
func (l *laptop) until(what string, so func() bool) {
	l.b.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-deadline:
			l.b.Fatalf("waited too long until %s", what)
		case <-tick.C:
		}
	}
}
