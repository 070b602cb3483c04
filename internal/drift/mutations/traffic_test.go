package mutations_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	localinstance "github.com/goldfinch-dev/goldfinch/internal/local/instance"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestMain is the program of the instances when it is started as one: the same binary.
func TestMain(m *testing.M) {
	if os.Getenv("INSTANCE_ID") == "" {
		os.Exit(m.Run())
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			time.Sleep(time.Second)
		}
		fmt.Fprint(w, os.Getenv("INSTANCE_ID"))
	})
	if err := http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// packed is this test's binary as a package, made once.
var packed = sync.OnceValues(func() ([]byte, error) {
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Store}
	header.SetMode(0o755)
	file, err := archive.CreateHeader(header)
	if err == nil {
		_, err = file.Write(binary)
	}
	if err == nil {
		err = archive.Close()
	}
	return out.Bytes(), err
})

// newLiveAccount is an account on the wall clock whose instances are processes: service web, of which version 1 is stable, with
// size of them.
func newLiveAccount(t *testing.T, size int32) *account {
	t.Helper()
	a := &account{TB: t, instances: map[string]ec2.Instance{}}
	runner, err := localinstance.New(localinstance.Options{
		Directory: t.TempDir(), Program: func(context.Context, string) ([]byte, error) { return packed() },
	})
	a.must(err)
	t.Cleanup(runner.Close)
	a.open(engine.Options{Clock: clock.Wall{}, NewID: rand.Text, Infrastructure: &engine.Infrastructure{Runner: runner, Interval: 100 * time.Millisecond}})
	furnishFleet(a, "web", 0)
	for _, color := range []string{"blue", "green"} {
		arn := aws.String(a.targetGroup("web-" + color))
		_, err = a.engine.LoadBalancing.ModifyTargetGroup(t.Context(), &elbv2.ModifyTargetGroupInput{TargetGroupArn: arn, HealthCheckIntervalSeconds: aws.Int32(5), HealthCheckTimeoutSeconds: aws.Int32(2)})
		a.must(err)
		_, err = a.engine.LoadBalancing.ModifyTargetGroupAttributes(t.Context(), &elbv2.ModifyTargetGroupAttributesInput{
			TargetGroupArn: arn, Attributes: []types.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("3")}},
		})
		a.must(err)
	}
	a.makeGroup("web-"+environment+"-"+foreign, foreign, size, map[string]string{
		"goldfinch:service": "web", "goldfinch:environment": environment, "goldfinch:release": "r1",
	}, a.targetGroup("web-blue"))
	a.note(document("web", release.Artifact{AMI: imageOf(foreign)}, release.Target{ALB: &release.ALBTarget{
		Listener: a.listener("web"), TargetGroups: []string{a.targetGroup("web-blue"), a.targetGroup("web-green")},
	}}), foreign)
	a.eventually("all instances are healthy", func() bool { return a.healthy() == int(size) })
	return a
}

// note writes into the ledger that release r1 has promoted a version.
func (a *account) note(document release.Document, version string) {
	a.Helper()
	ctx, now := context.Background(), time.Now().UTC()
	record, err := a.engine.Ledger.Create(ctx, ledger.Record{ID: "r1", Service: document.Service, Environment: environment, Execution: "x", CreatedAt: now, Document: document})
	a.must(err)
	lease, err := a.engine.Ledger.Acquire(ctx, ledger.Lease{Service: document.Service, Environment: environment, Owner: "x", Release: "r1", Until: now.Add(time.Hour)})
	a.must(err)
	record.Outcome = release.Promoted
	_, err = a.engine.Ledger.Write(ctx, lease, now.Add(24*time.Hour), ledger.Change{Record: record, Stable: &ledger.Stable{Version: version, Release: "r1", Since: now}, Free: true})
	a.must(err)
}

// patience is for how long something may take that happens sooner or later.
const patience = 2 * time.Minute

func (a *account) eventually(what string, happened func() bool) {
	a.Helper()
	for until := time.Now().Add(patience); !happened(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			a.Fatalf("it never came to pass that %s", what)
		}
	}
}

// healthy counts the targets that requests go to.
func (a *account) healthy() int {
	output, err := a.engine.LoadBalancing.DescribeTargetHealth(context.Background(), &elbv2.DescribeTargetHealthInput{TargetGroupArn: aws.String(a.targetGroup("web-blue"))})
	a.must(err)
	n := 0
	for _, target := range output.TargetHealthDescriptions {
		if target.TargetHealth.State == types.TargetHealthStateEnumHealthy {
			n++
		}
	}
	return n
}

// users make requests until they are stopped, a few of them slow, and count those that fail.
type users struct {
	requests, failed atomic.Int64
	mu               sync.Mutex
	first            string
	stop             context.CancelFunc
	gone             sync.WaitGroup
}

func (a *account) users(count int) *users {
	a.Helper()
	address, err := a.engine.Listen(context.Background(), a.listener("web"))
	a.must(err)
	ctx, stop := context.WithCancel(context.Background())
	u := &users{stop: stop}
	for i := range count {
		path := "/"
		if i == 0 {
			path = "/slow"
		}
		u.gone.Go(func() {
			for ctx.Err() == nil {
				u.ask("http://" + address + path)
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	a.Cleanup(func() { stop(); u.gone.Wait() })
	return u
}

func (u *users) ask(url string) {
	u.requests.Add(1)
	problem := ""
	response, err := http.Get(url)
	if err == nil {
		body, readErr := io.ReadAll(response.Body)
		response.Body.Close()
		if err = readErr; response.StatusCode != http.StatusOK || !strings.HasPrefix(string(body), "i-") {
			problem = response.Status
		}
	}
	if err != nil {
		problem = err.Error()
	}
	if problem != "" {
		u.failed.Add(1)
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.first == "" {
			u.first = problem
		}
	}
}

// TestReplacementDropsNoRequest taints every instance of a group whose users never pause, one after the other or all at once,
// and has each replaced. No request fails, and never are fewer healthy than the floor allows; a group of one has two for the time.
func TestReplacementDropsNoRequest(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2} {
		t.Run(fmt.Sprintf("of %d", size), func(t *testing.T) {
			t.Parallel()
			a := newLiveAccount(t, int32(size))
			group := "web-" + environment + "-" + foreign
			tainted := a.members(group)
			visitors := a.users(4)
			least, watching := a.watch(size)
			for _, id := range tainted {
				a.eventFor(id)
			}
			began := time.Now()
			a.eventually("nothing is left to mend", func() bool { return len(a.look(drift.Scope{Fix: true})) == 0 })
			a.eventually("the group is whole", func() bool { return len(a.members(group)) == size && a.healthy() == size })
			took := time.Since(began)
			watching()
			visitors.stop()
			visitors.gone.Wait()
			for _, id := range a.members(group) {
				if slices.Contains(tainted, id) {
					t.Errorf("%s runs on", id)
				}
			}
			if failed := visitors.failed.Load(); failed > 0 {
				t.Errorf("%d of %d requests failed, the first by: %s", failed, visitors.requests.Load(), visitors.first)
			}
			if *least < size {
				t.Errorf("there were %d healthy instances, and the floor is %d", *least, size)
			}
			if described := a.group(group); *described.DesiredCapacity != int32(size) || *described.MaxSize != int32(size)+2 {
				t.Errorf("the group was left with desired capacity %d of at most %d", *described.DesiredCapacity, *described.MaxSize)
			}
			measured.Log(t, "%d tainted instances were replaced within %s under %d requests, %d of which failed; never fewer than %d were healthy",
				size, took.Round(time.Second), visitors.requests.Load(), visitors.failed.Load(), *least)
		})
	}
}

// watch notes the least number of healthy instances until it is told to stop.
func (a *account) watch(size int) (least *int, stop func()) {
	least = &size
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			*least = min(*least, a.healthy())
			time.Sleep(20 * time.Millisecond)
		}
	})
	return least, func() { cancel(); watching.Wait() }
}

// eventFor has the drift function hear of a shell on an instance.
func (a *account) eventFor(id string) {
	a.Helper()
	a.event("ssm.amazonaws.com", "StartSession", `{"target":"`+id+`"}`, `{"sessionId":"jane-0a1b"}`)
}

// TestRepeatedTaintsAreLeftToAPerson taints an instance again and again: after three replacements in a day it stands as it is, and the day after
// it is replaced again.
func TestRepeatedTaintsAreLeftToAPerson(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	furnishALB(a)
	group := "web-" + environment + "-" + released
	for range 3 {
		a.eventFor(a.members(group)[0])
		a.fix()
		a.pass(settling)
	}
	before := a.running()
	a.eventFor(a.members(group)[0])
	found := a.fix()[0].Findings[0]
	if found.Done != "left to a person" || !strings.Contains(found.Reason, "3 instances of group "+group+" were replaced within a day") {
		t.Errorf("the fourth one is %s: %s", found.Done, found.Reason)
	}
	if !slices.Equal(before, a.running()) {
		t.Error("it was replaced nevertheless")
	}
	a.pass(25 * time.Hour)
	if found := a.fix()[0].Findings[0]; found.Done == "left to a person" {
		t.Errorf("a day later it is %s: %s", found.Done, found.Reason)
	}
	a.pass(settling)
	if again := a.look(drift.Scope{Report: true}); len(again) > 0 {
		t.Errorf("there is still %+v", again)
	}
}
