package release_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestValidateAcceptsWhatIsGood(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "testdata/good/*") {
		if _, _, err := release.Read(readFile(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestValidateWarns(t *testing.T) {
	t.Parallel()
	const serverErrors = "nothing watches HTTP 5xx: for Lambda, a returned statusCode of 500 is a successful invocation"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"five keys": {"", []string{serverErrors}},
		"nothing watched": {"analysis: {metrics: {}}",
			[]string{"nothing watches the canary", serverErrors}},
		"alarms only": {"analysis: {metrics: {}, alarms: [echo]}",
			[]string{serverErrors}},
		"short period": {"analysis: {period: 1s, metrics: {serverErrors: {namespace: Echo, name: ServerErrors}}}",
			[]string{"CloudWatch has Lambda's metrics by the minute; a period of 1s works locally only"}},
		"generous tolerance": {"analysis: {metrics: {errors: {tolerance: 0.06}, latency: {tolerance: 0.05}, serverErrors: {namespace: Echo, name: ServerErrors}}}",
			[]string{"lets a canary fail more than one request in 20 for ever"}},
		"settling that nobody sees": {"strategy: {settle: 4m}\nanalysis: {delay: 3, metrics: {serverErrors: {namespace: Echo, name: ServerErrors}}}",
			[]string{"may be over before a period of it is counted, 5 periods of 1m after the promotion"}},
		"no settling": {"strategy: {settle: 0s}\nanalysis: {delay: 3, metrics: {serverErrors: {namespace: Echo, name: ServerErrors}}}", nil},
		"everything":  {"analysis: {metrics: {serverErrors: {namespace: Echo, name: ServerErrors}}}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, warnings, err := release.Read([]byte(fiveKeysYAML + test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, warning := range warnings {
				got = append(got, warning.Message)
				if warning.Line == 0 || warning.Hint == "" {
					t.Errorf("%+v does not help", warning)
				}
			}
			if difference := cmp.Diff(test.want, got); difference != "" {
				t.Error(difference)
			}
		})
	}
}

// TestValidateWarnsByTarget: what deserves a look depends on what is released.
func TestValidateWarnsByTarget(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: goldfinch/v1\nservice: echo\nenvironment: production\n"
	const instances = head + "artifact: {ami: ami-0123456789abcdef0}\n"
	const balancer = instances + "target: {alb: {listener: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/echo/50dc6c495c0c9188/f2f7dc8efc522ab2', targetGroups: ['" + blueARN + "', '" + greenARN + "']}}\n"
	const records = instances + "target: {route53: {hostedZone: Z0123456789ABCDEFGHIJ, record: app.example.com, template: stack.yaml}}\n"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"apigateway counts what Lambda counts": {head + "artifact: build/echo.zip\ntarget: {apigateway: {restApi: a1b2c3d4e5, stage: prod, function: echo}}\n",
			[]string{"nothing watches HTTP 5xx: for Lambda, a returned statusCode of 500 is a successful invocation"}},
		"alb":               {balancer + "strategy: {steps: [{weight: 0.1, wait: 5m}]}", nil},
		"too little of alb": {balancer + "strategy: {steps: [{weight: 0.05, wait: 5m}, {weight: 10, wait: 5m}]}", []string{"an alb target can't give so little: of 0.05%, requests meet 0.1%"}},
		"too little of route53": {records + "strategy: {canary: {weight: 0.1, wait: 5m}}",
			[]string{"a route53 target can't give so little: of 0.1%, requests meet 0.39%"}},
		"route53 by and by": {records + "strategy: {linear: {weight: 1, every: 5m}}\ntimeouts: {release: 48h}", nil},
		"a target that this build may not have": {head + "artifact: build/echo.zip\ntarget: {custom: {kind: nomad}}\n",
			[]string{`only a build of Goldfinch to which a target "nomad" was added can release this; any other refuses it in plan and deploy`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, warnings, err := release.Read([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, warning := range warnings {
				got = append(got, warning.Message)
				if warning.Line == 0 || warning.Hint == "" {
					t.Errorf("%+v does not help", warning)
				}
			}
			if difference := cmp.Diff(test.want, got); difference != "" {
				t.Error(difference)
			}
		})
	}
}

// TestValidateWithoutSource checks documents that no file was read for.
func TestValidateWithoutSource(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*release.Document)
		want   string
	}{
		"missing name": {func(d *release.Document) { d.Service = "" }, "service: is missing; use 1 to 40 lower-case letters, digits and hyphens, beginning with a letter or digit"},
		"not a number": {func(d *release.Document) { d.Strategy.Steps = []release.Step{{Weight: math.NaN(), Wait: minutes(5)}} }, "strategy.steps[0].weight: must be above 0 and below 100 (got NaN); it is a percent: write 10 for a tenth of the traffic"},
		"tolerance": {func(d *release.Document) {
			d.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{Threshold: release.Threshold{Tolerance: new(2.0)}}}
		}, "analysis.metrics.errors.tolerance: must be between 0 and 1 (got 2); it is a share: write 0.01 for one percent"},
		"payload":             {func(d *release.Document) { d.Verify = []release.Check{{Payload: func() {}}} }, "cannot be written as JSON: json: unsupported type: func(); payloads and expectations must be JSON values, and numbers finite"},
		"qualified short ARN": {func(d *release.Document) { d.Target.Lambda.Function = "123456789012:function:echo" }, `target.lambda.function: must be the function's name, not its ARN (got "123456789012:function:echo"); write echo`},
		"ARN without a name":  {func(d *release.Document) { d.Target.Lambda.Function = "arn:aws:lambda" }, `target.lambda.function: must be the function's name, not its ARN (got "arn:aws:lambda"); use 1 to 64 letters, digits, hyphens and underscores`},
		"folder in S3":        {func(d *release.Document) { d.Artifact.Package = "s3://artifacts/echo/" }, `artifact.package: names no object in the bucket (got "s3://artifacts/echo/"); write s3://bucket/key`},
		"long key":            {func(d *release.Document) { d.Artifact.Package = "s3://artifacts/" + strings.Repeat("k", 1025) }, "artifact.package: the key is longer than 1024 bytes (got \"s3://artifacts/" + strings.Repeat("k", 45) + "…\")"},
		"long version": {func(d *release.Document) {
			d.Artifact = release.Artifact{Package: "s3://artifacts/k", VersionID: strings.Repeat("v", 1025)}
		}, "artifact.versionId: is longer than 1024 bytes (got \"" + strings.Repeat("v", 60) + "…\")"},
		"two lines":      {func(d *release.Document) { d.Artifact.Package = "a\nb" }, `artifact.package: must be one line of text (got "a\nb")`},
		"too many steps": {func(d *release.Document) { d.Strategy.Steps = risingSteps(101) }, `strategy.steps: must have at most 100 steps (got 101 steps)`},
		"long namespace": {func(d *release.Document) {
			d.Analysis.Metrics = &release.Metrics{ServerErrors: &release.ServiceMetric{Namespace: strings.Repeat("n", 256), Name: "Errors"}}
		}, "analysis.metrics.serverErrors.namespace: has more than 255 characters (got \"" + strings.Repeat("n", 60) + "…\")"},
		"not even a number": {func(d *release.Document) {
			nan := release.Threshold{Tolerance: new(math.NaN()), Ratio: new(math.NaN()), Burst: new(math.NaN())}
			d.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{Threshold: nan}}
			d.Analysis.FalseRollbackRate, d.Strategy.Holdback = new(math.NaN()), new(math.NaN())
			d.Strategy.Exposure = &release.ExposureStrategy{MaxFailedRequests: math.NaN()}
		}, strings.Join([]string{
			"strategy.exposure.maxFailedRequests: must be at least 1 (got NaN); no regression is noticed before a request fails",
			"strategy.holdback: must be between 0 and 50 (got NaN); it is a percent: write 5 for a twentieth of the traffic",
			"analysis.falseRollbackRate: must be between 0.0001 and 0.1 (got NaN); it is a share: write 0.01 for one good release in a hundred",
			"analysis.metrics.errors.tolerance: must be between 0 and 1 (got NaN); it is a share: write 0.01 for one percent",
			"analysis.metrics.errors.ratio: must be at least 1 and below 1.45 (got NaN); write 1.1 for a share that may be a tenth above stable's",
			"analysis.metrics.errors.burst: must be between 1 and 100 (got NaN); leave it out to have it estimated",
		}, "\n")},
		"exposure without a bound": {func(d *release.Document) { d.Strategy.Exposure = &release.ExposureStrategy{} },
			"strategy.exposure.maxFailedRequests: is missing; say how many failed requests a bad release may cost, such as 50"},
		"adaptive for longer than there is time": {func(d *release.Document) {
			d.Strategy.Adaptive, d.Timeouts.Release = &release.AdaptiveStrategy{}, minutes(120)
		}, "strategy: the plan may take 2h20m (bake 1h, deploy 30m, steps 40m, approvals 0s, settle 10m), longer than timeouts.release, 2h; shorten the plan or raise timeouts.release"},
		"exposure for longer than there is time": {func(d *release.Document) {
			d.Strategy.Exposure, d.Timeouts.Release = &release.ExposureStrategy{MaxFailedRequests: 50}, minutes(120)
		}, "strategy: the plan may take 3h35m (bake 1h, deploy 30m, steps 2h, approvals 0s, settle 5m), longer than timeouts.release, 2h; shorten the plan or raise timeouts.release"},
		"no target":            {func(d *release.Document) { d.Target.Lambda = nil }, "target: is missing; write lambda: {function: NAME, alias: NAME}, or another of lambda, alb, asg, route53 or apigateway"},
		"canary out of range":  {func(d *release.Document) { d.Strategy.Canary = &release.CanaryStrategy{Weight: 200, Wait: minutes(1)} }, "strategy.canary.weight: must be above 0 and below 100 (got 200); it is a percent: write 10 for a tenth of the traffic"},
		"plan without timeout": {func(d *release.Document) { d.Timeouts.Release = minutes(60) }, "strategy: the plan may take 1h40m (bake 1h, deploy 30m, steps 5m, approvals 0s, settle 5m), longer than timeouts.release, 1h; shorten the plan or raise timeouts.release"},
		"endless wait": {func(d *release.Document) {
			d.Strategy.Steps = []release.Step{{Weight: 1, Wait: release.Duration(math.MaxInt64 - math.MaxInt64%int64(time.Minute))}}
			d.Timeouts.Release = minutes(300 * 24 * 60)
		}, "strategy.steps[0].wait: is longer than an execution can live (got 2562047h47m); write 7200h or less\n" +
			"strategy: the plan may take 2562047h47m16.854775807s (bake 1h, deploy 30m, steps 2562047h47m, approvals 0s, settle 5m), longer than timeouts.release, 7200h; shorten the plan or raise timeouts.release"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := fiveKeys()
			test.change(&document)
			_, err := release.Validate(document, nil)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestAnImageThatWasBakedIsTakenOnward: only a release knows that its AMI is the image's.
func TestAnImageThatWasBakedIsTakenOnward(t *testing.T) {
	t.Parallel()
	document := fiveKeys()
	document.Artifact = release.Artifact{AMI: "ami-0123456789abcdef0", Image: &release.Image{Pipeline: "arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/echo"}}
	document.Target = release.Target{ASG: &release.ASGTarget{Group: "echo", TargetGroup: blueARN}}
	const want = "artifact: has 2 kinds of artifact; give one of package, container, ami and image"
	if _, err := release.Validate(document, nil); err == nil || err.Error() != want {
		t.Errorf("in a file: got  %v\nwant %s", err, want)
	}
	document.Request.From = "01J0000000000000000000000"
	if _, err := release.Validate(document, nil); err != nil {
		t.Errorf("taken onward: %v", err)
	}
}

// risingSteps makes steps of a hundredth of a percent each.
func risingSteps(count int) []release.Step {
	steps := make([]release.Step, count)
	for i := range steps {
		steps[i] = release.Step{Weight: float64(i+1) / 100, Wait: minutes(1)}
	}
	return steps
}

func TestValidateAcceptsReleasesWithoutAnArtifact(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]release.Request{
		"return to a version":       {Version: "7"},
		"another release's onward":  {From: "01J0000000000000000000000"},
		"again, and the reason why": {Version: "7", Again: true, Reason: "the table is back"},
	} {
		document := fiveKeys()
		document.Artifact, document.Request = release.Artifact{}, request
		if _, err := release.Validate(document, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProblemLine(t *testing.T) {
	t.Parallel()
	problem := release.Problem{Path: "service", Line: 2, Column: 10, Value: `"X"`, Message: "is not a usable name", Hint: "use x"}
	for want, got := range map[string]string{
		`release.yaml:2:10: service: is not a usable name (got "X"); use x`: problem.In("release.yaml"),
		`2:10: service: is not a usable name (got "X"); use x`:              problem.String(),
		"release.yaml: is empty": release.Problem{Message: "is empty"}.In("release.yaml"),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
