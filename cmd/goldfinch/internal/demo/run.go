package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/process"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// pollInterval is how often the demonstration asks how a release stands.
const pollInterval = 100 * time.Millisecond

// The releases of the demonstration, and how each must end.
var script = []struct {
	label string
	want  release.Outcome
	says  string
}{
	{"v1", release.Promoted, "the first release"},
	{"v2", release.Promoted, "a good version, under traffic"},
	{"v3", release.RolledBack, "a version that fails a fifth of its requests"},
	{"v4", release.RolledBack, "a version that is correct, and 300 ms slower"},
}

// Run releases the echo service four times on this machine: real function
// processes, real HTTP requests, and a state of its own that is gone afterwards. The error says
// so when a release ended otherwise than it must; the report is complete even then.
func Run(ctx context.Context, options Options) (Report, error) {
	if options.Target != "" && options.Target != "lambda" {
		return Report{}, release.Fail(release.KindRefused, "there is no demonstration of target %q", options.Target).WithHint("the known targets are: lambda")
	}
	folder, err := os.MkdirTemp("", "goldfinch-demo-")
	if err != nil {
		return Report{}, fmt.Errorf("run the demonstration: %w", err)
	}
	defer os.RemoveAll(folder)
	log, err := os.Create(filepath.Join(folder, "local.log"))
	if err != nil {
		return Report{}, fmt.Errorf("run the demonstration: %w", err)
	}
	defer log.Close()
	server, err := process.Listen(ctx, folder, 0, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		return Report{}, err
	}
	defer server.Close()
	return (&stage{server: server, operator: process.Operator(server.State), progress: options.Progress}).play(ctx)
}

// A stage is where the demonstration plays.
type stage struct {
	server   *process.Server
	operator operator.Operator
	progress io.Writer
	users    *load
	// packages are the echo service's, by label.
	packages map[string]*bytes.Reader
}

func (s *stage) play(ctx context.Context) (Report, error) {
	if err := s.pack(ctx); err != nil {
		return Report{}, err
	}
	if err := s.makeTable(ctx); err != nil {
		return Report{}, err
	}
	url := s.server.State.Address() + "/echo/live/"
	var report Report
	var wrong []error
	var windows [][2]time.Time
	for _, act := range script {
		s.say("── %s: %s", act.label, act.says)
		began := time.Now()
		done, err := s.release(ctx, act.label, began)
		if err != nil {
			return report, err
		}
		windows = append(windows, [2]time.Time{began, time.Now()})
		report.Releases = append(report.Releases, done)
		if done.Outcome != string(act.want) {
			wrong = append(wrong, fmt.Errorf("release %s ended as %s, not as %s", act.label, done.Outcome, act.want))
		}
		if s.users == nil {
			s.say("   %d requests a second now go to %s", requestsPerSecond, url)
			s.users = startLoad(url)
			defer s.users.stop()
		}
	}
	s.users.stop()
	for i := range report.Releases {
		report.Releases[i].count(s.users.between(windows[i][0], windows[i][1]))
	}
	return report, errors.Join(append(wrong, s.checkAlias(ctx))...)
}

// pack makes every package before the first request: a compiler that runs
// meanwhile takes from users what they would blame on a release.
func (s *stage) pack(ctx context.Context) error {
	s.packages = map[string]*bytes.Reader{}
	for _, act := range script {
		body, err := echoPackage(ctx, act.label)
		if err != nil {
			return err
		}
		s.packages[act.label] = body
	}
	return nil
}

// release puts one version of the echo service in, and follows it to its end.
func (s *stage) release(ctx context.Context, label string, began time.Time) (Release, error) {
	artifact, err := s.operator.Upload(ctx, "echo-"+label+".zip", s.packages[label])
	if err != nil {
		return Release{}, err
	}
	started, err := s.operator.Deploy(ctx, document(artifact, label))
	if err != nil {
		return Release{}, err
	}
	status, err := s.follow(ctx, started.ID, began)
	if err != nil {
		return Release{}, err
	}
	history, err := s.operator.History(ctx, operator.Reference{ID: started.ID})
	if err != nil {
		return Release{}, err
	}
	done := Release{ID: started.ID, Version: label, Outcome: string(status.Outcome), Seconds: round(status.EndedAt.Sub(began).Seconds()), Splits: []Split{}, Verdicts: []Verdict{}}
	done.recount(history.Entries, began)
	return done, nil
}

// document is what the demonstration releases: everything as by default, but
// in seconds instead of minutes.
func document(artifact release.Artifact, label string) release.Document {
	settle := release.Duration(5 * time.Second)
	tolerance := 0.01
	// On a busy machine a good version is slow now and then; v4 is slow every time.
	sometimes := 0.2
	return release.Default(release.Document{
		APIVersion:  release.APIVersion,
		Service:     "echo",
		Environment: "demo",
		Artifact:    artifact,
		Target:      release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
		Strategy:    release.Strategy{Steps: []release.Step{{Weight: 10, Wait: release.Duration(5 * time.Second)}}, Settle: &settle},
		Verify: []release.Check{{
			Name:    "answers",
			Payload: map[string]any{"version": "2.0", "rawPath": "/version", "requestContext": map[string]any{"http": map[string]any{"method": "GET", "path": "/version"}}},
			Expect:  map[string]any{"statusCode": 200},
		}},
		Analysis: release.Analysis{
			Period: release.Duration(time.Second),
			Metrics: &release.Metrics{
				Errors:       &release.ErrorMetric{Threshold: release.Threshold{Tolerance: &tolerance}},
				Latency:      &release.LatencyMetric{SlowerThan: release.Duration(slow), Threshold: release.Threshold{Tolerance: &sometimes}},
				ServerErrors: &release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors", Threshold: release.Threshold{Tolerance: &tolerance}},
			},
		},
		Request: release.Request{By: "demo", Label: label},
	})
}

// follow says what happens to a release as it happens, until it has ended.
func (s *stage) follow(ctx context.Context, id string, began time.Time) (operator.Status, error) {
	reference := operator.Reference{ID: id}
	said := 0
	for {
		status, err := s.operator.Status(ctx, reference)
		if err != nil {
			var missing *operator.NotFoundError
			if !errors.As(err, &missing) { // it is not in the ledger before its first state has run
				return operator.Status{}, err
			}
		}
		ended := err == nil && status.Ended()
		if err == nil {
			history, err := s.operator.History(ctx, reference)
			if err != nil {
				return operator.Status{}, err
			}
			for ; said < len(history.Entries); said++ {
				if entry := history.Entries[said]; entry.Kind != ledger.EntryPeriods {
					s.say("   %5.1fs  %s", entry.At.Sub(began).Seconds(), entry.Text)
				}
			}
		}
		if ended {
			return status, nil
		}
		select {
		case <-ctx.Done():
			return operator.Status{}, ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

// makeTable makes the table in which the echo service keeps its items.
func (s *stage) makeTable(ctx context.Context) error {
	_, err := s.server.Engine.DynamoDB.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String("echo-items"),
		BillingMode:          dynamotypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: dynamotypes.KeyTypeHash}},
	})
	if err != nil {
		return fmt.Errorf("make the echo service's table: %w", err)
	}
	return nil
}

// checkAlias makes sure that users have what they must in the end: v2, alone.
func (s *stage) checkAlias(ctx context.Context) error {
	alias, err := s.server.Engine.Lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
	if err != nil {
		return fmt.Errorf("look where the alias points: %w", err)
	}
	weighted := alias.RoutingConfig != nil && len(alias.RoutingConfig.AdditionalVersionWeights) > 0
	if aws.ToString(alias.FunctionVersion) != "2" || weighted {
		return fmt.Errorf("the alias ended at version %s (weights: %t), not at version 2 alone", aws.ToString(alias.FunctionVersion), weighted)
	}
	s.say("── alias echo:live is at version 2, with no weight")
	return nil
}

func (s *stage) say(format string, arguments ...any) {
	fmt.Fprintf(s.progress, format+"\n", arguments...)
}
