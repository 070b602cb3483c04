package route53_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
)

// deploy runs Deploy until it is done, or fails.
func (c *cloud) deploy(router *route53.Target) (version string, err error) {
	for range 20 {
		var done bool
		version, done, err = router.Deploy(c.t.Context(), stableStack)
		if err != nil || done {
			return version, err
		}
		c.pass(30 * time.Second)
	}
	return version, errors.New("deploy is never done")
}

// restore runs Restore until it is done.
func (c *cloud) restore(router *route53.Target) (note string, err error) {
	for range 20 {
		var done bool
		note, done, err = router.Restore(c.t.Context(), stableStack)
		if err != nil || done {
			return note, err
		}
		c.pass(30 * time.Second)
	}
	return note, errors.New("restore is never done")
}

func TestDeployMakesAStack(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	router := c.target(func(document *release.Document) {
		settings := document.Target.Route53
		settings.Parameters, settings.Capabilities, settings.Role = map[string]string{"Size": "3"}, []string{"CAPABILITY_NAMED_IAM"}, "arn:aws:iam::123456789012:role/cloudformation"
	})
	version, err := c.deploy(router)
	if err != nil || version != canaryStack {
		t.Fatal(version, err)
	}
	if len(c.stacks.created) != 1 {
		t.Fatalf("%d stacks were created", len(c.stacks.created))
	}
	made := c.stacks.created[0]
	var got []string
	for _, parameter := range made.Parameters {
		got = append(got, *parameter.ParameterKey+"="+*parameter.ParameterValue)
	}
	for _, tag := range made.Tags {
		got = append(got, *tag.Key+"="+*tag.Value)
	}
	got = append(got, string(made.OnFailure), *made.TemplateURL, *made.RoleARN, fmt.Sprint(made.Capabilities))
	want := []string{
		"ImageId=" + image, "Release=r-1", "Size=3", "goldfinch:service=echo", "goldfinch:environment=production", "goldfinch:release=r-1",
		"goldfinch:record=" + c.zone + "/app.example.com/A", "goldfinch:stack=" + canaryStack, "ROLLBACK", "https://templates.s3.eu-west-1.amazonaws.com/echo.yaml", "arn:aws:iam::123456789012:role/cloudformation", "[CAPABILITY_NAMED_IAM]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if records := c.written53(name); len(records) != 1 {
		t.Errorf("users can reach it: %v", records)
	}
}

func TestWhereTheTemplateIs(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for region, want := range map[string]string{
		"eu-west-1": "https://s3.eu-west-1.amazonaws.com/my.templates/a/b.yaml", "cn-north-1": "https://s3.cn-north-1.amazonaws.com.cn/my.templates/a/b.yaml",
	} {
		router := route53.New(route53.Options{
			Release: "r-" + region, Document: c.document(func(document *release.Document) { document.Target.Route53.Template = "s3://my.templates/a/b.yaml" }),
			Records: c.route53, Stacks: c.stacks, CloudWatch: c.metrics, Image: c.image, Region: region,
		})
		if _, _, err := router.Deploy(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if got := *c.stacks.created[len(c.stacks.created)-1].TemplateURL; got != want {
			t.Errorf("in %s the template is at %s, want %s", region, got, want)
		}
	}
}

func TestNamesOfStacks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ service, id, want string }{
		{"echo", "01KA2B3C4D5E6F7G8H9J0K1M2N", "echo-production-01ka2b3c4d5e6f7g8h9j0k1m2n"},
		{"7up", "r-1", "s7up-production-r-1"},
		{"echo", "a release!", "echo-production-a54fe3c1e9d0d8a4f5ac4a7fbd0ecb6a"},
	} {
		got := route53.StackName(release.Document{Service: test.service, Environment: "production"}, test.id)
		if len(got) != len(test.want) || (!strings.Contains(test.id, "!") && got != test.want) {
			t.Errorf("release %q makes stack %s, want %s", test.id, got, test.want)
		}
	}
}

// A stack that fails is refused with what failed first, and Restore leaves nothing of it.
func TestAStackThatFails(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stacks.fails = "You've reached your quota for instances"
	router := c.target()
	_, err := c.deploy(router)
	expectKind(t, err, release.KindRefused, "stack echo-production-r-1 is ROLLBACK_COMPLETE: Group (AWS::AutoScaling::AutoScalingGroup): You've reached your quota for instances")
	if note, err := c.restore(router); err != nil || note != "" {
		t.Error(note, err)
	}
	if diff := cmp.Diff([]string{stableStack}, c.stacks.names()); diff != "" {
		t.Errorf("stacks (-want +got):\n%s", diff)
	}
	if len(c.stacks.created) != 1 {
		t.Errorf("%d stacks were created", len(c.stacks.created))
	}
}

func TestAStackThatFailsWithoutAnEvent(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	found := c.stackOf(canaryStack)
	found.StackStatus, found.StackStatusReason = cfntypes.StackStatusCreateFailed, aws.String("who knows")
	_, err := c.deploy(c.target())
	expectKind(t, err, release.KindRefused, "CREATE_FAILED: who knows")
}

func TestAStackOfThatNameThatIsNotOurs(t *testing.T) {
	t.Parallel()
	for label, tags := range map[string]map[string]string{
		"nobody's":           {},
		"another service's":  {"goldfinch:service": "other", "goldfinch:environment": "production", "goldfinch:release": "r-1"},
		"another release's":  {"goldfinch:service": "echo", "goldfinch:environment": "production", "goldfinch:release": "r-0"},
		"of another account": {"goldfinch:service": "echo", "goldfinch:environment": "test", "goldfinch:release": "r-1"},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := withStable(t)
			c.stacks.add(canaryStack, tags)
			_, err := c.deploy(c.target())
			expectKind(t, err, release.KindRefused, "did not make")
			_, err = c.target().Preflight(t.Context())
			expectKind(t, err, release.KindRefused, "did not make")
			if _, err := c.restore(c.target()); err != nil {
				t.Error(err)
			}
			if len(c.stacks.names()) != 2 {
				t.Errorf("stacks %v are left", c.stacks.names())
			}
		})
	}
}

func TestWhatCloudFormationDoesNotTake(t *testing.T) {
	t.Parallel()
	for label, test := range map[string]struct {
		err  error
		kind release.Kind
		says string
	}{
		"wrong":        {validation("Template format error"), release.KindRefused, "Template format error"},
		"capabilities": {&cfntypes.InsufficientCapabilitiesException{Message: aws.String("Requires capabilities : [CAPABILITY_IAM]")}, release.KindRefused, "target.route53.capabilities"},
		"too many":     {&cfntypes.LimitExceededException{Message: aws.String("2000 stacks")}, release.KindRefused, "2000 stacks"},
		"denied":       {&smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}, release.KindRefused, "AccessDenied"},
		"throttled":    {&smithy.GenericAPIError{Code: "Throttling", Message: "slower"}, release.KindTransient, "slower"},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := withStable(t)
			c.stacks.refuses = test.err
			_, err := c.deploy(c.target())
			expectKind(t, err, test.kind, test.says)
		})
	}
}

// Two runs of the state at once make one stack.
func TestDeployingTwiceAtOnce(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stacks.refuses = &cfntypes.AlreadyExistsException{Message: aws.String("exists")}
	if version, done, err := c.target().Deploy(t.Context(), stableStack); err != nil || done || version != canaryStack {
		t.Errorf("version %s, done %t, %v", version, done, err)
	}
}

func TestAStackThatTrafficCannotBeLedTo(t *testing.T) {
	t.Parallel()
	errorsCompared := func(document *release.Document) {
		document.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{}}
	}
	for label, test := range map[string]struct {
		outputs map[string]string
		stable  func(string) map[string]string
		ttl     int64
		says    string
	}{
		"no endpoint":                 {map[string]string{}, addresses, 60, "no output Endpoint"},
		"no address":                  {map[string]string{"Endpoint": "lb.example.net"}, addresses, 60, "is no address"},
		"no load balancer":            {map[string]string{"Endpoint": "192.0.2.7", "LoadBalancer": ""}, addresses, 60, "can't be counted"},
		"an alias beside another TTL": {map[string]string{"Endpoint": "lb.example.net", "EndpointHostedZone": balancers}, addresses, 30, "weights would mean nothing"},
		"an alias beside its TTL":     {map[string]string{"Endpoint": "lb.example.net", "EndpointHostedZone": balancers}, addresses, 60, ""},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.endpoint = test.stable
			c.begin()
			old := c.sets(name, types.RRTypeA)[0]
			next := old
			next.TTL = &test.ttl
			must(t, c.change(remove(old), create(next)))
			c.endpoint = func(string) map[string]string { return test.outputs }
			_, err := c.deploy(c.target(errorsCompared))
			if test.says == "" {
				must(t, err)
				return
			}
			expectKind(t, err, release.KindRefused, test.says)
		})
	}
}

func returning(version string) func(*release.Document) {
	return func(document *release.Document) { document.Request.Version = version }
}

// A release that returns to a stack takes it as it is, and makes it again when it is gone.
func TestReturningToAStack(t *testing.T) {
	t.Parallel()
	const old = "echo-production-old"
	withoutImage := func(document *release.Document) { document.Artifact = release.Artifact{} }
	t.Run("that is there", func(t *testing.T) {
		t.Parallel()
		c := withStable(t)
		c.stack(old, "old")
		router := c.target(returning(old), withoutImage)
		if _, err := router.Preflight(t.Context()); err != nil {
			t.Error(err)
		}
		if done, err := router.Bake(t.Context()); err != nil || !done {
			t.Error(done, err)
		}
		if artifact, err := router.Baked(t.Context()); err != nil || artifact != (release.Artifact{}) {
			t.Error(artifact, err)
		}
		if version, err := c.deploy(router); err != nil || version != old || len(c.stacks.created) != 0 {
			t.Error(version, err)
		}
		if _, err := c.restore(router); err != nil {
			t.Error(err)
		}
		if len(c.stacks.names()) != 2 {
			t.Errorf("stacks %v are left: it was there before", c.stacks.names())
		}
	})
	t.Run("that is gone", func(t *testing.T) {
		t.Parallel()
		c := withStable(t)
		router := c.target(returning(old))
		found, err := router.Preflight(t.Context())
		if err != nil || !strings.Contains(strings.Join(found.Notes, " "), "is made again of "+image) {
			t.Error(found, err)
		}
		c.image.baking = 1
		for want := range 2 {
			if done, err := router.Bake(t.Context()); err != nil || done != (want == 1) {
				t.Error(done, err)
			}
		}
		if version, err := c.deploy(router); err != nil || version != old || len(c.stacks.created) != 1 {
			t.Error(version, err)
		}
		if _, err := c.restore(router); err != nil || len(c.stacks.names()) != 1 {
			t.Errorf("stacks %v are left, %v", c.stacks.names(), err)
		}
	})
	t.Run("that is being deleted", func(t *testing.T) {
		t.Parallel()
		c := withStable(t)
		c.stack(old, "old")
		router := c.release("r-2")
		c.pass(time.Hour)
		_, done, err := router.Retire(t.Context(), stableStack, "")
		if err != nil || done {
			t.Error(done, err)
		}
		if version, err := c.deploy(c.target(returning(old))); err != nil || version != old || len(c.stacks.created) != 1 {
			t.Error(version, err)
		}
	})
	t.Run("without an image", func(t *testing.T) {
		t.Parallel()
		c := withStable(t)
		router := c.target(returning(old), withoutImage)
		_, err := router.Preflight(t.Context())
		expectKind(t, err, release.KindRefused, "is gone")
		_, err = c.deploy(router)
		expectKind(t, err, release.KindRefused, "is gone")
	})
	t.Run("that users have", func(t *testing.T) {
		t.Parallel()
		c := withStable(t)
		router := c.target(returning(stableStack))
		_, err := router.Preflight(t.Context())
		expectKind(t, err, release.KindRefused, "nothing to release")
		_, err = c.deploy(router)
		expectKind(t, err, release.KindRefused, "nothing to release")
	})
	t.Run("of no name", func(t *testing.T) {
		t.Parallel()
		_, err := withStable(t).target(returning("1")).Preflight(t.Context())
		expectKind(t, err, release.KindRefused, "no name of a stack")
	})
}

func TestBakedIsTheImage(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	artifact, err := c.target(func(document *release.Document) {
		document.Artifact = release.Artifact{Image: &release.Image{Pipeline: "p"}}
	}).Baked(t.Context())
	if err != nil || artifact.AMI != image {
		t.Error(artifact, err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	check := func(path string) func(*release.Document) {
		return func(document *release.Document) {
			document.Verify = []release.Check{{Payload: map[string]any{"path": "/health"}, Expect: map[string]any{"status": 200, "body": map[string]any{"path": path}}}}
		}
	}
	if err := c.target(check("/health")).Verify(t.Context(), stableStack); err != nil {
		t.Error(err)
	}
	expectKind(t, c.target(check("/other")).Verify(t.Context(), stableStack), release.KindUnhealthy, "/other")
	for endpoint, want := range map[string]string{strings.TrimPrefix(c.answers.URL, "http://"): "", "[2001:db8::1": "2001:db8::1"} {
		c.endpoint = func(string) map[string]string {
			return map[string]string{"Endpoint": endpoint, "TestURL": "", "EndpointHostedZone": balancers}
		}
		c.stack("echo-production-untested", "u")
		if err := c.target(check("/health")).Verify(t.Context(), "echo-production-untested"); (err == nil) != (want == "") {
			t.Errorf("endpoint %s: %v", endpoint, err)
		}
	}
	c.stackOf(stableStack).StackStatus = cfntypes.StackStatusUpdateRollbackFailed
	if usable, err := c.target().Usable(t.Context(), stableStack); !usable || err != nil {
		t.Error("a stack stands whose update failed", usable, err)
	}
	c.stackOf(stableStack).StackStatus = cfntypes.StackStatusDeleteInProgress
	expectKind(t, c.target().Verify(t.Context(), stableStack), release.KindUnhealthy, "DELETE_IN_PROGRESS")
	if usable, err := c.target().Usable(t.Context(), stableStack); usable || err != nil {
		t.Error(usable, err)
	}
}
