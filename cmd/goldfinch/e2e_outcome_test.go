package main_test

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Ctrl-C ends the command and leaves the release alone.
func TestCtrlCDetaches(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("release.yaml", fiveLines("finch"))
	p.write("quiet.yaml", fiveLines("finch")+`strategy: {steps: [{weight: 10, wait: 4s}], settle: 1s}
analysis: {period: 1s, noData: {policy: pass}}
`)
	p.faulty("bootstrap.zip", behaviour{Name: "one"})
	p.deploy(0, "release.yaml")
	p.faulty("bootstrap.zip", behaviour{Name: "two"})

	following := p.command("deploy", "quiet.yaml", "--local")
	var stdout, stderr bytes.Buffer
	following.Stdout, following.Stderr = &stdout, &stderr
	if err := following.Start(); err != nil {
		t.Fatal(err)
	}
	var id string
	eventually(t, "the release is a canary", func() bool {
		status := p.status("finch")
		id = status.ID
		return status.Phase == ledger.PhaseCanary
	})
	if err := following.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = following.Wait() // its exit code is what matters
	if code := following.ProcessState.ExitCode(); code != release.ExitTimedOut {
		t.Errorf("exit code %d, want %d\n%s%s", code, release.ExitTimedOut, &stdout, &stderr)
	}
	attach := "goldfinch watch " + id + " --local"
	if !strings.Contains(stderr.String(), attach) || !strings.Contains(stderr.String(), "the release goes on") {
		t.Errorf("it does not say %q:\n%s", attach, &stderr)
	}
	if status := p.status(id); status.Ended() {
		t.Errorf("the release ended with the command: %+v", status)
	}
	if said := p.must(0, "wait", id, "--local"); !strings.Contains(said.stdout, "promoted: release "+id) {
		t.Errorf("wait says\n%s", said)
	}
	if split := p.status(id).Split.Actual; !split.Same(release.Pure("2")) {
		t.Errorf("traffic is on %s", split)
	}
}

// Every way in which a release can end, and a command can fail, has its exit code.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("release.yaml", fiveLines("finch"))
	p.write("misspelt.yaml", fiveLines("finch")+"stratgy: {}\n")
	p.write("unverified.yaml", strings.Replace(fiveLines("finch"), "./bootstrap.zip", "./bad.zip", 1)+
		"verify: [{payload: {rawPath: /}, expect: {statusCode: 200}}]\n")
	p.write("not-a-package.zip", "no zip")
	p.write("not-a-package.yaml", strings.Replace(fiveLines("finch"), "./bootstrap.zip", "./not-a-package.zip", 1))
	p.faulty("bootstrap.zip", behaviour{Name: "one"})
	p.faulty("bad.zip", behaviour{Name: "bad", Failures: 1})

	promoted := p.deploy(0, "release.yaml").ID
	refused := p.deploy(5, "release.yaml").ID // the same package again
	rolledBack := p.deploy(3, "unverified.yaml").ID
	p.faulty("bootstrap.zip", behaviour{Name: "two"})
	// The five lines wait for minutes, which is time enough to look, and to say no.
	running := p.start("release.yaml").ID

	port := strconv.Itoa(p.port)
	for _, test := range []struct {
		code      int
		arguments []string
		says      string
	}{
		{2, []string{"deploy", "--again", "--local"}, "--reason"},
		{2, []string{"deploy", "misspelt.yaml", "--local"}, "strategy"},
		{2, []string{"deploy", "absent.yaml", "--local"}, "absent.yaml"},
		{2, []string{"wait"}, "arg"},
		{2, []string{"wait", "Not/A/Name", "--local"}, "Not/A/Name"},
		{2, []string{"status", "finch", "--local", "--output", "xml"}, "xml"},
		{2, []string{"status", "finch", "--remote"}, "--remote"},
		{2, []string{"abort"}, "arg"},
		{2, []string{"status", "sparrow", "--local"}, "sparrow"},
		{5, []string{"deploy", "not-a-package.yaml", "--local"}, "not-a-package.zip"},
		{5, []string{"deploy", "release.yaml", "--local", "--port", port}, running}, // one at a time
		{0, []string{"wait", promoted, "--local"}, "promoted"},
		{5, []string{"wait", refused, "--local"}, "nothing to release"},
		{3, []string{"wait", rolledBack, "--local"}, "rolled-back"},
		{7, []string{"wait", running, "--local", "--timeout", "300ms"}, "goldfinch watch " + running},
		{0, []string{"abort", running, "--local", "--reason", "second thoughts"}, running},
		{4, []string{"wait", running, "--local"}, "second thoughts"},
		{0, []string{"lock", "finch/production", "--local", "--reason", "holidays"}, "locked"},
		{5, []string{"deploy", "release.yaml", "--local"}, "holidays"},
		{0, []string{"unlock", "finch/production", "--local"}, "not locked"},
	} {
		got := p.run(test.arguments...)
		if got.code != test.code || !strings.Contains(got.stdout+got.stderr, test.says) {
			t.Errorf("want exit code %d and %q of\n%s", test.code, test.says, got)
		}
	}
	aborted := p.status(running)
	if aborted.Outcome != release.Aborted || !aborted.Split.Actual.Same(release.Pure("1")) {
		t.Errorf("the aborted release is %+v", aborted)
	}
}

// The local process is started and stopped as often as one likes, and nobody disturbs another's.
func TestLocalProcess(t *testing.T) {
	t.Parallel()
	type state struct {
		Running   bool   `json:"running"`
		PID       int    `json:"pid"`
		Address   string `json:"address"`
		Directory string `json:"directory"`
		Since     string `json:"since"`
	}
	p := newPlace(t)
	port := strconv.Itoa(p.port)
	p.must(1, "local", "status")
	p.must(0, "local", "stop")
	if said := p.must(1, "status", "finch", "--local"); !strings.Contains(said.stderr, "goldfinch local start") {
		t.Errorf("it does not say how to start the process:\n%s", said)
	}

	first := decode[state](t, p.must(0, "local", "start", "--port", port, "--output", "json"))
	if !first.Running || first.PID == 0 || first.Address != "http://127.0.0.1:"+port {
		t.Errorf("started: %+v", first)
	}
	if again := decode[state](t, p.must(0, "local", "start", "--port", port, "--output", "json")); again != first {
		t.Errorf("started again: %+v, not %+v", again, first)
	}
	if status := decode[state](t, p.must(0, "local", "status", "--output", "json")); status != first {
		t.Errorf("status: %+v, not %+v", status, first)
	}
	if second := p.run("local", "serve", "--port", strconv.Itoa(freePort(t))); second.code != 1 || !strings.Contains(second.stderr, "another process has it open") {
		t.Errorf("a second process in the folder was not refused clearly:\n%s", second)
	}
	if status := decode[state](t, p.must(0, "local", "status", "--output", "json")); status != first {
		t.Errorf("after a second one was refused: %+v, not %+v", status, first)
	}
	other := newPlace(t)
	if taken := other.run("local", "start", "--port", port); taken.code != 1 || !strings.Contains(taken.stderr, "--port") {
		t.Errorf("a port that is taken was not refused clearly:\n%s", taken)
	}

	if stopped := decode[state](t, p.must(0, "local", "stop", "--output", "json")); stopped.Running {
		t.Errorf("stopped: %+v", stopped)
	}
	if _, err := os.Stat(p.path(".goldfinch", "local.json")); !os.IsNotExist(err) {
		t.Errorf("local.json is still there: %v", err)
	}
	p.must(0, "local", "stop")
	p.must(1, "local", "status")
	other.must(0, "local", "start", "--port", port) // the port is free at once
}

// What runs when the process is stopped is as good as killed, and brought back by the next.
func TestStopInTheMiddleOfARelease(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("release.yaml", fiveLines("finch"))
	p.faulty("bootstrap.zip", behaviour{Name: "one"})
	p.deploy(0, "release.yaml")
	users := startLoad(t, p.url("finch"), 50)
	p.faulty("bootstrap.zip", behaviour{Name: "two"})
	id := p.start("release.yaml").ID
	p.follow(id, func(history operator.History) bool { return history.Status.Split.Actual.Weight > 0 })

	p.must(0, "local", "stop")
	p.must(0, "local", "start", "--port", strconv.Itoa(p.port)) // at once, with users still asking
	status := p.status(id)
	if status.Outcome != release.RolledBack || status.Holder != nil || !status.Split.Actual.Same(release.Pure("1")) {
		t.Errorf("after the restart: %+v", status)
	}
	restarted := len(users.seen())
	eventually(t, "users are answered again", func() bool { return len(users.seen()) > restarted+50 })
	for _, a := range users.stop()[restarted+8:] { // each of 8 users may have asked before it was up
		if a.failed() || a.version != "1" {
			t.Errorf("an answer of version %q, status %d, %v", a.version, a.status, a.err)
		}
	}
}
