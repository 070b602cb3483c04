package drift_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// A world is a ledger in which version 7 of echo is stable in production, and what really runs.
type world struct {
	t        *testing.T
	clock    *clock.Virtual
	ledger   *ledger.Ledger
	detector *drift.Detector
	policy   release.Drift

	// split is where traffic goes; found is what else has drifted.
	split release.Split
	found []target.Finding
	// goes is in how many goes each thing is mended; mendErr is why it can't be.
	goes    int
	mendErr error
	mended  []string
	// duringMend is called before anything is changed.
	duringMend func()
	// tainted are the instances that were tainted, with why; ours those that have the service's tag.
	tainted map[string]string
	ours    []string
	// unusable: version 7 is gone.
	unusable bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(morning), split: release.Pure("7"), goes: 1, tainted: map[string]string{}}
	table, err := dynamodb.New(dynamodb.Options{Store: store.Memory(), Clock: w.clock})
	w.must(err)
	_, err = table.CreateTable(t.Context(), ledger.CreateTableInput("goldfinch"))
	w.must(err)
	w.ledger = ledger.New(table, "goldfinch", w.clock.Now)
	ids := 0
	w.detector = &drift.Detector{
		Ledger:    w.ledger,
		Targets:   func(document release.Document, _ string) (target.Target, error) { return thing{world: w}, nil },
		Instances: w,
		Now:       w.clock.Now,
		NewID:     func() string { ids++; return fmt.Sprint(ids) },
		Log:       slog.New(slog.DiscardHandler),
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// promote makes version 7 stable by a release that has ended.
func (w *world) promote() { w.promoteOf("r1", "7") }

// promoteOf makes a version stable by a release that has ended.
func (w *world) promoteOf(id, version string) {
	w.t.Helper()
	ctx := w.t.Context()
	document := release.Document{Service: "echo", Environment: "production", Drift: w.policy, Target: release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}}}
	record, err := w.ledger.Create(ctx, ledger.Record{ID: id, Service: "echo", Environment: "production", Execution: "x", CreatedAt: w.clock.Now(), Document: document})
	w.must(err)
	claim := w.claim("x")
	claim.Release = id
	lease, err := w.ledger.Acquire(ctx, claim)
	w.must(err)
	record.Outcome = release.Promoted
	_, err = w.ledger.Write(ctx, lease, w.clock.Now().Add(time.Hour), ledger.Change{Record: record, Stable: &ledger.Stable{Version: version, Release: id, Since: w.clock.Now()}, Free: true})
	w.must(err)
	w.split = release.Pure(version)
}

func (w *world) claim(owner string) ledger.Lease {
	return ledger.Lease{Service: "echo", Environment: "production", Owner: owner, Release: "r1", Until: w.clock.Now().Add(time.Hour)}
}

// look looks once, and expects one report.
func (w *world) look(scope drift.Scope) ledger.DriftReport {
	w.t.Helper()
	w.clock.RunUntil(w.clock.Now().Add(time.Minute))
	reports, err := w.detector.Look(w.t.Context(), scope)
	w.must(err)
	if len(reports) != 1 {
		w.t.Fatalf("%d reports: %+v", len(reports), reports)
	}
	return reports[0]
}

// done is what became of each finding.
func done(report ledger.DriftReport) string {
	var all []string
	for _, one := range report.Findings {
		all = append(all, one.Kind+": "+one.Done)
	}
	return strings.Join(all, ", ")
}

// A thing is the target: it can tell of instances too.
type thing struct {
	target.Target
	world *world
}

func (t thing) Split(context.Context) (release.Split, error) { return t.world.split, nil }

func (t thing) Usable(_ context.Context, version string) (bool, error) {
	return version == "7" && !t.world.unusable, nil
}

func (t thing) Inspect(_ context.Context, released target.Released) ([]target.Finding, error) {
	var found []target.Finding
	if want := release.Pure(released.Version); !t.world.split.Same(want) {
		found = append(found, target.Finding{Kind: target.FindingRouting, Resource: "alias", Want: want.String(), Got: t.world.split.String(), Principal: "jane"})
	}
	return append(found, t.world.found...), nil
}

func (t thing) Mend(ctx context.Context, released target.Released, finding target.Finding, guard target.Guard) (bool, error) {
	w := t.world
	if w.duringMend != nil {
		w.duringMend()
	}
	if err := guard.Check(ctx); err != nil {
		return false, err
	}
	if w.mendErr != nil {
		return false, w.mendErr
	}
	if w.goes--; w.goes > 0 {
		return false, nil
	}
	w.mended = append(w.mended, finding.Resource)
	if finding.Kind == target.FindingRouting {
		w.split = release.Pure(released.Version)
	}
	return true, nil
}

func (w *world) DescribeInstances(_ context.Context, input *ec2.DescribeInstancesInput, _ ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error) {
	out := &ec2.DescribeInstancesOutput{}
	for _, id := range input.Filters[0].Values {
		if slices.Contains(w.ours, id) {
			out.Reservations = append(out.Reservations, types.Reservation{Instances: []types.Instance{{InstanceId: aws.String(id)}}})
		}
	}
	return out, nil
}

func (w *world) CreateTags(_ context.Context, input *ec2.CreateTagsInput, _ ...func(*ec2.Options)) (*ec2.CreateTagsOutput, error) {
	for _, id := range input.Resources {
		w.tainted[id] = aws.ToString(input.Tags[0].Key) + "=" + aws.ToString(input.Tags[0].Value)
	}
	return &ec2.CreateTagsOutput{}, nil
}

func TestNothingIsLookedAtThatWasNeverReleased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if reports, err := w.detector.Look(t.Context(), drift.Scope{}); err != nil || len(reports) != 0 {
		t.Errorf("%v, %v", reports, err)
	}
	w.promote()
	for _, elsewhere := range []drift.Scope{{Service: "other"}, {Environment: "staging"}} {
		if reports, err := w.detector.Look(t.Context(), elsewhere); err != nil || len(reports) != 0 {
			t.Errorf("%+v: %v, %v", elsewhere, reports, err)
		}
	}
}

func TestWhatRunsAsReleasedIsNoDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.promote()
	report := w.look(drift.Scope{Fix: true})
	if len(report.Findings) != 0 || report.Skipped != "" || !strings.Contains(report.Reason, "is what was released") || len(w.mended) != 0 {
		t.Errorf("%+v, mended %v", report, w.mended)
	}
	if kept, err := w.ledger.Drifts(t.Context(), "echo", "production", 0); err != nil || len(kept) != 0 {
		t.Errorf("kept %v, %v", kept, err)
	}
}

func TestDriftIsOnlyReportedByDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.promote()
	w.split = release.Pure("6")
	w.found = []target.Finding{{Kind: target.FindingInstance, Resource: "i-1", Want: "as released", Got: "changed in place"}}
	report := w.look(drift.Scope{})
	if done(report) != "routing: reported, instance: reported" || len(w.mended) != 0 {
		t.Errorf("%s; mended %v", done(report), w.mended)
	}
	if want := "alias of echo/production is version 6 at 100%, and should be version 7 at 100% (jane); and 1 more"; report.Reason != want {
		t.Errorf("reason %q, want %q", report.Reason, want)
	}
	kept, err := w.ledger.Drifts(t.Context(), "echo", "production", 1)
	if err != nil || len(kept) != 1 || kept[0].Findings[0].Principal != "jane" || !kept[0].At.Equal(report.At) {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

func TestPoliciesSayWhatIsDone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy release.Drift
		scope  drift.Scope
		want   string
		mended []string
		paused bool
	}{
		"restore":             {policy: release.Drift{Routing: release.DriftRestore}, want: "routing: mended, instance: reported, version: reported", mended: []string{"alias"}},
		"replace":             {policy: release.Drift{Instances: release.DriftReplace}, want: "routing: reported, instance: mended, version: reported", mended: []string{"i-1"}},
		"pause":               {policy: release.Drift{Routing: release.DriftPause}, want: "routing: paused, instance: reported, version: reported", paused: true},
		"fix":                 {scope: drift.Scope{Fix: true}, want: "routing: mended, instance: mended, version: mended", mended: []string{"alias", "i-1", "template"}},
		"report all the same": {policy: release.Drift{Routing: release.DriftRestore, Instances: release.DriftReplace}, scope: drift.Scope{Report: true}, want: "routing: reported, instance: reported, version: reported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.policy = test.policy
			w.promote()
			w.split = release.Pure("6")
			w.found = []target.Finding{{Kind: target.FindingInstance, Resource: "i-1"}, {Kind: target.FindingVersion, Resource: "template"}}
			report := w.look(test.scope)
			if done(report) != test.want || !slices.Equal(w.mended, test.mended) {
				t.Errorf("%s; mended %v, want %s; %v", done(report), w.mended, test.want, test.mended)
			}
			holder, person, err := w.ledger.Holder(t.Context(), "echo", "production")
			if err != nil || holder != nil || (person != nil) != test.paused {
				t.Errorf("afterwards the lock is held by %+v, %+v, %v", holder, person, err)
			}
		})
	}
}

func TestAPauseIsOverWhenSomebodyWantsItMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Routing = release.DriftPause
	w.promote()
	w.split = release.Pure("6")
	w.look(drift.Scope{})
	w.look(drift.Scope{}) // pausing twice is pausing once
	if report := w.look(drift.Scope{Fix: true}); done(report) != "routing: mended" {
		t.Errorf("%s", done(report))
	}
	if holder, person, err := w.ledger.Holder(t.Context(), "echo", "production"); err != nil || holder != nil || person != nil {
		t.Errorf("the lock is held by %+v, %+v, %v", holder, person, err)
	}
}

// TestAPauseIsOverOnlyWhenSomebodyWantsThat: what the document has mended meanwhile is mended under it.
func TestAPauseIsOverOnlyWhenSomebodyWantsThat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy = release.Drift{Routing: release.DriftPause, Instances: release.DriftReplace}
	w.promote()
	w.split = release.Pure("6")
	lockedBy := func(want string) {
		t.Helper()
		holder, person, err := w.ledger.Holder(t.Context(), "echo", "production")
		if err != nil || holder != nil || person == nil || person.By != want {
			t.Errorf("the lock is held by %+v, %+v, %v; want %s", holder, person, err, want)
		}
	}
	instance := target.Finding{Kind: target.FindingInstance, Resource: "i-1"}
	for _, step := range []struct {
		found []target.Finding
		want  string
	}{
		{nil, "routing: paused"},
		{[]target.Finding{instance}, "routing: paused, instance: mended"},
	} {
		w.found = step.found
		if got := done(w.look(drift.Scope{})); got != step.want {
			t.Errorf("%s, want %s", got, step.want)
		}
		lockedBy("drift")
	}
	w.split, w.mended = release.Pure("7"), nil
	if got := done(w.look(drift.Scope{Fix: true})); got != "instance: mended" || len(w.mended) != 1 {
		t.Errorf("%s", got)
	}
	lockedBy("drift") // nobody has put traffic back by that
	w.split, w.found = release.Pure("6"), nil
	w.duringMend = func() {
		w.must(w.ledger.UnlockByPerson(t.Context(), "echo", "production"))
		w.must(w.ledger.LockByPerson(t.Context(), "echo", "production", ledger.PersonLock{By: "jane", Reason: "I am at it"}))
	}
	if got := done(w.look(drift.Scope{Fix: true})); got != "routing: mended" {
		t.Errorf("%s", got)
	}
	lockedBy("jane")
}

// A busyLedger is one in which something happens once, right before a call.
type busyLedger struct {
	*ledger.Ledger
	beforeHolder, beforeAcquire func()
}

func once(happens *func()) {
	if now := *happens; now != nil {
		*happens = nil
		now()
	}
}

func (b *busyLedger) Holder(ctx context.Context, service, environment string) (*ledger.Lease, *ledger.PersonLock, error) {
	once(&b.beforeHolder)
	return b.Ledger.Holder(ctx, service, environment)
}

func (b *busyLedger) AcquireUnder(ctx context.Context, claim ledger.Lease, by string) (ledger.Lease, error) {
	once(&b.beforeAcquire)
	return b.Ledger.AcquireUnder(ctx, claim, by)
}

// TestWhatAReleaseHasDoneMeanwhileIsNoDrift: it may be promoted between any two reads.
func TestWhatAReleaseHasDoneMeanwhileIsNoDrift(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy string
		// when is where the release comes between; drifted: traffic was elsewhere before.
		when    func(b *busyLedger, promoted func())
		drifted bool
	}{
		"before it is asked who holds the lock":           {release.DriftRestore, func(b *busyLedger, promoted func()) { b.beforeHolder = promoted }, false},
		"and pauses":                                      {release.DriftPause, func(b *busyLedger, promoted func()) { b.beforeHolder = promoted }, false},
		"before the lock is taken to mend what was drift": {release.DriftRestore, func(b *busyLedger, promoted func()) { b.beforeAcquire = promoted }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.policy.Routing = test.policy
			w.promote()
			if test.drifted {
				w.split = release.Pure("6")
			}
			busy := &busyLedger{Ledger: w.ledger}
			test.when(busy, func() { w.promoteOf("r2", "8") })
			w.detector.Ledger = busy
			report := w.look(drift.Scope{})
			if len(w.mended) != 0 || !w.split.Same(release.Pure("8")) || !strings.Contains(report.Reason+report.Skipped+fmt.Sprint(report.Findings), "release r2 has made version 8 stable meanwhile") {
				t.Errorf("mended %v, traffic is on %s: %+v", w.mended, w.split, report)
			}
			if holder, person, err := w.ledger.Holder(t.Context(), "echo", "production"); err != nil || holder != nil || person != nil {
				t.Errorf("the lock is held by %+v, %+v, %v", holder, person, err)
			}
			if report := w.look(drift.Scope{}); len(report.Findings) != 0 {
				t.Errorf("the next look finds %+v", report)
			}
		})
	}
}

// TestOnlyWhatIsStillSoIsMended: somebody has put traffic back, or a release has begun and gone back, since it was looked.
func TestOnlyWhatIsStillSoIsMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Routing = release.DriftRestore
	w.promote()
	w.split = release.Pure("6")
	w.detector.Ledger = &busyLedger{Ledger: w.ledger, beforeAcquire: func() { w.split = release.Pure("7") }}
	if report := w.look(drift.Scope{}); done(report) != "routing: reported" || !strings.Contains(report.Findings[0].Reason, "not so any more") || len(w.mended) != 0 {
		t.Errorf("%+v, mended %v", report, w.mended)
	}
}

func TestTrafficIsNotPutBackToWhatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Routing = release.DriftRestore
	w.promote()
	w.split, w.unusable = release.Pure("6"), true
	if report := w.look(drift.Scope{}); done(report) != "routing: left to a person" || !strings.Contains(report.Findings[0].Reason, "version 7 can't take traffic any more") || len(w.mended) != 0 {
		t.Errorf("%+v, mended %v", report, w.mended)
	}
}

func TestNothingIsTouchedWhileAReleaseRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.promote()
	w.split = release.Split{Stable: "7", Canary: "8", Weight: 10}
	lease, err := w.ledger.Acquire(t.Context(), w.claim("another execution"))
	w.must(err)
	if report := w.look(drift.Scope{Fix: true}); !strings.Contains(report.Skipped, "release r1 holds the lock") || len(report.Findings) != 0 || len(w.mended) != 0 {
		t.Errorf("%+v, mended %v", report, w.mended)
	}
	w.must(w.ledger.Free(t.Context(), lease))
	// A person's lock, and a release that begins between the look and the mending, keep hands off too.
	w.must(w.ledger.LockByPerson(t.Context(), "echo", "production", ledger.PersonLock{By: "jane", Reason: "holidays"}))
	if report := w.look(drift.Scope{Fix: true}); !strings.Contains(report.Findings[0].Reason, "not mended now") || len(w.mended) != 0 {
		t.Errorf("%+v, mended %v", report, w.mended)
	}
}

func TestALostLeaseEndsTheMending(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.promote()
	w.split = release.Pure("6")
	w.duringMend = func() {
		held, _, err := w.ledger.Holder(t.Context(), "echo", "production")
		w.must(err)
		_, err = w.ledger.TakeOver(t.Context(), *held, w.claim("another"))
		w.must(err)
	}
	w.clock.RunUntil(w.clock.Now().Add(time.Minute))
	if _, err := w.detector.Look(t.Context(), drift.Scope{Fix: true}); err == nil || len(w.mended) != 0 {
		t.Errorf("mended %v, %v", w.mended, err)
	}
	if holder, _, err := w.ledger.Holder(t.Context(), "echo", "production"); err != nil || holder == nil || holder.Owner != "another" {
		t.Errorf("the lock is held by %+v, %v", holder, err)
	}
}

func TestMendingInSeveralGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.promote()
	w.found = []target.Finding{{Kind: target.FindingInstance, Resource: "i-1"}}
	w.goes = 3
	for i, want := range []string{"instance: mending", "instance: mending", "instance: mended"} {
		if got := done(w.look(drift.Scope{Fix: true})); got != want {
			t.Errorf("go %d: %s, want %s", i+1, got, want)
		}
	}
	w.mendErr = release.Fail(release.KindRefused, "three instances were replaced today")
	if report := w.look(drift.Scope{Fix: true}); done(report) != "instance: left to a person" || !strings.Contains(report.Findings[0].Reason, "replaced today") {
		t.Errorf("%+v", report)
	}
	w.mendErr = release.Fail(release.KindTransient, "throttled")
	if report := w.look(drift.Scope{Fix: true}); done(report) != "instance: mending" {
		t.Errorf("%+v", report)
	}
	w.mendErr = errors.New("access denied")
	w.clock.RunUntil(w.clock.Now().Add(time.Minute))
	if reports, err := w.detector.Look(t.Context(), drift.Scope{Fix: true}); err == nil || done(reports[0]) != "instance: left to a person" {
		t.Errorf("%+v, %v", reports, err)
	}
}

// A target that can't tell more is looked at by its traffic.
func TestTrafficIsDriftOfEveryTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.promote()
	w.detector.Targets = func(release.Document, string) (target.Target, error) { return plain{thing{world: w}}, nil }
	w.split = release.Split{Stable: "7", Canary: "6", Weight: 50}
	if report := w.look(drift.Scope{Fix: true}); done(report) != "routing: mended" || !w.split.Same(release.Pure("7")) {
		t.Errorf("%+v; traffic is on %s", report, w.split)
	}
}

// plain hides what a thing can inspect.
type plain struct{ shown thing }

func (p plain) Split(ctx context.Context) (release.Split, error) { return p.shown.Split(ctx) }
func (p plain) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	err := guard.Check(ctx)
	if err == nil && guard.Mine(p.shown.world.split) {
		p.shown.world.split = want
	}
	return p.shown.world.split, err
}
func (p plain) Usable(ctx context.Context, version string) (bool, error) {
	return p.shown.Usable(ctx, version)
}
func (plain) Preflight(context.Context) (target.Preflight, error)  { panic("not asked") }
func (plain) Bake(context.Context) (bool, error)                   { panic("not asked") }
func (plain) Deploy(context.Context, string) (string, bool, error) { panic("not asked") }
func (plain) Verify(context.Context, string) error                 { panic("not asked") }
func (plain) Measure(context.Context, release.Split, time.Time, time.Time, time.Duration) ([]judge.Period, error) {
	panic("not asked")
}
func (plain) History(context.Context, string, time.Time, time.Duration) (judge.History, error) {
	panic("not asked")
}
func (plain) Alarms(context.Context, []string) ([]judge.Alarm, error)        { panic("not asked") }
func (plain) Retire(context.Context, string, string) ([]string, bool, error) { panic("not asked") }
func (plain) Restore(context.Context, string) (string, bool, error)          { panic("not asked") }

const instanceID = "i-0123456789abcdef0"

func TestACallThatChangesAnInstanceTaintsIt(t *testing.T) {
	t.Parallel()
	who := `"eventTime":"2026-03-02T07:59:00Z","userIdentity":{"arn":"arn:aws:sts::123456789012:assumed-role/Admin/jane"}`
	for name, test := range map[string]struct {
		detail string
		want   string
	}{
		"a session":              {`{"eventSource":"ssm.amazonaws.com","eventName":"StartSession",` + who + `,"requestParameters":{"target":"` + instanceID + `"}}`, "StartSession by arn:aws:sts::123456789012:assumed-role/Admin/jane at 2026-03-02T07:59:00Z"},
		"a command to tags":      {`{"eventSource":"ssm.amazonaws.com","eventName":"SendCommand",` + who + `,"requestParameters":{"targets":[{"key":"tag:team","values":["a"]}]},"responseElements":{"command":{"instanceIds":["` + instanceID + `","i-0fffffffffffffff0"]}}}`, "SendCommand by"},
		"a login":                {`{"eventSource":"ec2-instance-connect.amazonaws.com","eventName":"SendSSHPublicKey","requestParameters":{"instanceId":"` + instanceID + `"}}`, "SendSSHPublicKey by somebody"},
		"an attribute":           {`{"eventSource":"ec2.amazonaws.com","eventName":"ModifyInstanceAttribute",` + who + `,"requestParameters":{"instanceId":"` + instanceID + `"}}`, "ModifyInstanceAttribute by"},
		"somebody else's":        {`{"eventSource":"ssm.amazonaws.com","eventName":"StartSession","requestParameters":{"target":"i-0fffffffffffffff0"}}`, ""},
		"refused by AWS":         {`{"eventSource":"ssm.amazonaws.com","eventName":"StartSession","errorCode":"AccessDenied","requestParameters":{"target":"` + instanceID + `"}}`, ""},
		"a call that only reads": {`{"eventSource":"ssm.amazonaws.com","eventName":"DescribeSessions","requestParameters":{"target":"` + instanceID + `"}}`, ""},
		"another service's":      {`{"eventSource":"s3.amazonaws.com","eventName":"StartSession","requestParameters":{"target":"` + instanceID + `"}}`, ""},
		"about no instance":      {`{"eventSource":"ssm.amazonaws.com","eventName":"StartSession","requestParameters":{"target":"mi-0123456789abcdef0 i-xyz"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.ours = []string{instanceID}
			answer, err := w.detector.Handle(t.Context(), json.RawMessage(`{"detail-type":"AWS API Call via CloudTrail","detail":`+test.detail+`}`))
			w.must(err)
			got := w.tainted[instanceID]
			if tainted := test.want != ""; tainted != slices.Equal(answer.Tainted, []string{instanceID}) || !strings.HasPrefix(got, map[bool]string{true: "goldfinch:tainted=" + test.want}[tainted]) || len(w.tainted) != len(answer.Tainted) {
				t.Errorf("answered %+v; tainted %v", answer, w.tainted)
			}
		})
	}
}

func TestASchedulesEventLooksAtEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.promote()
	w.split = release.Pure("6")
	answer, err := w.detector.Handle(t.Context(), json.RawMessage(`{"scheduledTime":"2026-03-02T08:00:00Z"}`))
	w.must(err)
	if answer.Looked != 1 || answer.Findings != 1 {
		t.Errorf("%+v", answer)
	}
	if _, err := w.detector.Handle(t.Context(), json.RawMessage(`{"detail-type":"AWS API Call via CloudTrail","detail":7}`)); err == nil {
		t.Error("a detail that is no call was understood")
	}
}

// What goes wrong with one service keeps nothing from the others.
func TestAServiceThatCantBeLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.promote()
	w.detector.Targets = func(release.Document, string) (target.Target, error) { return nil, errors.New("no such target") }
	if reports, err := w.detector.Look(t.Context(), drift.Scope{}); err == nil || !strings.Contains(err.Error(), "echo/production") || len(reports) != 1 {
		t.Errorf("%+v, %v", reports, err)
	}
}
