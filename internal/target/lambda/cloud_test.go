package lambda_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	locallambda "github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	locals3 "github.com/goldfinch-dev/goldfinch/internal/local/s3"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

const (
	functionName = "echo"
	aliasName    = "live"
	functionARN  = "arn:aws:lambda:us-east-1:000000000000:function:echo"
	role         = "arn:aws:iam::000000000000:role/echo"
	bucket       = "packages"
)

// noon is when every test begins.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// A cloud is a local account with function echo, whose alias live points to
// version 1 with the package "v1", and a package "v2" to release.
type cloud struct {
	t          testing.TB
	clock      *clock.Virtual
	lambda     *locallambda.Service
	s3         *locals3.Service
	cloudWatch *scriptedCloudWatch

	// edit changes what GetFunction answers of a version, or of $LATEST.
	edit func(version string, answer *awslambda.GetFunctionOutput)
	// unversioned: the bucket keeps only the last version of an object, without an id.
	unversioned bool
	// slow is how long every call takes; stalled: no package ever ends.
	slow    time.Duration
	stalled bool
	// answer, when not nil, is what Invoke answers.
	answer *awslambda.InvokeOutput
	// policy, when not nil, is what GetPolicy answers.
	policy *string
	// concurrency changes what GetProvisionedConcurrencyConfig answers.
	concurrency func(qualifier string, answer *awslambda.GetProvisionedConcurrencyConfigOutput)

	mu     sync.Mutex
	calls  []string
	before map[string][]func(context.Context) error
	after  map[string][]func() error
	// throttled: AWS refuses the next call, because there are too many.
	throttled bool
}

// durations are how long AWS takes.
type durations struct{ update, activate time.Duration }

func newCloud(t testing.TB, d durations) *cloud {
	t.Helper()
	c := &cloud{
		t: t, clock: clock.NewVirtual(noon), cloudWatch: &scriptedCloudWatch{},
		before: map[string][]func(context.Context) error{}, after: map[string][]func() error{},
	}
	var err error
	c.s3, err = locals3.New(locals3.Options{Clock: c.clock, Intercept: c.intercept})
	must(t, err)
	c.lambda, err = locallambda.New(locallambda.Options{
		Clock: c.clock, Store: store.Memory(), Intercept: c.intercept, Code: c.s3.Bytes, Runner: runner{},
		UpdateDuration: d.update, ActivateDuration: d.activate,
	})
	must(t, err)
	ctx := foreign(t)
	_, err = c.lambda.CreateFunction(ctx, &awslambda.CreateFunctionInput{
		FunctionName: aws.String(functionName), Role: aws.String(role), Handler: aws.String("bootstrap"), Runtime: types.RuntimeProvidedal2023,
		Code: &types.FunctionCode{ZipFile: []byte("v1")}, Tags: map[string]string{lambda.TagService: "echo"},
	})
	must(t, err)
	c.pass(d.activate)
	c.publish()
	_, err = c.lambda.CreateAlias(ctx, &awslambda.CreateAliasInput{FunctionName: aws.String(functionName), Name: aws.String(aliasName), FunctionVersion: aws.String("1")})
	must(t, err)
	c.upload("v2")
	return c
}

// target returns the target that releases a document, v2's by default.
func (c *cloud) target(changes ...func(*release.Document)) *lambda.Target {
	document := c.document("v2")
	for _, change := range changes {
		change(&document)
	}
	return lambda.New(lambda.Options{
		Release: "r-1", Document: document, Now: c.clock.Now,
		Lambda: editedLambda{c.lambda, c}, CloudWatch: c.cloudWatch, S3: editedS3{c.s3, c},
		Download: c.lambda.Download,
	})
}

// document is one with its defaults, that releases a package.
func (c *cloud) document(content string) release.Document {
	tolerance, delay := 0.01, 1
	return release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{Package: "s3://" + bucket + "/" + content + ".zip", SHA256: hexOf(content)},
		Target: release.Target{Lambda: &release.LambdaTarget{
			Function: functionName, Alias: aliasName, KeepVersions: 10, UnqualifiedCallers: release.RefuseUnqualifiedCallers,
		}},
		Analysis: release.Analysis{Period: release.Duration(time.Minute), Delay: &delay, Metrics: &release.Metrics{
			Errors:  &release.ErrorMetric{Threshold: release.Threshold{Tolerance: &tolerance}},
			Latency: &release.LatencyMetric{SlowerThan: release.Duration(1500 * time.Millisecond), Threshold: release.Threshold{Tolerance: &tolerance}},
		}},
	}
}

// upload puts a package into S3 under its own name, and returns its object version.
func (c *cloud) upload(content string) string {
	c.t.Helper()
	return c.uploadAs(content, content)
}

// uploadAs puts a package into S3 under any name.
func (c *cloud) uploadAs(name, content string) string {
	c.t.Helper()
	output, err := c.s3.PutObject(foreign(c.t), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(name + ".zip"), Body: strings.NewReader(content)})
	must(c.t, err)
	return aws.ToString(output.VersionId)
}

// put gives $LATEST a package, as a foreigner does.
func (c *cloud) put(content string) {
	c.t.Helper()
	_, err := c.lambda.UpdateFunctionCode(foreign(c.t), &awslambda.UpdateFunctionCodeInput{FunctionName: aws.String(functionName), ZipFile: []byte(content)})
	must(c.t, err)
}

// configure changes the configuration of $LATEST, as a foreigner does.
func (c *cloud) configure(input awslambda.UpdateFunctionConfigurationInput) {
	c.t.Helper()
	input.FunctionName = aws.String(functionName)
	_, err := c.lambda.UpdateFunctionConfiguration(foreign(c.t), &input)
	must(c.t, err)
}

// publish publishes $LATEST, as a foreigner does.
func (c *cloud) publish() string { return c.publishAs("") }

// released publishes $LATEST, as a release of an environment has once done.
func (c *cloud) released(environment string) string {
	return c.publishAs("goldfinch release r-0 of echo/" + environment)
}

// publishAs publishes $LATEST with a description.
func (c *cloud) publishAs(description string) string {
	c.t.Helper()
	output, err := c.lambda.PublishVersion(foreign(c.t), &awslambda.PublishVersionInput{FunctionName: aws.String(functionName), Description: aws.String(description)})
	must(c.t, err)
	return aws.ToString(output.Version)
}

// move moves the alias, as a foreigner does.
func (c *cloud) move(want release.Split) error {
	weights := map[string]float64{}
	if !want.IsPure() {
		weights[want.Canary] = want.Weight / 100
	}
	_, err := c.lambda.UpdateAlias(foreign(c.t), &awslambda.UpdateAliasInput{
		FunctionName: aws.String(functionName), Name: aws.String(aliasName), FunctionVersion: aws.String(want.Stable),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights},
	})
	return err
}

// provision gives a qualifier provisioned concurrency, as a foreigner does.
func (c *cloud) provision(qualifier string, executions int32) {
	c.t.Helper()
	_, err := c.lambda.PutProvisionedConcurrencyConfig(foreign(c.t), &awslambda.PutProvisionedConcurrencyConfigInput{
		FunctionName: aws.String(functionName), Qualifier: aws.String(qualifier), ProvisionedConcurrentExecutions: aws.Int32(executions),
	})
	must(c.t, err)
}

// code is the package of a version, or of $LATEST, as Lambda writes its SHA-256.
func (c *cloud) code(version string) string {
	c.t.Helper()
	output, err := c.lambda.GetFunction(foreign(c.t), &awslambda.GetFunctionInput{FunctionName: aws.String(functionName), Qualifier: aws.String(version)})
	must(c.t, err)
	return aws.ToString(output.Configuration.CodeSha256)
}

// versions lists the published versions.
func (c *cloud) versions() []string {
	c.t.Helper()
	output, err := c.lambda.ListVersionsByFunction(foreign(c.t), &awslambda.ListVersionsByFunctionInput{FunctionName: aws.String(functionName)})
	must(c.t, err)
	var numbers []string
	for _, version := range output.Versions[1:] {
		numbers = append(numbers, aws.ToString(version.Version))
	}
	return numbers
}

// split is where the alias sends traffic.
func (c *cloud) split() release.Split {
	c.t.Helper()
	split, err := c.target().Split(foreign(c.t))
	must(c.t, err)
	return split
}

// pass lets time pass.
func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// next runs f right before the next call of an operation, which f's error prevents.
func (c *cloud) next(operation string, f func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before[operation] = append(c.before[operation], f)
}

// fail prevents the next call of an operation.
func (c *cloud) fail(operation string, err error) {
	c.next(operation, func(context.Context) error { return err })
}

// lose lets the next call of an operation take effect and then fail.
func (c *cloud) lose(operation string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after[operation] = append(c.after[operation], func() error { return err })
}

// intercept counts and disturbs the target's calls; a foreigner's pass.
func (c *cloud) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	if ctx.Value(foreignKey{}) != nil {
		return call(ctx)
	}
	c.mu.Lock()
	c.calls = append(c.calls, operation)
	before := take(c.before, operation)
	after := take(c.after, operation)
	throttled := c.throttled
	c.throttled = false
	c.mu.Unlock()
	if throttled {
		return &types.TooManyRequestsException{Message: aws.String("Rate Exceeded.")}
	}
	if c.slow > 0 {
		select {
		case <-time.After(c.slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if before != nil {
		if err := before(ctx); err != nil {
			return err
		}
	}
	if err := call(ctx); err != nil {
		return err
	}
	if after != nil {
		return after()
	}
	return nil
}

// take removes and returns the first of a queue, or nothing.
func take[F any](queues map[string][]F, name string) (first F) {
	if queue := queues[name]; len(queue) > 0 {
		first, queues[name] = queue[0], queue[1:]
	}
	return first
}

// count counts the target's calls of an operation so far.
func (c *cloud) count(operation string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, call := range c.calls {
		if call == operation {
			n++
		}
	}
	return n
}

// writes counts the target's calls so far that change anything.
func (c *cloud) writes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, call := range c.calls {
		_, operation, _ := strings.Cut(call, ":")
		reads := slices.ContainsFunc([]string{"Get", "List", "Head", "Invoke"}, func(verb string) bool { return strings.HasPrefix(operation, verb) })
		if !reads {
			n++
		}
	}
	return n
}

type foreignKey struct{}

// foreign is the context of somebody else's calls.
func foreign(t testing.TB) context.Context {
	return context.WithValue(context.Background(), foreignKey{}, t.Name())
}

// editedLambda is the local Lambda with some answers changed, where a test needs
// a state that the local one does not reach.
type editedLambda struct {
	*locallambda.Service
	cloud *cloud
}

func (e editedLambda) GetFunction(ctx context.Context, input *awslambda.GetFunctionInput, options ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error) {
	output, err := e.Service.GetFunction(ctx, input, options...)
	if err == nil && e.cloud.edit != nil {
		version := aws.ToString(input.Qualifier)
		if version == "" {
			version = "$LATEST"
		}
		e.cloud.edit(version, output)
	}
	return output, err
}

func (e editedLambda) GetProvisionedConcurrencyConfig(ctx context.Context, input *awslambda.GetProvisionedConcurrencyConfigInput, options ...func(*awslambda.Options)) (*awslambda.GetProvisionedConcurrencyConfigOutput, error) {
	output, err := e.Service.GetProvisionedConcurrencyConfig(ctx, input, options...)
	if err == nil && e.cloud.concurrency != nil {
		e.cloud.concurrency(aws.ToString(input.Qualifier), output)
	}
	return output, err
}

func (e editedLambda) Invoke(ctx context.Context, input *awslambda.InvokeInput, options ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error) {
	output, err := e.Service.Invoke(ctx, input, options...)
	if err == nil && e.cloud.answer != nil {
		return e.cloud.answer, nil
	}
	return output, err
}

func (e editedLambda) GetPolicy(ctx context.Context, input *awslambda.GetPolicyInput, options ...func(*awslambda.Options)) (*awslambda.GetPolicyOutput, error) {
	if e.cloud.policy != nil {
		return &awslambda.GetPolicyOutput{Policy: e.cloud.policy}, nil
	}
	return e.Service.GetPolicy(ctx, input, options...)
}

// editedS3 is the local S3, whose buckets keep versions, or one whose buckets do not.
type editedS3 struct {
	*locals3.Service
	cloud *cloud
}

func (e editedS3) GetObject(ctx context.Context, input *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	output, err := e.Service.GetObject(ctx, input, options...)
	if err == nil && e.cloud.unversioned {
		output.VersionId = aws.String("null") // as S3 answers where versions are suspended
	}
	if err == nil && e.cloud.stalled {
		output.Body = io.NopCloser(stalled{ctx})
	}
	return output, err
}

// stalled is an answer that goes on until its caller has enough of it.
type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// A runner answers with what it was asked, except that {"fail": true} fails.
type runner struct{}

func (runner) Invoke(_ context.Context, version locallambda.Version, invocation locallambda.Invocation) (locallambda.Result, error) {
	if strings.Contains(string(invocation.Payload), `"fail":true`) {
		return locallambda.Result{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"no good"}`)}, nil
	}
	return locallambda.Result{Payload: []byte(`{"statusCode":200,"version":"` + version.Number + `","asked":` + string(invocation.Payload) + `,"items":[{"id":1,"name":"a"},{"id":2}]}`)}, nil
}

func (runner) Forget(locallambda.Version) {}

// scriptedCloudWatch answers as a test tells it, and remembers what it was asked.
type scriptedCloudWatch struct {
	metricData func(*cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error)
	alarms     func(*cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error)
	asked      []cloudwatch.GetMetricDataInput
	described  []cloudwatch.DescribeAlarmsInput
}

func (s *scriptedCloudWatch) GetMetricData(_ context.Context, input *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	s.asked = append(s.asked, *input)
	return s.metricData(input)
}

func (s *scriptedCloudWatch) DescribeAlarms(_ context.Context, input *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	s.described = append(s.described, *input)
	return s.alarms(input)
}

// mine is the guard of a release that intends the splits.
func mine(splits ...release.Split) target.Guard {
	return target.Guard{Mine: func(split release.Split) bool { return slices.ContainsFunc(splits, split.Same) }}
}

// expectKind wants a failure of a kind whose text has all parts.
func expectKind(t *testing.T, err error, want release.Kind, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	if kind, _ := release.KindOf(err); kind != want {
		t.Errorf("kind %q, want %q: %v", kind, want, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

// expectSplit wants the alias to stand somewhere.
func expectSplit(t *testing.T, c *cloud, want release.Split) {
	t.Helper()
	if got := c.split(); !got.Same(want) {
		t.Errorf("the alias stands at %v, want %v", got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func hexOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func base64Of(content string) string {
	sum := sha256.Sum256([]byte(content))
	return base64.StdEncoding.EncodeToString(sum[:])
}
