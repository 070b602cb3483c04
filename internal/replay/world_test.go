package replay_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	counts "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

// A world makes real releases to replay: the embedded engine on a virtual clock, with users that are made up.
type world struct {
	t      testing.TB
	clock  *clock.Virtual
	engine *engine.Engine
	// users is how many requests a minute the service gets.
	users float64
	// broken is the share of requests that each version fails, slow the share that takes two seconds.
	broken, slow map[string]float64
	// late is how long CloudWatch takes to know of requests.
	late time.Duration
	// built counts the packages.
	built int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)), users: 1000, broken: map[string]float64{}, slow: map[string]float64{}}
	ids := 0
	made, err := engine.New(engine.Options{
		Clock: w.clock, Store: store.Memory(), Runner: code{},
		Go:     func(run func()) { w.clock.AfterFunc(0, run) },
		Random: rand.New(rand.NewPCG(1, 2)).Float64,
		NewID: func() string {
			ids++
			return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids)
		},
		Entropy:       rand.NewChaCha8([32]byte{}),
		SweepInterval: 53*time.Second + 7*time.Millisecond, UpdateDuration: 3 * time.Second, ActivateDuration: 3 * time.Second, Resolution: time.Minute,
	})
	if err == nil {
		w.engine = made
		err = made.Start(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	w.traffic()
	if first := w.release(); first.Record.Outcome != release.Promoted {
		t.Fatalf("the first release ended as %s: %s", first.Record.Outcome, first.Record.Reason)
	}
	return w
}

// code stands for the function's code.
type code struct{}

func (code) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{Payload: []byte(`{"statusCode":200}`), Duration: 10 * time.Millisecond}, nil
}

func (code) Forget(lambda.Version) {}

// traffic makes a minute's requests at the end of each minute, split as the alias says then.
func (w *world) traffic() {
	w.clock.AfterFunc(time.Minute-time.Second, func() {
		for version, share := range w.alias() {
			requests := w.users * share
			slow := int(requests*w.slow[version] + 0.5)
			counted := counts.Counts{
				Function: "echo", Alias: "live", Version: version, At: w.clock.Now(),
				Invocations: int(requests + 0.5), Errors: int(requests*w.broken[version] + 0.5),
				Durations: []counts.DurationCount{{Duration: 20 * time.Millisecond, Count: int(requests+0.5) - slow}, {Duration: 2 * time.Second, Count: slow}},
			}
			w.clock.AfterFunc(w.late, func() { w.engine.CloudWatch.RecordCounts(counted) })
		}
		w.clock.AfterFunc(time.Second, w.traffic)
	})
}

// alias is where traffic goes, version by version; nothing before the first release.
func (w *world) alias() map[string]float64 {
	found, err := w.engine.Lambda.GetAlias(context.Background(), &sdklambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
	if err != nil {
		return nil
	}
	shares := map[string]float64{aws.ToString(found.FunctionVersion): 1}
	if found.RoutingConfig != nil {
		for version, weight := range found.RoutingConfig.AdditionalVersionWeights {
			shares[version] = weight
			shares[aws.ToString(found.FunctionVersion)] -= weight
		}
	}
	return shares
}

// start starts the release of a new package by the five-key document, which change may change.
func (w *world) start(change ...func(*release.Document)) operator.Reference {
	w.t.Helper()
	w.built++
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	file, err := archive.Create("bootstrap")
	if err == nil {
		_, err = fmt.Fprintf(file, "build %d", w.built)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256(packed.Bytes())
	digest := hex.EncodeToString(sum[:])
	if _, err := w.engine.S3.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: aws.String(digest + ".zip"), Body: bytes.NewReader(packed.Bytes())}); err != nil {
		w.t.Fatal(err)
	}
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{Package: "s3://" + engine.Bucket + "/" + digest + ".zip", SHA256: digest},
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
	}
	for _, apply := range change {
		apply(&document)
	}
	started, err := w.engine.Operator.Deploy(context.Background(), release.Default(document))
	if err != nil {
		w.t.Fatal(err)
	}
	return operator.Reference{ID: started.ID}
}

// finish lets time pass until the release has ended and its lock is free, for three days at most.
func (w *world) finish(reference operator.Reference) replay.Recording {
	w.t.Helper()
	ctx, limit := context.Background(), w.clock.Now().Add(72*time.Hour)
	w.clock.Run(func() bool {
		record, err := w.engine.Ledger.Release(ctx, reference.ID)
		if err != nil || !record.Ended() {
			return w.clock.Now().After(limit)
		}
		holder, _, err := w.engine.Ledger.Holder(ctx, record.Service, record.Environment)
		return err == nil && (holder == nil || holder.Release != record.ID)
	})
	return w.recording(reference)
}

func (w *world) release(change ...func(*release.Document)) replay.Recording {
	w.t.Helper()
	return w.finish(w.start(change...))
}

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.clock.RunUntil(w.clock.Now().Add(d)) }

// say sends a signal to a release.
func (w *world) say(reference operator.Reference, kind ledger.SignalKind) {
	w.t.Helper()
	if _, err := w.engine.Operator.Signal(context.Background(), reference, ledger.Signal{Kind: kind, By: "anna", Reason: "she said so"}); err != nil {
		w.t.Fatal(err)
	}
}

// recording is what was recorded of a release, after a journey through a file.
func (w *world) recording(reference operator.Reference) replay.Recording {
	w.t.Helper()
	recording, err := w.engine.Operator.Recording(context.Background(), reference)
	if err != nil {
		w.t.Fatal(err)
	}
	return copied(w.t, recording)
}

// copied is a recording that was written and read.
func copied(t testing.TB, recording replay.Recording) replay.Recording {
	t.Helper()
	data, err := json.Marshal(recording)
	if err != nil {
		t.Fatal(err)
	}
	read, err := replay.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

const errorAlarm = "echo-errors"

// alarm makes an alarm that fires when the function as a whole fails more than ten requests a minute.
func (w *world) alarm() {
	w.t.Helper()
	_, err := w.engine.CloudWatch.PutMetricAlarm(context.Background(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(errorAlarm), Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"),
		Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String("echo")}, {Name: aws.String("Resource"), Value: aws.String("echo:live")}},
		Statistic:  types.StatisticSum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(10),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("notBreaching"),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
