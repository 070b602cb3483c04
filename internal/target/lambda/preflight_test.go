package lambda_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// tagged gives the function other tags.
func tagged(tags map[string]string) func(*cloud) {
	return func(c *cloud) {
		c.edit = func(_ string, answer *awslambda.GetFunctionOutput) { answer.Tags = tags }
	}
}

// latestIs changes what is read of $LATEST.
func latestIs(change func(*types.FunctionConfiguration)) func(*cloud) {
	return func(c *cloud) {
		c.edit = func(version string, answer *awslambda.GetFunctionOutput) {
			if version == "$LATEST" {
				change(answer.Configuration)
			}
		}
	}
}

// setState changes in which state a version is read.
func (c *cloud) setState(version string, state types.State) {
	c.edit = func(read string, answer *awslambda.GetFunctionOutput) {
		if read == version {
			answer.Configuration.State = state
		}
	}
}

// published publishes a package, as a foreigner does.
func (c *cloud) published(content string) string {
	c.t.Helper()
	c.put(content)
	return c.publish()
}

// every asks for a period.
func every(period time.Duration) func(*release.Document) {
	return func(d *release.Document) { d.Analysis.Period = release.Duration(period) }
}

// timeout gives both versions a timeout, in seconds.
func timeout(seconds int32) func(*cloud) {
	return func(c *cloud) {
		c.edit = func(_ string, answer *awslambda.GetFunctionOutput) { answer.Configuration.Timeout = aws.Int32(seconds) }
	}
}

// permit lets a principal call the function itself, or a qualifier of it.
func (c *cloud) permit(statement, principal, qualifier string) {
	c.t.Helper()
	input := &awslambda.AddPermissionInput{
		FunctionName: aws.String(functionName), StatementId: aws.String(statement), Principal: aws.String(principal), Action: aws.String("lambda:InvokeFunction"),
	}
	if qualifier != "" {
		input.Qualifier = aws.String(qualifier)
	}
	_, err := c.lambda.AddPermission(foreign(c.t), input)
	must(c.t, err)
}

// mapSource lets a queue call the function, or a qualifier of it.
func (c *cloud) mapSource(function string, enabled bool) {
	c.t.Helper()
	_, err := c.lambda.CreateEventSourceMapping(foreign(c.t), &awslambda.CreateEventSourceMappingInput{
		FunctionName: aws.String(function), EventSourceArn: aws.String("arn:aws:sqs:us-east-1:000000000000:orders"), Enabled: aws.Bool(enabled),
	})
	must(c.t, err)
}

func TestPreflightRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*cloud)
		change  func(*release.Document)
		parts   []string
	}{
		{
			name: "no function", change: func(d *release.Document) { d.Target.Lambda.Function = "nobody" },
			parts: []string{"function nobody does not exist", "create"},
		},
		{
			name: "no tag", prepare: tagged(nil),
			parts: []string{"no tag goldfinch:service", `aws lambda tag-resource --resource ` + functionARN + ` --tags '{"goldfinch:service":"echo"}'`},
		},
		{
			name: "another service's tag", prepare: tagged(map[string]string{"goldfinch:service": "orders"}),
			parts: []string{"tagged goldfinch:service=orders", "not belong to service echo"},
		},
		{
			name: "tags that may not be read", prepare: func(c *cloud) {
				c.edit = func(_ string, answer *awslambda.GetFunctionOutput) {
					answer.Tags, answer.TagsError = nil, &types.TagsError{ErrorCode: aws.String("AccessDeniedException"), Message: aws.String("no")}
				}
			},
			parts: []string{"tags of function echo cannot be read: AccessDeniedException: no", "lambda:ListTags"},
		},
		{
			name: "a failed function", prepare: latestIs(func(f *types.FunctionConfiguration) {
				f.State, f.StateReason = types.StateFailed, aws.String("the role is gone")
			}),
			parts: []string{"has failed", "the role is gone"},
		},
		{
			name: "a weight that nobody is moving", prepare: func(c *cloud) {
				c.put("v0")
				must(c.t, c.move(release.Split{Stable: "1", Canary: c.publish(), Weight: 12.5}))
			},
			parts: []string{"alias echo:live", "12.5% to version 2", "aws lambda update-alias --function-name echo --name live --routing-config AdditionalVersionWeights={}"},
		},
		{
			name: "an alias of $LATEST", prepare: func(c *cloud) { must(c.t, c.move(release.Pure("$LATEST"))) },
			parts: []string{"points to $LATEST", "aws lambda publish-version --function-name echo"},
		},
		{
			name: "another role", prepare: func(c *cloud) {
				c.configure(awslambda.UpdateFunctionConfigurationInput{Role: aws.String(role + "-2")})
			},
			parts: []string{"$LATEST and version 1", "differ in their role"},
		},
		{
			name: "another dead-letter queue", prepare: func(c *cloud) {
				c.configure(awslambda.UpdateFunctionConfigurationInput{DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("arn:aws:sqs:us-east-1:000000000000:dead")}})
			},
			parts: []string{"dead-letter queue"},
		},
		{
			name: "provisioned concurrency on the alias", prepare: func(c *cloud) { c.provision("live", 4) },
			parts: []string{"provisioned concurrency of 4", "first aws lambda delete-provisioned-concurrency-config --function-name echo --qualifier live, then aws lambda put-provisioned-concurrency-config --function-name echo --qualifier 1 --provisioned-concurrent-executions 4"},
		},
		{
			name:   "an image for a function of packages",
			change: func(d *release.Document) { d.Artifact = release.Artifact{Container: "echo@sha256:abc"} },
			parts:  []string{"type Zip", "echo@sha256:abc is one of type Image"},
		},
		{
			name: "a queue that calls the function itself", prepare: func(c *cloud) { c.mapSource("echo", true) },
			parts: []string{"without an alias", "event source mapping", "arn:aws:sqs:us-east-1:000000000000:orders", "unqualifiedCallers: warn"},
		},
		{
			name: "a bucket that calls the function itself", prepare: func(c *cloud) { c.permit("uploads", "s3.amazonaws.com", "") },
			parts: []string{"policy statement uploads for s3.amazonaws.com", "let them call echo:live"},
		},
		{
			name: "everybody calls the function itself", prepare: func(c *cloud) { c.permit("open", "*", "") },
			parts: []string{"policy statement open for *"},
		},
		{
			name: "the artifact is what users have", prepare: func(c *cloud) { c.upload("v1") },
			change: func(d *release.Document) {
				d.Artifact.Package, d.Artifact.SHA256 = "s3://packages/v1.zip", hexOf("v1")
			},
			parts: []string{"nothing to release", "version 1"},
		},
		{
			name: "no package", change: func(d *release.Document) { d.Artifact.Package = "s3://packages/v9.zip" },
			parts: []string{"s3://packages/v9.zip does not exist"},
		},
		{
			name: "no object version", change: func(d *release.Document) { d.Artifact.VersionID = "nobody-put-this" },
			parts: []string{"nobody-put-this", "does not exist"},
		},
		{
			name: "a hash that is none", change: func(d *release.Document) { d.Artifact.SHA256 = "abc" },
			parts: []string{"SHA-256", "correct the document"},
		},
		{
			name: "no hash, and no package", change: func(d *release.Document) { d.Artifact = release.Artifact{Package: "s3://packages/v9.zip"} },
			prepare: func(c *cloud) {
				c.configure(awslambda.UpdateFunctionConfigurationInput{Role: aws.String(role + "-2")})
			},
			parts: []string{"2 things", "differ in their role", "s3://packages/v9.zip does not exist"},
		},
		{
			name: "no hash, and a package that may not be read", change: withoutHash,
			prepare: func(c *cloud) {
				c.configure(awslambda.UpdateFunctionConfigurationInput{Role: aws.String(role + "-2")})
				c.fail("s3:GetObject", answered(http.StatusForbidden))
			},
			parts: []string{"2 things", "differ in their role", "s3: read s3://packages/v2.zip"},
		},
		{
			name: "no hash, and the artifact is what users have", prepare: func(c *cloud) { c.upload("v1") },
			change: func(d *release.Document) { d.Artifact = release.Artifact{Package: "s3://packages/v1.zip"} },
			parts:  []string{"nothing to release", "version 1"},
		},
		{
			name: "no alarm", change: func(d *release.Document) { d.Analysis.Alarms = []string{"errors", "latency"} },
			prepare: func(c *cloud) {
				c.cloudWatch.alarms = func(*cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
					return &cloudwatch.DescribeAlarmsOutput{MetricAlarms: []cloudwatchtypes.MetricAlarm{{AlarmName: aws.String("errors"), StateValue: cloudwatchtypes.StateValueOk}}}, nil
				}
			},
			parts: []string{"no alarms of these names in this account and Region: latency"},
		},
		{
			name: "periods that CloudWatch does not have", change: every(59 * time.Second),
			parts: []string{"analysis.period is 59s", "by the minute", "analysis.period: 1m"},
		},
		{
			name: "an update that is stuck", prepare: latestIs(func(f *types.FunctionConfiguration) {
				f.LastUpdateStatus, f.LastModified = types.LastUpdateStatusInProgress, aws.String("2026-03-04T11:00:00.000+0000")
			}),
			parts: []string{"in progress since 2026-03-04T11:00:00.000+0000", "stuck"},
		},
		{
			name: "an update to this artifact that failed", prepare: func(c *cloud) {
				c.put("v2")
				latestIs(func(f *types.FunctionConfiguration) {
					f.LastUpdateStatus, f.LastUpdateStatusReason = types.LastUpdateStatusFailed, aws.String("no addresses left")
				})(c)
			},
			parts: []string{"no addresses left", "artifact of this release"},
		},
		{
			name: "a version that is not one", change: returnTo("live"),
			parts: []string{`"live" is not the number`},
		},
		{
			name: "a version that is gone", change: returnTo("9"),
			parts: []string{"version 9 of function echo does not exist", "list-versions-by-function"},
		},
		{
			name: "a version that is stable", change: returnTo("1"),
			parts: []string{"nothing to release", "version 1"},
		},
		{
			name: "a version that failed", change: returnTo("2"), prepare: func(c *cloud) {
				c.published("v0")
				c.setState("2", types.StateFailed)
			},
			parts: []string{"echo:2 is Failed", "name another version"},
		},
		{
			name: "a version that may not be invoked", change: returnTo("2"), prepare: func(c *cloud) {
				c.published("v0")
				c.setState("2", types.StateActiveNonInvocable)
			},
			parts: []string{"echo:2 is ActiveNonInvocable"},
		},
		{
			name: "what may not be read", prepare: func(c *cloud) {
				c.fail("lambda:GetPolicy", denied("lambda:GetPolicy"))
				c.fail("s3:HeadObject", answered(http.StatusForbidden))
			},
			parts: []string{"2 things stand in the way: (1) ", "s3: look for s3://packages/v2.zip", ". (2) lambda: read the policy", "allow that action"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.cloudWatch.alarms = noAlarms
			if test.prepare != nil {
				test.prepare(c)
			}
			var changes []func(*release.Document)
			if test.change != nil {
				changes = append(changes, test.change)
			}
			_, err := c.target(changes...).Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.parts...)
			if c.writes() != 0 {
				t.Errorf("%d writes", c.writes())
			}
		})
	}
}

// TestPreflightNamesEverything: whoever mends what it says does not find the
// next thing after that.
func TestPreflightNamesEverything(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	c.configure(awslambda.UpdateFunctionConfigurationInput{Role: aws.String(role + "-2")})
	c.provision("live", 4)
	c.mapSource("echo", true)
	c.cloudWatch.alarms = noAlarms
	tagged(nil)(c)
	_, err := c.target(func(d *release.Document) {
		d.Analysis.Alarms = []string{"errors"}
		d.Artifact.Package = "s3://packages/v9.zip"
	}).Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "6 things", "(1) ", "tag goldfinch:service", "role", "v9.zip", "provisioned", "orders", "(6) ", "alarms")
}

func TestPreflightAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*cloud)
		change  func(*release.Document)
		first   bool
		// notes has a part of each note.
		notes []string
	}{
		{name: "a function and an artifact"},
		{
			name: "a first release", prepare: func(c *cloud) { c.deleteAlias() }, first: true,
			notes: []string{"alias echo:live does not exist yet and will be created on the new version at promotion"},
		},
		{
			name: "a first release of a published version", prepare: func(c *cloud) { c.deleteAlias() }, change: returnTo("1"), first: true,
			notes: []string{"will be created on version 1 at promotion"},
		},
		{
			name: "a return to a version", prepare: func(c *cloud) {
				c.put("v0")
				c.publish()
				c.mapSource("echo", true) // $LATEST does not change, so they do not matter
			}, change: returnTo("2"),
		},
		{
			name: "a return to a version, whatever $LATEST is", prepare: func(c *cloud) {
				c.published("v0")
				latestIs(func(f *types.FunctionConfiguration) { f.State = types.StateFailed })(c)
			}, change: returnTo("2"),
		},
		{
			name: "a return to a version that takes long to begin", prepare: func(c *cloud) {
				c.published("v0")
				c.setState("2", types.StatePending)
			}, change: returnTo("2"),
		},
		{
			name: "a return to a version that sleeps", prepare: func(c *cloud) {
				c.published("v0")
				c.setState("2", types.StateInactive)
			}, change: returnTo("2"),
			notes: []string{"function echo:2 is Inactive, as Lambda makes what was idle for long: its first invocations fail until it is awake; to wake it before: aws lambda invoke --function-name echo --qualifier 2 out.json"},
		},
		{
			name: "a return to a version with another role and queue", prepare: func(c *cloud) {
				c.configure(awslambda.UpdateFunctionConfigurationInput{
					Role:             aws.String(role + "-2"),
					DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("arn:aws:sqs:us-east-1:000000000000:dead")},
				})
				c.publish()
			}, change: returnTo("2"),
			notes: []string{"the configuration of version 2 differs from that of version 1 in: role, dead-letter queue; it goes out with this release"},
		},
		{
			name: "a return through an alias with provisioned concurrency", prepare: func(c *cloud) {
				c.published("v0")
				c.provision("live", 4)
			}, change: returnTo("2"),
			notes: []string{"alias echo:live has provisioned concurrency of 4, which AWS allocates anew for version 2 once the alias has moved"},
		},
		{
			name: "a return from a version with provisioned concurrency", prepare: func(c *cloud) {
				c.published("v0")
				c.provision("1", 4)
			}, change: returnTo("2"),
			notes: []string{"version 1 has provisioned concurrency of 4: version 2 gets the same before any traffic"},
		},
		{
			name: "a return past an alarm that is gone", prepare: func(c *cloud) {
				c.published("v0")
				c.cloudWatch.alarms = noAlarms
			},
			change: func(d *release.Document) {
				returnTo("2")(d)
				d.Analysis.Alarms = []string{"errors", "latency"}
			},
			notes: []string{"there are no alarms of these names in this account and Region: errors, latency; a return to a version does without them"},
		},
		{
			name: "a return while CloudWatch is out of order", prepare: func(c *cloud) {
				c.published("v0")
				c.cloudWatch.alarms = func(*cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) { return nil, errBroken }
			},
			change: func(d *release.Document) {
				returnTo("2")(d)
				d.Analysis.Alarms = []string{"errors"}
			},
			notes: []string{"cloudwatch: read 1 alarms"},
		},
		{
			name: "a stable version that sleeps", prepare: func(c *cloud) { c.setState("1", types.StateInactive) },
			notes: []string{"function echo:1 is Inactive"},
		},
		{
			name: "short periods where no metric is compared", change: func(d *release.Document) {
				every(time.Second)(d)
				d.Analysis.Metrics = &release.Metrics{}
			},
		},
		{
			name: "a return with short periods", prepare: func(c *cloud) { c.published("v0") }, change: func(d *release.Document) {
				every(time.Second)(d)
				returnTo("2")(d)
			},
		},
		{
			name: "a function that may take as long as evidence", prepare: timeout(120), change: func(d *release.Document) {
				delay := 2
				d.Analysis.Delay = &delay
			},
		},
		{
			name: "a function that may take longer than evidence", prepare: timeout(121), change: func(d *release.Document) {
				delay := 2
				d.Analysis.Delay = &delay
			},
			notes: []string{"function echo may run for 2m1s, and a period is judged 2m after its end (analysis.period × analysis.delay)" +
				": CloudWatch counts an error in the period in which its request began, so those of slower requests come too late to be seen; analysis.delay: 3 would wait for them"},
		},
		{
			name: "the stable artifact with another configuration", prepare: func(c *cloud) {
				c.upload("v1")
				c.configure(awslambda.UpdateFunctionConfigurationInput{MemorySize: aws.Int32(512), Environment: &types.Environment{Variables: map[string]string{"TABLE": "secret-name", "A": ""}}})
			},
			change: func(d *release.Document) {
				d.Artifact.Package, d.Artifact.SHA256 = "s3://packages/v1.zip", hexOf("v1")
			},
			notes: []string{"the configuration of $LATEST differs from that of version 1 in: memory, environment (A, TABLE); it goes out with this release"},
		},
		{
			name: "callers of the function itself, by choice", prepare: func(c *cloud) { c.mapSource("echo", true) },
			change: func(d *release.Document) { d.Target.Lambda.UnqualifiedCallers = release.WarnUnqualifiedCallers },
			notes:  []string{"event source mapping"},
		},
		{
			name: "callers of the alias", prepare: func(c *cloud) {
				c.mapSource(functionARN+":live", true)
				c.mapSource("echo", false)
				c.permit("api", "apigateway.amazonaws.com", "live")
			},
		},
		{
			name: "SnapStart", prepare: func(c *cloud) {
				c.edit = func(_ string, answer *awslambda.GetFunctionOutput) {
					answer.Configuration.SnapStart = &types.SnapStartResponse{ApplyOn: types.SnapStartApplyOnPublishedVersions}
				}
			},
			notes: []string{"SnapStart"},
		},
		{
			name: "provisioned concurrency on the version", prepare: func(c *cloud) { c.provision("1", 4) },
			notes: []string{"version 1 has provisioned concurrency of 4"},
		},
		{
			name: "an update in progress", prepare: latestIs(func(f *types.FunctionConfiguration) {
				f.LastUpdateStatus, f.LastModified = types.LastUpdateStatusInProgress, aws.String("2026-03-04T11:59:00.000+0000")
			}),
			notes: []string{"in progress since 2026-03-04T11:59:00.000+0000"},
		},
		{
			name: "an update to something else that failed", prepare: latestIs(func(f *types.FunctionConfiguration) {
				f.LastUpdateStatus, f.LastUpdateStatusReason = types.LastUpdateStatusFailed, aws.String("no addresses left")
			}),
			notes: []string{"no addresses left"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			if test.prepare != nil {
				test.prepare(c)
			}
			var changes []func(*release.Document)
			if test.change != nil {
				changes = append(changes, test.change)
			}
			got, err := c.target(changes...).Preflight(t.Context())
			must(t, err)
			want := stable
			if test.first {
				want = release.Split{}
			}
			if got.First != test.first || got.Split != want {
				t.Errorf("got %+v", got)
			}
			if len(got.Notes) != len(test.notes) {
				t.Fatalf("got notes %q, want %q", got.Notes, test.notes)
			}
			for i, part := range test.notes {
				if !strings.Contains(got.Notes[i], part) {
					t.Errorf("note %q has no %q", got.Notes[i], part)
				}
				if strings.Contains(got.Notes[i], "secret-name") {
					t.Errorf("note %q shows a variable's value", got.Notes[i])
				}
			}
			if c.writes() != 0 {
				t.Errorf("%d writes", c.writes())
			}
		})
	}
}

// TestPreflightWithShortPeriods: where metrics have points of less than a minute,
// a period may be as short.
func TestPreflightWithShortPeriods(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	timeout(30)(c)
	document := c.document("v2")
	every(time.Second)(&document)
	target := lambda.New(lambda.Options{
		Release: "r-1", Document: document, Lambda: editedLambda{c.lambda, c}, CloudWatch: c.cloudWatch, S3: c.s3, ShortPeriods: true,
	})
	got, err := target.Preflight(t.Context())
	if err != nil || len(got.Notes) != 0 {
		t.Errorf("%q, %v", got.Notes, err)
	}
}

// TestPreflightNotesEverySetting: a difference in any setting is said aloud, and
// AWS's default is no difference to a setting that is left out.
func TestPreflightNotesEverySetting(t *testing.T) {
	t.Parallel()
	tests := []struct {
		setting string
		change  func(*types.FunctionConfiguration)
		leave   func(*types.FunctionConfiguration)
	}{
		{"handler", func(f *types.FunctionConfiguration) { f.Handler = aws.String("other") }, nil},
		{"runtime", func(f *types.FunctionConfiguration) { f.Runtime = types.RuntimeNodejs22x }, nil},
		{"architecture", func(f *types.FunctionConfiguration) { f.Architectures = []types.Architecture{types.ArchitectureArm64} }, func(f *types.FunctionConfiguration) { f.Architectures = nil }},
		{"memory", func(f *types.FunctionConfiguration) { f.MemorySize = aws.Int32(1024) }, nil},
		{"timeout", func(f *types.FunctionConfiguration) { f.Timeout = aws.Int32(30) }, nil},
		{"environment (NEW)", func(f *types.FunctionConfiguration) {
			f.Environment = &types.EnvironmentResponse{Variables: map[string]string{"NEW": "1"}}
		}, func(f *types.FunctionConfiguration) { f.Environment = &types.EnvironmentResponse{} }},
		{"layers", func(f *types.FunctionConfiguration) { f.Layers = []types.Layer{{Arn: aws.String("layer:1")}} }, func(f *types.FunctionConfiguration) { f.Layers = []types.Layer{} }},
		{"VPC", func(f *types.FunctionConfiguration) {
			f.VpcConfig = &types.VpcConfigResponse{SubnetIds: []string{"subnet-1"}}
		}, func(f *types.FunctionConfiguration) { f.VpcConfig = &types.VpcConfigResponse{} }},
		{"temporary storage", func(f *types.FunctionConfiguration) {
			f.EphemeralStorage = &types.EphemeralStorage{Size: aws.Int32(1024)}
		}, func(f *types.FunctionConfiguration) { f.EphemeralStorage = nil }},
		{"file systems", func(f *types.FunctionConfiguration) {
			f.FileSystemConfigs = []types.FileSystemConfig{{Arn: aws.String("efs"), LocalMountPath: aws.String("/mnt/a")}}
		}, nil},
		{"encryption key", func(f *types.FunctionConfiguration) { f.KMSKeyArn = aws.String("key") }, nil},
		{"image settings", func(f *types.FunctionConfiguration) {
			f.ImageConfigResponse = &types.ImageConfigResponse{ImageConfig: &types.ImageConfig{Command: []string{"other"}}}
		}, func(f *types.FunctionConfiguration) { f.ImageConfigResponse = &types.ImageConfigResponse{} }},
		{"tracing", func(f *types.FunctionConfiguration) {
			f.TracingConfig = &types.TracingConfigResponse{Mode: types.TracingModeActive}
		}, func(f *types.FunctionConfiguration) { f.TracingConfig = nil }},
		{"logging", func(f *types.FunctionConfiguration) {
			f.LoggingConfig = &types.LoggingConfig{LogFormat: types.LogFormatJson}
		}, nil},
		{"SnapStart", func(f *types.FunctionConfiguration) {
			f.SnapStart = &types.SnapStartResponse{ApplyOn: types.SnapStartApplyOnPublishedVersions}
		}, func(f *types.FunctionConfiguration) { f.SnapStart = nil }},
	}
	for _, test := range tests {
		t.Run(test.setting, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			latestIs(test.change)(c)
			got, err := c.target().Preflight(t.Context())
			must(t, err)
			if len(got.Notes) == 0 || !strings.Contains(got.Notes[len(got.Notes)-1], "in: "+test.setting+";") {
				t.Errorf("got notes %q", got.Notes)
			}
			if test.leave == nil {
				return
			}
			latestIs(test.leave)(c)
			got, err = c.target().Preflight(t.Context())
			if err != nil || len(got.Notes) != 0 {
				t.Errorf("got notes %q, %v for the default", got.Notes, err)
			}
		})
	}
}

// TestPreflightErrors: what could not be read is not what was found.
func TestPreflightErrors(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{
		"lambda:GetFunction", "lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig",
		"lambda:ListEventSourceMappings", "lambda:GetPolicy", "s3:HeadObject",
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.fail(operation, &types.TooManyRequestsException{})
			_, err := c.target().Preflight(t.Context())
			expectKind(t, err, release.KindTransient)
		})
	}
	t.Run("alarms", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t, durations{})
		c.cloudWatch.alarms = func(*cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) { return nil, errBroken }
		_, err := c.target(func(d *release.Document) { d.Analysis.Alarms = []string{"errors"} }).Preflight(t.Context())
		expectKind(t, err, "", "cloudwatch: read 1 alarms")
	})
}

// TestPreflightReadsPolicies: policies come in every form that IAM allows.
func TestPreflightReadsPolicies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, policy string
		want         []string
	}{
		{"lists", `{"Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["arn:one","arn:two"],"Service":"events.amazonaws.com"},"Resource":["` + functionARN + `:live","` + functionARN + `"]}]}`,
			[]string{"policy statement a for arn:one, arn:two, events.amazonaws.com"}},
		{"deny", `{"Statement":[{"Sid":"b","Effect":"Deny","Principal":"*","Resource":"` + functionARN + `"}]}`, nil},
		{"qualified", `{"Statement":[{"Sid":"c","Effect":"Allow","Principal":"*","Resource":"` + functionARN + `:7"}]}`, nil},
		{"$LATEST", `{"Statement":[{"Sid":"d","Effect":"Allow","Principal":"*","Resource":"` + functionARN + `:$LATEST"}]}`, []string{"statement d"}},
		{"unreadable", `{"Statement":`, []string{"read the policy of function echo"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.policy = aws.String(test.policy)
			_, err := c.target().Preflight(t.Context())
			if len(test.want) == 0 {
				must(t, err)
				return
			}
			kind := release.KindRefused
			if test.name == "unreadable" {
				kind = ""
			}
			expectKind(t, err, kind, test.want...)
		})
	}
}
