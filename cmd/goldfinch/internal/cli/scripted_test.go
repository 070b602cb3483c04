package cli_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/cli"
	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/demo"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const (
	releaseID = cli.FixtureID
	olderID   = "01JZ0000000000000000000000"
)

var noon = cli.FixtureNoon()

// A scripted operator plays a scenario: the outcome that every release comes
// to, or one of the words below. It writes each call that changes something to calls, a line each.
type scripted struct {
	scenario string
	calls    io.Writer
	asked    int
	looks    int
	aborting bool
}

// Scenarios besides the outcomes.
const (
	endless     = "endless"     // the release never ends
	approval    = "approval"    // it waits for a person
	refusing    = "refusing"    // whatever is asked is refused
	broken      = "broken"      // nothing can be reached
	interrupted = "interrupted" // every other status cannot be had
	fixed       = "fixed"       // doctor mends everything
	clean       = "clean"       // there is nothing to find
	whole       = "whole"       // a release of whole instances, to an audience first
)

func (s *scripted) call(name string, arguments any) error {
	text, err := json.Marshal(arguments)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.calls, "%s %s\n", name, text)
	switch s.scenario {
	case refusing:
		return release.Fail(release.KindRefused, "release %s holds the lock on echo/production", olderID).WithHint("to stop it: goldfinch abort %s", olderID)
	case broken:
		return errors.New("look up echo/production: connection refused")
	}
	return nil
}

func (s *scripted) Upload(_ context.Context, name string, body io.ReadSeeker) (release.Artifact, error) {
	content, err := io.ReadAll(body)
	if err != nil {
		return release.Artifact{}, err
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	fmt.Fprintf(s.calls, "upload %s\n", name)
	return release.Artifact{Package: "s3://goldfinch/packages/" + digest + ".zip", SHA256: digest, VersionID: "1"}, nil
}

func (s *scripted) UploadTemplate(_ context.Context, name string, _ io.ReadSeeker) (string, error) {
	fmt.Fprintf(s.calls, "upload template %s\n", name)
	return "s3://goldfinch/templates/" + name, nil
}

func (s *scripted) Deploy(_ context.Context, document release.Document) (operator.Started, error) {
	err := s.call("deploy", struct {
		Service, Environment string
		Request              release.Request
	}{document.Service, document.Environment, document.Request})
	return s.started(false), err
}

func (s *scripted) started(aborting bool) operator.Started {
	s.aborting = aborting
	return operator.Started{
		ID: releaseID, Service: "echo", Environment: "production", Execution: "arn:aws:states:eu-west-1:123456789012:execution:goldfinch:" + releaseID,
		Artifact: cli.Artifact(), Aborting: aborting, Notes: []string{"nothing watches HTTP 5xx"},
	}
}

func (s *scripted) Plan(_ context.Context, document release.Document) (operator.Preview, error) {
	preview := operator.Preview{
		Service: document.Service, Environment: document.Environment, Artifact: cli.Artifact(), Split: release.Pure("1"), Notes: []string{"the memory changes from 128 to 256 MB"},
		Steps: []operator.PlannedStep{
			{Kind: operator.StepPrepare, What: "a new version is made of the artifact"},
			{Kind: operator.StepWeight, What: "10% of traffic goes to the new version, which is watched for 5m", Weight: 10, Ends: release.Duration(5 * time.Minute)},
			{Kind: operator.StepSettle, What: "all traffic goes to the new version", Weight: 100, Starts: release.Duration(5 * time.Minute), Ends: release.Duration(10 * time.Minute)},
		},
		ShortestToPromotion: release.Duration(5 * time.Minute), LongestToPromotion: release.Duration(5 * time.Minute), LongestToRollback: release.Duration(3 * time.Minute), Ticks: 10,
	}
	preview.Forecast = forecast()
	switch s.scenario {
	case refusing:
		preview.Refusals = []string{"the function echo does not exist; create it"}
	case approval:
		preview.LongestToPromotion = release.Duration(65 * time.Minute)
	case clean:
		preview.First, preview.Split, preview.Forecast = true, release.Split{}, nil
	case whole:
		return ladder(), nil
	case broken:
		return operator.Preview{}, errors.New("read alias echo:live: connection refused")
	}
	return preview, nil
}

// ladder is the preview of a release of instances, to an audience first, on a target that has coarse weights and whose shifts take time.
func ladder() operator.Preview {
	minutes := func(n int) release.Duration { return release.Duration(n) * release.Duration(time.Minute) }
	return operator.Preview{
		Service: "echo", Environment: "production", Split: release.Pure("1"),
		Artifact: release.Artifact{Image: &release.Image{Pipeline: "arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/echo", Commit: "4f9f86d081884c7d659a2feaa0c55ad015a3bf4f"}},
		Steps: []operator.PlannedStep{
			{Kind: operator.StepPrepare, What: "a new version is made of the artifact"},
			{Kind: operator.StepWeight, What: "50% of audience staff (country DK) gets the new version, which is watched for 10m", Audience: "staff", Share: 50, Ends: minutes(12)},
			{Kind: operator.StepApprove, What: "a person approves within 4h", Audience: "staff", Starts: minutes(12), Ends: minutes(12)},
			{Kind: operator.StepWeight, What: "0.39% of traffic (the nearest to 0.1% that the target can give) goes to the new version", Weight: 0.39, Asked: 0.1, Audience: "staff", Starts: minutes(12), Ends: minutes(24)},
			{Kind: operator.StepSettle, What: "all traffic goes to the new version", Weight: 100, Starts: minutes(24), Ends: minutes(31)},
		},
		ShortestToPromotion: minutes(26), LongestToPromotion: minutes(266), LongestToRollback: minutes(5), Ticks: 25,
		There: operator.Passage{Takes: minutes(2), Why: "1m until all name servers know, then 1m (the TTL) until resolvers ask again"}, Back: operator.Passage{Why: "as long as the way there"},
		Charges: []string{"a second full set of instances, for about 31m and what starting and ending takes", "an instance of EC2 Image Builder while the image is baked"},
	}
}

// forecast is one with everything that a forecast can have.
func forecast() *planner.Forecast {
	minutes := func(n int) *release.Duration {
		length := release.Duration(n) * release.Duration(time.Minute)
		return &length
	}
	from, to := 0.001, 0.018
	exposure := func(rate, noticed, mean, most float64) planner.Exposure {
		return planner.Exposure{Metric: "errors", Rate: rate, Noticed: noticed, BadMean: mean, BadMost: most, TookBackMedian: minutes(2), TookBackMost: minutes(3)}
	}
	slight := planner.Exposure{Metric: "errors", Rate: 0.006, BadMean: 4.591, BadMost: 10}
	return &planner.Forecast{
		Requests: 1200, Period: *minutes(1), Releases: 1000,
		Rates:     []planner.Rate{{Metric: "errors", Bad: from, Burst: 1}, {Metric: "latency", Bad: 0.005, Burst: 1}},
		Steps:     []planner.StepForecast{{Weight: 10, Wait: *minutes(5), Notices: []planner.Notice{{Metric: "errors", From: from, To: &to}, {Metric: "latency", From: 0.005}}}},
		Exposures: []planner.Exposure{slight, exposure(0.021, 0.992, 9.242, 14), exposure(1, 1, 2404.16, 2670)}, Worst: exposure(1, 1, 2404.16, 2670),
		Time: planner.Time{Shortest: *minutes(5), Likely: *minutes(5), Longest: *minutes(6)}, Cost: planner.Cost{Likely: 0.00776, Longest: 0.0081},
		Alternatives: []planner.Alternative{
			{Strategy: "this release (default: 10% for 5m)", Weights: []float64{10}, FullMedian: minutes(5), FullMost: minutes(6), BadSmall: 9.34, BadTotal: 2404.16, Notices: planner.Notice{Metric: "errors", From: from, To: &to}},
			{Strategy: "linear: 10% more every 1m", Weights: []float64{10, 20, 30, 40, 50, 60, 70, 80, 90}, BadSmall: 12.5, BadTotal: 300, Notices: planner.Notice{Metric: "errors", From: from, To: &to}},
		},
	}
}

func (s *scripted) Status(_ context.Context, reference operator.Reference) (operator.Status, error) {
	s.asked++
	switch {
	case reference.Service == "nobody":
		return operator.Status{}, &operator.NotFoundError{Message: "nobody has never been released"}
	case reference.Service != "" && reference.Environment == "":
		return operator.Status{}, &operator.InvalidError{Message: "echo is released in several environments; say which: echo/production, echo/staging"}
	case s.scenario == broken:
		return operator.Status{}, errors.New("look up release: connection refused")
	case s.scenario == interrupted && s.asked%2 == 1:
		return operator.Status{}, errors.New("throttled")
	}
	return s.at(s.asked), nil
}

// at is the nth status of the scenario.
func (s *scripted) at(n int) operator.Status {
	switch {
	case s.scenario == approval:
		return cli.AwaitingApproval()
	case s.scenario == endless:
		return cli.Canary()
	case n <= 1:
		return cli.Preparing()
	case n == 2:
		return cli.Canary()
	case s.scenario == interrupted || s.scenario == fixed || s.scenario == clean:
		return cli.Ended(release.Promoted)
	case s.aborting && s.scenario == string(release.Promoted):
		return cli.Ended(release.Aborted)
	default:
		return cli.Ended(release.Outcome(s.scenario))
	}
}

func (s *scripted) List(_ context.Context, filter operator.Filter) ([]operator.Status, error) {
	if err := s.call("list", filter); err != nil {
		return nil, err
	}
	if s.scenario == clean {
		return []operator.Status{}, nil
	}
	older := cli.Ended(release.RolledBack)
	older.ID, older.CreatedAt, older.Version = olderID, noon.Add(-26*time.Hour), "v1"
	oldest := cli.Ended(release.Promoted)
	oldest.ID, oldest.CreatedAt, oldest.Split.Actual = "01JY0000000000000000000000", noon.Add(-8*24*time.Hour), release.Split{}
	return []operator.Status{cli.Canary(), older, oldest}, nil
}

func (s *scripted) History(_ context.Context, reference operator.Reference) (operator.History, error) {
	if err := s.call("history", reference); err != nil {
		return operator.History{}, err
	}
	if reference.Service == "nobody" {
		return operator.History{}, &operator.NotFoundError{Message: "nobody has never been released"}
	}
	split := release.Split{Stable: "1", Canary: "2", Weight: 10}
	return operator.History{Status: cli.Ended(release.RolledBack), Entries: []ledger.Entry{
		{Sequence: 1, At: noon, Kind: ledger.EntryPhase, Actor: "Lock", Text: "took the lock"},
		{Sequence: 2, At: noon.Add(time.Second), Kind: ledger.EntrySplitIntended, Actor: "Shift", Text: "wants version 2 at 10%", Split: &split},
	}}, nil
}

func (s *scripted) Signal(_ context.Context, reference operator.Reference, signal ledger.Signal) (operator.Status, error) {
	return cli.Canary(), s.call("signal "+reference.String(), struct{ Kind, By, Reason any }{signal.Kind, signal.By, signal.Reason})
}

func (s *scripted) Rollback(_ context.Context, request operator.RollbackRequest) (operator.Started, error) {
	return s.started(request.Reference.ID != ""), s.call("rollback", request)
}

func (s *scripted) Lock(_ context.Context, service, environment string, lock ledger.PersonLock) error {
	return s.call("lock "+service+"/"+environment, struct{ By, Reason string }{lock.By, lock.Reason})
}

func (s *scripted) Unlock(_ context.Context, service, environment, by, reason string) error {
	return s.call("unlock "+service+"/"+environment, struct{ By, Reason string }{by, reason})
}

func (s *scripted) Doctor(_ context.Context, fix bool) ([]operator.Finding, error) {
	if err := s.call("doctor", fix); err != nil {
		return nil, err
	}
	if s.scenario == clean {
		return []operator.Finding{}, nil
	}
	return []operator.Finding{
		{What: "release " + olderID + " holds the lock, and its execution is dead", Where: "echo/production", Since: noon.Add(-time.Hour), Mend: "goldfinch doctor --fix", Fixed: fix},
		{What: "traffic goes to version 9 at 100%, and the ledger says version 2 at 100%", Where: "echo/staging", Mend: "find out who did it", Fixed: s.scenario == fixed},
	}, nil
}

// Drift finds an instance that takes two goes to be replaced, and traffic that only the scenario fixed puts back.
func (s *scripted) Drift(_ context.Context, request operator.DriftRequest) ([]ledger.DriftReport, error) {
	if err := s.call("drift", request); err != nil {
		return nil, err
	}
	if request.Service == "nobody" {
		return nil, &operator.NotFoundError{Message: "nobody has never been released"}
	}
	report := ledger.DriftReport{Service: "echo", Environment: "production", At: noon, Version: "2", Release: releaseID, Findings: []ledger.Drifted{}}
	busy := ledger.DriftReport{Service: "echo", Environment: "staging", At: noon, Version: "1", Release: olderID, Skipped: "release " + olderID + " holds the lock of echo/staging", Findings: []ledger.Drifted{}}
	if s.scenario == clean {
		return []ledger.DriftReport{report, busy}, nil
	}
	routing := ledger.Drifted{Kind: "routing", Resource: "alias echo:live", Want: "version 2 at 100%", Got: "version 1 at 100%", Done: "reported"}
	instance := ledger.Drifted{
		Kind: "instance", Resource: "i-0123456789abcdef0", Want: "as released", Got: "changed in place", Done: "reported",
		Principal: "StartSession by jane", Since: noon.Add(-time.Hour),
	}
	if request.Fix {
		routing.Done, routing.Reason, instance.Done = "left to a person", "it was moved again and again", "mending"
		if s.scenario == fixed {
			routing.Done, routing.Reason = "mended", ""
		}
	}
	report.Findings = []ledger.Drifted{routing, instance}
	s.looks++
	if s.looks > 1 { // what was being mended is gone
		report.Findings = report.Findings[:1]
		if s.scenario == fixed {
			report.Findings = report.Findings[:0]
		}
	}
	return []ledger.DriftReport{report, busy}, nil
}

func (s *scripted) Images(_ context.Context, request operator.ImagesRequest) (operator.Images, error) {
	if err := s.call("images", request); err != nil {
		return operator.Images{}, err
	}
	if request.Service == "nobody" {
		return operator.Images{}, &operator.NotFoundError{Message: "nobody has never been released"}
	}
	images := operator.Images{Service: request.Service, Unneeded: []string{}, Kept: []string{"ami-0123456789abcdef0"}, Deleted: request.Delete}
	if s.scenario != clean {
		images.Unneeded = []string{"ami-0aaaaaaaaaaaaaaa1", "ami-0aaaaaaaaaaaaaaa2"}
	}
	return images, nil
}

// scriptedLocal is a local process that runs, unless the scenario is broken.
type scriptedLocal struct {
	scenario string
	out      io.Writer
}

func (l scriptedLocal) state() (cli.LocalState, error) {
	if l.scenario == broken {
		return cli.LocalState{}, nil
	}
	return cli.LocalState{Running: true, PID: 4711, Address: "http://127.0.0.1:9400", Directory: ".goldfinch", Since: noon}, nil
}

func (l scriptedLocal) Start(_ context.Context, port int) (cli.LocalState, error) {
	if l.scenario == refusing {
		return cli.LocalState{}, fmt.Errorf("listen on port %d: address in use", port)
	}
	return l.state()
}
func (l scriptedLocal) Stop(context.Context) (cli.LocalState, error)   { return cli.LocalState{}, nil }
func (l scriptedLocal) Status(context.Context) (cli.LocalState, error) { return l.state() }
func (l scriptedLocal) Serve(_ context.Context, port int) error {
	fmt.Fprintf(l.out, "serving at %d\n", port)
	return nil
}

func scriptedDemo(scenario string) func(context.Context, demo.Options) (demo.Report, error) {
	return func(_ context.Context, options demo.Options) (demo.Report, error) {
		if scenario == refusing {
			return demo.Report{}, &operator.InvalidError{Message: fmt.Sprintf("there is no demonstration of target %q", options.Target)}
		}
		if scenario == interrupted {
			return demo.Report{Releases: []demo.Release{{ID: olderID, Version: "v1", Outcome: "promoted"}}}, demo.ErrInterrupted
		}
		fmt.Fprintf(options.Progress, "releasing v1 of %s\n", options.Target)
		report := demo.Report{Releases: []demo.Release{
			{ID: olderID, Version: "v1", Outcome: "promoted", Seconds: 2.04, Requests: 100, Splits: []demo.Split{{At: 1.5, Stable: "1"}}, Verdicts: []demo.Verdict{}},
			{ID: releaseID, Version: "v3", Outcome: "rolled-back", Seconds: 12.3, Requests: 2410, Failed: 46, CanaryRequests: 231, CanaryFailed: 46,
				Splits:   []demo.Split{{At: 0.8, Stable: "1", Canary: "2", Weight: 10}, {At: 6.1, Stable: "1"}},
				Verdicts: []demo.Verdict{{At: 2, Verdict: "rollback", Metric: "errors", Canary: 0.2, Limit: 0.01, CanarySamples: 41, StableSamples: 377, Reason: "too many"}}},
		}}
		if scenario == broken {
			return report, errors.New("v3 was to be promoted, and was rolled back")
		}
		return report, nil
	}
}

// environment is a command line's outside in which a scenario is played.
func environment(scenario string, stdin io.Reader, stdout, stderr, calls io.Writer) cli.Environment {
	s := &scripted{scenario: scenario, calls: calls}
	return cli.Environment{
		Operator: func(_ context.Context, connection cli.Connection) (operator.Operator, error) {
			if connection.Profile == "unknown" {
				return nil, errors.New("load the AWS configuration: there is no profile unknown")
			}
			fmt.Fprintf(calls, "connect %+v\n", connection)
			return s, nil
		},
		Local:    scriptedLocal{scenario, stdout},
		Demo:     scriptedDemo(scenario),
		Stdin:    stdin,
		Stdout:   stdout,
		Stderr:   stderr,
		Getenv:   os.Getenv,
		Actor:    "alice@desk",
		Version:  "1.2.3",
		Interval: func(cli.Connection) time.Duration { return time.Millisecond },
	}
}
