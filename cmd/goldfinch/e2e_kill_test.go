package main_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/process"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// How long the releases that are killed watch and settle.
const (
	killedStep   = 2 * time.Second
	killedSettle = 2 * time.Second
)

// A moment is a point of a release at which the local process is killed.
type moment struct {
	name string
	// reached: the release's timeline has come so far. Nil: its package is stored, and it is asked for.
	reached func(ledger.Entry) bool
	// after is how much later it is killed; below 0 it is so long after storing the package has begun.
	after time.Duration
	// again kills the next process too, so long after its start: while it brings things home.
	again time.Duration
}

func phase(beginning string) func(ledger.Entry) bool {
	return func(entry ledger.Entry) bool {
		return entry.Kind == ledger.EntryPhase && strings.Contains(entry.Text, beginning)
	}
}

func promotes(entry ledger.Entry) bool {
	return entry.Kind == ledger.EntryVerdict && entry.Verdict.Decision == release.Promote
}

func outcome(entry ledger.Entry) bool { return entry.Kind == ledger.EntryOutcome }

// shifted looks for a split with a canary.
func shifted(kind ledger.EntryKind) func(ledger.Entry) bool {
	return func(entry ledger.Entry) bool { return entry.Kind == kind && !entry.Split.IsPure() }
}

// moments are spread over a whole release, in the order of its states.
func moments() []moment {
	return []moment{
		{name: "while the package is stored", after: -20 * time.Millisecond},
		{name: "as the release is asked for"},
		{name: "as the release starts", after: 4 * time.Millisecond},
		{name: "soon after the start", after: 12 * time.Millisecond},
		{name: "as it takes the lock", reached: phase("took the lock")},
		{name: "after the lock", reached: phase("took the lock"), after: 100 * time.Millisecond},
		{name: "while Lambda updates the function", reached: phase("took the lock"), after: 300 * time.Millisecond},
		{name: "as the wait for the update ends", reached: phase("took the lock"), after: 2 * time.Second},
		{name: "as it deploys offline", reached: phase("deploys")},
		{name: "as the version becomes active", reached: phase("deploys"), after: 250 * time.Millisecond},
		{name: "as the wait for the version ends", reached: phase("deploys"), after: 2 * time.Second},
		{name: "as it verifies", reached: phase("verif")},
		{name: "as the canary begins", reached: phase("the canary begins")},
		{name: "as the shift is intended", reached: shifted(ledger.EntrySplitIntended)},
		{name: "as the shift is seen", reached: shifted(ledger.EntrySplitSeen)},
		{name: "early in the canary", reached: shifted(ledger.EntrySplitSeen), after: 400 * time.Millisecond},
		{name: "as the first tick ends", reached: shifted(ledger.EntrySplitSeen), after: time.Second},
		{name: "late in the canary", reached: shifted(ledger.EntrySplitSeen), after: 1600 * time.Millisecond},
		{name: "as the last tick ends", reached: shifted(ledger.EntrySplitSeen), after: killedStep},
		{name: "as it promotes", reached: promotes},
		{name: "while all traffic moves to the new version", reached: promotes, after: 15 * time.Millisecond},
		{name: "early in settling", reached: phase("settles"), after: 300 * time.Millisecond},
		{name: "in the middle of settling", reached: phase("settles"), after: time.Second},
		{name: "late in settling", reached: phase("settles"), after: 1700 * time.Millisecond},
		{name: "as settling ends", reached: phase("settles"), after: killedSettle},
		{name: "just after settling", reached: phase("settles"), after: killedSettle + 60*time.Millisecond},
		{name: "in the canary, and again at the next start", reached: shifted(ledger.EntrySplitSeen), after: 300 * time.Millisecond, again: 30 * time.Millisecond},
		{name: "in settling, and again at the next start", reached: phase("settles"), after: 300 * time.Millisecond, again: 45 * time.Millisecond},
		{name: "after the end", reached: outcome},
	}
}

// kill -9 of the local process at any moment loses nothing: the next command
// finds the truth, traffic is on the one version that it belongs on, and the
// next release works.
func TestKillNine(t *testing.T) {
	t.Parallel()
	const lanes = 6
	all := moments()
	var mu sync.Mutex
	var report []string
	violations := 0
	t.Cleanup(func() {
		slices.Sort(report)
		measured.Log(t, "kill -9 at %d moments, %d violations:\n%s", len(report), violations, strings.Join(report, "\n"))
		if len(report) != len(all) {
			t.Errorf("%d moments came about, not %d", len(report), len(all))
		}
	})
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane+1), func(t *testing.T) {
			t.Parallel()
			k := newKilled(t)
			for i := lane; i < len(all); i += lanes {
				said, problems := k.at(all[i])
				for _, problem := range problems {
					t.Errorf("killed %s: %s", all[i].name, problem)
				}
				mu.Lock()
				violations += len(problems)
				report = append(report, fmt.Sprintf("%2d. %s: %s", i+1, all[i].name, said))
				mu.Unlock()
			}
		})
	}
}

// killed is a place whose local process is killed again and again.
type killed struct {
	*place
	// stable names the package that users have, and last is the release that ended last.
	stable, last string
	packages     int
	// document is the release during which it is killed.
	document release.Document
}

func newKilled(t *testing.T) *killed {
	k := &killed{place: newPlace(t)}
	document := fiveLines("finch") + `verify: [{payload: {rawPath: /}, expect: {statusCode: 200}}]
analysis: {period: 1s, metrics: {errors: {}}, noData: {policy: pass}}
`
	slow := document + fmt.Sprintf("strategy: {steps: [{weight: 10, wait: %s}], settle: %s}\n", killedStep, killedSettle)
	var err error
	if k.document, _, err = release.Decode([]byte(slow)); err != nil {
		t.Fatal(err)
	}
	k.write("good.yaml", document+"strategy: {steps: [{weight: 10, wait: 1s}], settle: 1s}\n")
	k.stable = k.pack()
	k.last = k.deploy(0, "good.yaml").ID
	return k
}

// pack makes a package that there was not before, and returns its name.
func (k *killed) pack() string {
	k.packages++
	name := "package-" + strconv.Itoa(k.packages)
	k.faulty("bootstrap.zip", behaviour{Name: name})
	return name
}

// at kills the process at that moment of a release, and checks what is found
// afterwards. It returns what happened, in one line, and what was wrong.
func (k *killed) at(m moment) (said string, problems []string) {
	k.t.Helper()
	wrong := func(format string, arguments ...any) { problems = append(problems, fmt.Sprintf(format, arguments...)) }
	old, fresh := k.stable, k.pack()
	wanted := k.kill(m)

	status := k.status("finch")
	if !status.Ended() || status.Holder != nil {
		wrong("the release is stuck: outcome %q, phase %s, lock %+v", status.Outcome, status.Phase, status.Holder)
	}
	on := k.traffic(wrong)
	switch {
	case wanted == oldVersion && on != old, wanted == newVersion && on != fresh:
		wrong("traffic is on %s, and should be on the %s version (old: %s, new: %s)", on, wanted, old, fresh)
	}
	outcomes := []release.Outcome{release.RolledBack, release.Refused}
	if on == fresh {
		outcomes = []release.Outcome{release.Promoted}
	}
	if status.ID == k.last { // it was killed before there was a release
		outcomes = []release.Outcome{release.Promoted}
	}
	if !slices.Contains(outcomes, status.Outcome) {
		wrong("the outcome is %q (%s), and should be one of %v, because traffic is on %s", status.Outcome, status.Reason, outcomes, on)
	}
	if status.ID == k.last && m.reached != nil {
		wrong("status does not show the release that was interrupted")
	}

	if on == fresh {
		fresh = k.pack()
	}
	k.last = k.deploy(0, "good.yaml").ID
	if k.stable = k.traffic(wrong); k.stable != fresh {
		wrong("after the next release traffic is on %s, not on %s", k.stable, fresh)
	}
	return fmt.Sprintf("%s: %s", status.Outcome, status.Reason), problems
}

// Where traffic must be after a kill.
const (
	oldVersion    = "old"
	newVersion    = "new"
	eitherVersion = "one"
)

// kill starts a release, kills the process at that moment, and waits until the
// kernel has taken away all that was its. It says where traffic must be then, by the
// schedule alone: until settling has lasted its time, stable is the old version.
func (k *killed) kill(m moment) (wanted string) {
	k.t.Helper()
	state := k.process()
	users := startLoad(k.t, k.url("finch"), 40)
	stored := make(chan struct{})
	deploying := make(chan operator.Started, 1)
	began := time.Now()
	go func() { deploying <- k.ask(process.Operator(state), stored) }()
	var timeline []ledger.Entry
	switch {
	case m.after < 0:
		time.Sleep(time.Until(began.Add(-m.after)))
	case m.reached == nil:
		<-stored
		time.Sleep(m.after)
	default:
		started := <-deploying
		var reached time.Time
		timeline = k.follow(started.ID, func(history operator.History) bool {
			i := slices.IndexFunc(history.Entries, m.reached)
			if i >= 0 {
				reached = history.Entries[i].At
			}
			return i >= 0
		}).Entries
		time.Sleep(time.Until(reached.Add(m.after)))
	}
	if err := syscall.Kill(state.PID, syscall.SIGKILL); err != nil {
		k.t.Fatalf("kill the local process: %v", err)
	}
	died := time.Now()
	if m.reached == nil {
		<-deploying // with or without a release
	}
	k.awaitEnd(users.stop())
	if m.again > 0 {
		k.killNext(m.again)
	}

	settles := slices.IndexFunc(timeline, phase("settles"))
	const tolerance = 100 * time.Millisecond // of a signal, and of the ledger's clock
	switch {
	case slices.ContainsFunc(timeline, outcome):
		return newVersion
	case settles >= 0 && died.Add(tolerance).After(timeline[settles].At.Add(killedSettle)):
		return eitherVersion
	default:
		return oldVersion
	}
}

// killNext starts the next process and kills it that long after.
func (k *killed) killNext(after time.Duration) {
	k.t.Helper()
	next := k.command("local", "serve", "--port", strconv.Itoa(k.port))
	if err := next.Start(); err != nil {
		k.t.Fatal(err)
	}
	time.Sleep(after)
	if err := next.Process.Kill(); err != nil {
		k.t.Fatalf("kill the next local process: %v", err)
	}
	_ = next.Wait() // that it was killed
}

// ask asks for a release as the command does, but never starts another process.
// There is no answer when the process dies meanwhile. It closes stored when the package is.
func (k *killed) ask(asked operator.Operator, stored chan<- struct{}) operator.Started {
	file, err := os.Open(k.path("bootstrap.zip"))
	if err != nil {
		k.t.Error(err)
		return operator.Started{}
	}
	defer file.Close()
	document := k.document
	document.Artifact, err = asked.Upload(context.Background(), "bootstrap.zip", file)
	close(stored)
	if err != nil {
		return operator.Started{}
	}
	started, err := asked.Deploy(context.Background(), document)
	if err != nil {
		return operator.Started{}
	}
	return started
}

// awaitEnd waits until the port is free and no function process lives.
func (k *killed) awaitEnd(answers []answer) {
	k.t.Helper()
	eventually(k.t, "the port is free again", func() bool {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(k.port)))
		if err == nil {
			listener.Close()
		}
		return err == nil
	})
	for address := range names(answers, func(a answer) string { return a.aliveAt }) {
		eventually(k.t, "the function process at "+address+" ends", func() bool {
			connection, err := net.Dial("tcp", address)
			if err == nil {
				connection.Close()
			}
			return err != nil
		})
	}
}

// traffic makes requests, which one version alone must answer, and returns its package's name.
func (k *killed) traffic(wrong func(string, ...any)) string {
	k.t.Helper()
	const requests = 120
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var answers []answer
	for range requests {
		a := ask(client, k.url("finch"))
		if a.failed() {
			wrong("a request failed: status %d, %v", a.status, a.err)
		}
		answers = append(answers, a)
	}
	versions := names(answers, func(a answer) string { return a.version })
	if len(versions) != 1 {
		wrong("traffic is on several versions: %v", versions)
	}
	return answers[0].name
}
