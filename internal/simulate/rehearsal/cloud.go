package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	target "github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// stableVersion is the version that is there before the release.
const stableVersion = "1"

// longestResolution is that of the metrics of AWS/Lambda; shorter periods need a finer one.
const longestResolution = time.Minute

// resolution is that of the metrics of a flight.
func (r *Rehearsal) resolution() time.Duration { return min(r.period, longestResolution) }

// sweepInterval is how often the engine looks for releases that died, as none does here.
const sweepInterval = 24 * time.Hour

// open makes the engine of a flight, and in it what the user has before the release.
func (t *theatre) open(ctx context.Context) error {
	t.clock = clock.NewVirtual(t.began)
	chance := rand.NewPCG(t.settings.Seed, uint64(t.number))
	var key [32]byte
	copy(key[:], "rehearsal "+strconv.Itoa(t.number))
	ids := 0
	made, err := engine.New(engine.Options{
		Clock:  t.clock,
		Store:  store.Memory(),
		Runner: t.answers,
		// On the clock's own goroutine, one after the other.
		Go:            func(run func()) { t.clock.AfterFunc(0, run) },
		Random:        rand.New(chance).Float64,
		NewID:         func() string { ids++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids) },
		Entropy:       rand.NewChaCha8(key),
		Intercept:     t.intercept,
		SweepInterval: sweepInterval,
		Resolution:    t.resolution(),
		Unannounced:   true,
	})
	if err != nil {
		return err
	}
	t.engine = made
	if err := made.Start(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{t.store, t.publish, t.remember, t.watch} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// store puts both packages into S3.
func (t *theatre) store(ctx context.Context) error {
	for _, one := range []artifact{t.stable, t.fresh} {
		if _, err := t.engine.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: aws.String(one.key), Body: bytes.NewReader(one.content)}); err != nil {
			return fmt.Errorf("store a package: %w", err)
		}
	}
	return nil
}

// publish makes the function with its alias on a published version.
func (t *theatre) publish(ctx context.Context) error {
	function := t.document.Target.Lambda
	_, err := t.engine.Lambda.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: &function.Function,
		Runtime:      lambdatypes.RuntimeProvidedal2023,
		Handler:      aws.String("bootstrap"),
		Role:         aws.String("arn:aws:iam::" + engine.AccountID + ":role/" + function.Function),
		Code:         &lambdatypes.FunctionCode{S3Bucket: aws.String(engine.Bucket), S3Key: &t.stable.key},
		Publish:      true,
		Tags:         map[string]string{target.TagService: t.document.Service},
	})
	if err == nil {
		_, err = t.engine.Lambda.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: &function.Function, Name: &function.Alias, FunctionVersion: aws.String(stableVersion)})
	}
	if err != nil {
		return fmt.Errorf("make the function: %w", err)
	}
	return nil
}

// deadMetric is a metric that nobody publishes.
const deadMetric = "NobodyPublishesThis"

// watch makes the alarms that the document names, and evaluates them once.
func (t *theatre) watch(ctx context.Context) error {
	function, rule := t.document.Target.Lambda, t.settings.Scenario.Alarm
	metric, missing := "Errors", "missing"
	if t.settings.Scenario.DeadAlarm {
		metric, missing = deadMetric, "notBreaching"
	}
	for _, name := range t.document.Analysis.Alarms {
		_, err := t.engine.CloudWatch.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
			AlarmName: &name, Namespace: aws.String("AWS/Lambda"), MetricName: &metric,
			Dimensions: []cloudwatchtypes.Dimension{
				{Name: aws.String("FunctionName"), Value: &function.Function},
				{Name: aws.String("Resource"), Value: aws.String(function.Function + ":" + function.Alias)},
			},
			Statistic: cloudwatchtypes.StatisticSum, Period: aws.Int32(int32(t.period / time.Second)), EvaluationPeriods: aws.Int32(int32(rule.Periods)),
			Threshold: &rule.Errors, ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
			TreatMissingData: &missing,
		})
		if err != nil {
			return fmt.Errorf("make alarm %s: %w", name, err)
		}
	}
	t.engine.CloudWatch.Evaluate()
	return nil
}
