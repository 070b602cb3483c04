package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// functionKey marks the context of a handler with its function's name.
type functionKey struct{}

// A simulation is the engine on a virtual clock, with code and users that are made up.
type simulation struct {
	t      *testing.T
	clock  *clock.Virtual
	engine *engine.Engine
	// broken is the share of requests that each version fails.
	broken map[string]float64
	// call, when set, stands around each call that a handler makes.
	call func(ctx context.Context, operation string, call func(context.Context) error) error
	// invoked, when set, is told of each run of a handler, and happened of each event of an execution's history.
	invoked  func(function string)
	happened func(asl.Event)
	metrics  bytes.Buffer
}

func simulate(t *testing.T, change ...func(*engine.Options)) *simulation {
	t.Helper()
	s := &simulation{t: t, clock: clock.NewVirtual(morning), broken: map[string]float64{}}
	random := rand.New(rand.NewPCG(1, 2))
	ids := 0
	options := engine.Options{
		Clock: s.clock, Store: store.Memory(), Runner: instant{},
		Go:     func(run func()) { s.clock.AfterFunc(0, run) },
		Random: random.Float64,
		NewID: func() string {
			ids++
			return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids)
		},
		Entropy: rand.NewChaCha8([32]byte{}), SweepInterval: 5 * time.Minute, UpdateDuration: 3 * time.Second, ActivateDuration: 3 * time.Second, Resolution: time.Minute,
		Metrics: &s.metrics,
		Invoke: func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
			if s.invoked != nil {
				s.invoked(function)
			}
			return run(context.WithValue(ctx, functionKey{}, function))
		},
		Intercept: func(ctx context.Context, operation string, call func(context.Context) error) error {
			if ctx.Value(functionKey{}) == nil || s.call == nil {
				return call(ctx)
			}
			return s.call(ctx, operation, call)
		},
		EventSink: func(_ *asl.Execution, event asl.Event) {
			if s.happened != nil {
				s.happened(event)
			}
		},
	}
	for _, apply := range change {
		apply(&options)
	}
	made, err := engine.New(options)
	if err != nil {
		t.Fatal(err)
	}
	s.engine = made
	if err := made.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.traffic()
	return s
}

// traffic makes a thousand requests in each minute, split as the alias says at its end.
func (s *simulation) traffic() {
	s.clock.AfterFunc(time.Minute-time.Second, func() {
		for version, share := range s.alias() {
			requests := int(1000*share + 0.5)
			s.engine.CloudWatch.RecordCounts(localcloudwatch.Counts{
				Function: function, Alias: alias, Version: version, At: s.clock.Now(),
				Invocations: requests, Errors: int(float64(requests)*s.broken[version] + 0.5),
				Durations: []localcloudwatch.DurationCount{{Duration: 20 * time.Millisecond, Count: requests}},
			})
		}
		s.clock.AfterFunc(time.Second, s.traffic)
	})
}

// alias is the share of the traffic of each version; nothing before the first release.
func (s *simulation) alias() map[string]float64 {
	found, err := s.engine.Lambda.GetAlias(context.Background(), &sdklambda.GetAliasInput{FunctionName: aws.String(function), Name: aws.String(alias)})
	if err != nil {
		return nil
	}
	shares := map[string]float64{*found.FunctionVersion: 1}
	if found.RoutingConfig != nil {
		for version, weight := range found.RoutingConfig.AdditionalVersionWeights {
			shares[version] = weight
			shares[*found.FunctionVersion] -= weight
		}
	}
	return shares
}

// document is that of a package that contains text.
func (s *simulation) document(text string, change ...func(*release.Document)) release.Document {
	s.t.Helper()
	packed, err := bundle.Zip([]byte(text))
	if err != nil {
		s.t.Fatal(err)
	}
	hash := sha256.Sum256(packed)
	key := hex.EncodeToString(hash[:]) + ".zip"
	if _, err := s.engine.S3.PutObject(s.t.Context(), &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: &key, Body: bytes.NewReader(packed)}); err != nil {
		s.t.Fatal(err)
	}
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{Package: "s3://" + engine.Bucket + "/" + key, SHA256: hex.EncodeToString(hash[:])},
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: function, Alias: alias}},
	}
	for _, apply := range change {
		apply(&document)
	}
	return release.Default(document)
}

// start starts a release, without letting time pass.
func (s *simulation) start(document release.Document) (id string) {
	s.t.Helper()
	started, err := s.engine.Operator.Deploy(s.t.Context(), document)
	if err != nil {
		s.t.Fatal(err)
	}
	return started.ID
}

// finish lets time pass until the release has ended, for three days at most, and a
// minute longer, in which all is announced.
func (s *simulation) finish(id string) ledger.Record {
	s.t.Helper()
	limit := s.clock.Now().Add(72 * time.Hour)
	arn := strings.Replace(s.engine.StepFunctions.MachineARN(), ":stateMachine:", ":execution:", 1) + ":" + id
	s.clock.Run(func() bool { return s.clock.Now().After(limit) || s.engine.StepFunctions.Running(arn) == nil })
	s.pass(time.Minute)
	record, err := s.engine.Ledger.Release(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return record
}

// release runs a release to its end.
func (s *simulation) release(document release.Document) ledger.Record {
	s.t.Helper()
	return s.finish(s.start(document))
}

// pass lets time pass.
func (s *simulation) pass(d time.Duration) { s.clock.RunUntil(s.clock.Now().Add(d)) }

// foreign is somebody else's write to the alias.
func (s *simulation) foreign() {
	s.t.Helper()
	_, err := s.engine.Lambda.UpdateAlias(context.Background(), &sdklambda.UpdateAliasInput{
		FunctionName: aws.String(function), Name: aws.String(alias), FunctionVersion: aws.String("1"),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.33}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// discard is a log that nobody reads.
func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
