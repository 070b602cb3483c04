package elasticloadbalancingv2_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

func TestWeightsShareRequestsAndTargetsTakeTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"i-1", "i-2", "i-3"} {
		w.instance(id, nil)
	}
	stable, canary := w.group("stable", "i-1", "i-2"), w.group("canary", "i-3")
	listener := w.listener(forward(0, stable, 900, canary, 100))
	w.pass(0)
	url, got := w.serve(listener), map[string]int{}
	for range 2000 {
		got[get(t, http.DefaultClient, url)]++
	}
	if got["200 i-3"] < 160 || got["200 i-3"] > 240 {
		t.Errorf("the canary got %d of 2000 requests, want about 200", got["200 i-3"])
	}
	if difference := got["200 i-1"] - got["200 i-2"]; difference < -1 || difference > 1 || len(got) != 3 {
		t.Errorf("answers %v: the targets of a group take turns", got)
	}
}

// TestNoRequestFails shifts weights, drains and stops targets under load: on the
// wall clock, because processes stop in real time.
func TestNoRequestFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *elasticloadbalancingv2.Options) { o.Clock = clock.Wall{} })
	groups := []string{w.group("blue", "i-0"), w.group("green")}
	for _, group := range groups {
		w.attribute(group, "deregistration_delay.timeout_seconds", "1")
	}
	running := w.instance("i-0", slowly)
	listener := w.listener(forward(0, groups[0], 100, groups[1], 0))
	w.until(groups[0], map[string]string{"i-0": "healthy"})

	ctx, cancel := context.WithCancel(t.Context())
	connections, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	served := make(chan error, 1)
	go func() { served <- w.Serve(ctx, listener, connections) }()

	stop := make(chan struct{})
	var users sync.WaitGroup
	var requests, failed atomic.Int64
	for range 8 {
		users.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				requests.Add(1)
				if answer := ask(client, "http://"+connections.Addr().String(), n); answer != "200" {
					failed.Add(1)
					t.Errorf("request failed: %s", answer)
				}
			}
		})
	}
	for release := 1; release <= 3; release++ {
		idle, busy := groups[release%2], groups[(release+1)%2]
		old, next := fmt.Sprintf("i-%d", release-1), fmt.Sprintf("i-%d", release)
		started := w.instance(next, slowly)
		w.register(idle, next)
		w.until(idle, map[string]string{next: "healthy"})
		for _, weight := range []int{10, 50, 90, 100} {
			w.shift(listener, forward(0, busy, 100-weight, idle, weight))
			before := requests.Load()
			for requests.Load() < before+100 {
				time.Sleep(time.Millisecond)
			}
		}
		w.deregister(busy, old)
		if state := w.health(busy)[old]; state != "draining Target.DeregistrationInProgress" {
			t.Errorf("a deregistered target is %q", state)
		}
		w.until(busy, map[string]string{})
		running.Close()
		running = started
	}
	close(stop)
	users.Wait()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if !t.Failed() {
		measured.Log(t, "%d requests in 3 shifts, drains and stops of targets, %d failed", requests.Load(), failed.Load())
	}
}

// until waits until the targets of a group are so.
func (w *world) until(group string, want map[string]string) {
	w.t.Helper()
	for !cmp.Equal(w.health(group), want) {
		if w.t.Context().Err() != nil {
			w.t.Fatalf("targets stayed %v, want %v", w.health(group), want)
		}
		time.Sleep(time.Millisecond)
	}
}

// slowly answers after a moment, so that requests are under way when things change.
func slowly(out http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		out.WriteHeader(http.StatusInternalServerError)
		return
	}
	time.Sleep(time.Millisecond)
	_, _ = out.Write(body)
}

// ask sends every second request with a body, which nobody may send again.
func ask(client *http.Client, url string, n int) string {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if n%2 == 1 {
		request, err = http.NewRequest(http.MethodPost, url, io.NopCloser(strings.NewReader("body")))
	}
	if err != nil {
		return err.Error()
	}
	response, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err.Error()
	}
	return fmt.Sprint(response.StatusCode)
}

func TestAStickyClientStaysWhateverTheWeights(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	w := newWorld(t)
	w.instance("i-1", nil)
	w.instance("i-2", nil)
	stable, canary := w.group("stable", "i-1"), w.group("canary", "i-2")
	listener := w.listener(forward(hour, stable, 0, canary, 1))
	w.pass(0)
	url := w.serve(listener)
	header := w.cookies(url)
	asks := func() string {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		w.must(err)
		request.Header.Set("Cookie", header)
		return do(t, http.DefaultClient, request)
	}

	w.shift(listener, forward(hour, stable, 1, canary, 0))
	if got := asks(); got != "200 i-2" {
		t.Errorf("weight 0 evicted a sticky client: %s", got)
	}
	if got := get(t, http.DefaultClient, url); got != "200 i-1" {
		t.Errorf("a new client got %s", got)
	}
	w.shift(listener, forward(0, stable, 1, canary, 0))
	if got := asks(); got != "200 i-1" {
		t.Errorf("without stickiness the cookie still holds: %s", got)
	}
	w.shift(listener, forward(hour, stable, 1, canary, 0))
	if got := asks(); got != "200 i-2" {
		t.Errorf("the cookie was forgotten: %s", got)
	}
	w.shift(listener, forward(hour, stable, 1))
	if got := asks(); got != "200 i-1" {
		t.Errorf("a group that the action names no more still holds: %s", got)
	}
	w.shift(listener, forward(hour, stable, 1, canary, 0))
	w.pass(hour - time.Minute)
	if got := asks(); got != "200 i-2" {
		t.Errorf("the cookie ended early: %s", got)
	}
	w.pass(2 * time.Minute)
	if got := asks(); got != "200 i-1" {
		t.Errorf("the cookie holds longer than its duration: %s", got)
	}
}

// cookies asks once, and returns the cookies that came.
func (w *world) cookies(url string) string {
	w.t.Helper()
	response, err := http.Get(url)
	w.must(err)
	defer response.Body.Close()
	var all []string
	for _, cookie := range response.Cookies() {
		all = append(all, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(all, "; ")
}

func TestAStickyGroupKeepsTheTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.instance("i-1", nil)
	second := w.instance("i-2", nil)
	group, other := w.group("stable", "i-1", "i-2"), w.group("canary")
	w.attribute(group, "stickiness.enabled", "true")
	listener := w.listener(forward(0, group, 1))
	_, err := w.ModifyListener(t.Context(), &sdk.ModifyListenerInput{ListenerArn: &listener, DefaultActions: forward(0, group, 1, other, 0)})
	refused(t, err, "InvalidConfigurationRequest")
	w.pass(0)
	jar, err := cookiejar.New(nil)
	w.must(err)
	client, url := &http.Client{Jar: jar}, w.serve(listener)
	first := get(t, client, url)
	for range 5 {
		if got := get(t, client, url); got != first {
			t.Errorf("the client went from %s to %s", first, got)
		}
	}
	if first != "200 i-1" {
		t.Errorf("the first turn was %s", first)
	}
	w.place("i-1", "127.0.0.1:1")
	w.pass(20 * time.Second)
	if got := get(t, client, url); got != "200 i-2" {
		t.Errorf("an unhealthy target keeps its clients: %s", got)
	}
	second.Close()

	w.shift(listener, forward(time.Hour, group, 1, other, 0))
	w.attribute(group, "stickiness.enabled", "false")
	w.shift(listener, forward(0, group, 1, other, 0))
	_, err = w.ModifyTargetGroupAttributes(t.Context(), &sdk.ModifyTargetGroupAttributesInput{
		TargetGroupArn: &group, Attributes: []types.TargetGroupAttribute{{Key: aws.String("stickiness.enabled"), Value: aws.String("true")}},
	})
	refused(t, err, "InvalidConfigurationRequest")
}

func TestAGroupThatCannotAnswerDoesNotFailOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.instance("i-1", nil)
	w.place("i-2", "127.0.0.1:1") // nobody listens there
	stable, canary := w.group("stable", "i-1"), w.group("canary")
	listener := w.listener(forward(0, stable, 0, canary, 1))
	w.pass(0)
	url := w.serve(listener)
	if got := get(t, http.DefaultClient, url); got != "503 from the load balancer" {
		t.Errorf("a group without targets: %s", got)
	}
	w.register(canary, "i-2")
	w.pass(10 * time.Second)
	if diff := cmp.Diff(map[string]string{"i-2": "unhealthy Target.FailedHealthChecks"}, w.health(canary)); diff != "" {
		t.Error(diff)
	}
	if got := get(t, http.DefaultClient, url); got != "502 from the load balancer" {
		t.Errorf("a group of unhealthy targets fails open: %s", got)
	}
	w.register(canary, "i-3") // it has no address at all
	if got := get(t, http.DefaultClient, url) + get(t, http.DefaultClient, url); got != strings.Repeat("502 from the load balancer", 2) {
		t.Errorf("a target that isn't there: %s", got)
	}
	w.deregister(canary, "i-2", "i-3")
	if got := get(t, http.DefaultClient, url); got != "503 from the load balancer" {
		t.Errorf("a group of draining targets: %s", got)
	}
	var names []string
	for _, request := range w.recorded() {
		line := ""
		for _, metric := range request.Metrics() {
			line += fmt.Sprintf("%s%d ", metric.Name, len(metric.Dimensions))
		}
		names = append(names, strings.TrimSpace(line))
	}
	const none, failed = "HTTPCode_ELB_5XX_Count1 HTTPCode_ELB_503_Count1",
		"HTTPCode_ELB_5XX_Count1 HTTPCode_ELB_502_Count1 RequestCount1 TargetConnectionErrorCount1 RequestCount2 TargetConnectionErrorCount2"
	if diff := cmp.Diff([]string{none, failed, failed, failed, none}, names); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestUnhealthyTargetsGetNothingWhileOthersAreHealthy(t *testing.T) {
	t.Parallel()
	var status atomic.Int64
	status.Store(http.StatusOK)
	w := newWorld(t)
	w.instance("i-1", nil)
	w.instance("i-2", func(out http.ResponseWriter, in *http.Request) {
		if in.UserAgent() == "ELB-HealthChecker/2.0" {
			out.WriteHeader(int(status.Load()))
			return
		}
		_, _ = io.WriteString(out, "i-2")
	})
	group := w.group("stable", "i-1", "i-2")
	if diff := cmp.Diff(map[string]string{"i-1": "unused Target.NotInUse", "i-2": "unused Target.NotInUse"}, w.health(group)); diff != "" {
		t.Errorf("targets of a group that no rule names (-want +got):\n%s", diff)
	}
	w.pass(time.Hour)
	if len(w.hosts) != 0 {
		t.Errorf("targets of an unused group were checked: %v", w.hosts)
	}
	listener := w.listener(forward(0, group, 1))
	if diff := cmp.Diff(map[string]string{"i-1": "initial Elb.RegistrationInProgress", "i-2": "initial Elb.RegistrationInProgress"}, w.health(group)); diff != "" {
		t.Error(diff)
	}
	w.pass(0)
	if diff := cmp.Diff(map[string]string{"i-1": "healthy", "i-2": "healthy"}, w.health(group)); diff != "" {
		t.Errorf("after the first check (-want +got):\n%s", diff)
	}
	status.Store(http.StatusServiceUnavailable)
	w.pass(10 * time.Second)
	if got := w.health(group)["i-2"]; got != "healthy" {
		t.Errorf("after one failed check of two: %s", got)
	}
	w.pass(10 * time.Second)
	if got := w.health(group)["i-2"]; got != "unhealthy Target.ResponseCodeMismatch" {
		t.Errorf("after two failed checks: %s", got)
	}
	url := w.serve(listener)
	for range 4 {
		if got := get(t, http.DefaultClient, url); got != "200 i-1" {
			t.Errorf("an unhealthy target got a request: %s", got)
		}
	}
	status.Store(http.StatusOK)
	w.pass(20 * time.Second)
	if got := w.health(group)["i-2"]; got != "unhealthy Target.ResponseCodeMismatch" {
		t.Errorf("recovery takes three checks, after two it was %s", got)
	}
	w.pass(10 * time.Second)
	if got := w.health(group)["i-2"]; got != "healthy" {
		t.Errorf("after three checks: %s", got)
	}
	last := w.hosts[len(w.hosts)-1]
	metrics := last.Metrics()
	if last.Healthy != 2 || last.Unhealthy != 0 || metrics[0].Name != "HealthyHostCount" || metrics[0].Value != 2 || metrics[1].Value != 0 {
		t.Errorf("hosts %+v, metrics %+v", last, metrics)
	}
	_, err := w.DeleteListener(t.Context(), &sdk.DeleteListenerInput{ListenerArn: &listener})
	w.must(err)
	if got := w.health(group)["i-1"]; got != "unused Target.NotInUse" {
		t.Errorf("without a rule: %s", got)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("a deleted listener answered")
	}
}

func TestANewTargetThatFailsBecomesUnhealthy(t *testing.T) {
	t.Parallel()
	failures := map[string]error{"i-1": context.DeadlineExceeded, "i-2": io.ErrUnexpectedEOF}
	var asked []elasticloadbalancingv2.Check
	w := newWorld(t, func(o *elasticloadbalancingv2.Options) {
		o.Address = nil
		o.Probe = func(_ context.Context, address string, check elasticloadbalancingv2.Check) error {
			if address != check.Target+":81" {
				t.Errorf("%s was checked at %s", check.Target, address)
			}
			asked = append(asked, check)
			return failures[check.Target]
		}
	})
	group := w.group("stable", "i-1", "i-2")
	_, err := w.ModifyTargetGroup(t.Context(), &sdk.ModifyTargetGroupInput{
		TargetGroupArn: &group, HealthCheckPath: aws.String("/ready"), HealthCheckPort: aws.String("81"), Matcher: &types.Matcher{HttpCode: aws.String("200-299")},
	})
	w.must(err)
	w.listener(forward(0, group, 1))
	w.pass(0)
	if diff := cmp.Diff(map[string]string{"i-1": "initial Elb.InitialHealthChecking", "i-2": "initial Elb.InitialHealthChecking"}, w.health(group)); diff != "" {
		t.Error(diff)
	}
	want := elasticloadbalancingv2.Check{TargetGroup: group, Target: "i-1", Path: "/ready", Statuses: "200-299", Timeout: 5 * time.Second}
	if asked[0] != want {
		t.Errorf("check %+v, want %+v", asked[0], want)
	}
	w.pass(10 * time.Second)
	if diff := cmp.Diff(map[string]string{"i-1": "unhealthy Target.Timeout", "i-2": "unhealthy Target.FailedHealthChecks"}, w.health(group)); diff != "" {
		t.Error(diff)
	}
}

func TestARequestUnderWayEndsWithTheDeregistrationDelay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		passes time.Duration
		want   string
	}{
		{"it finishes while its target drains", 29 * time.Second, "200 done"},
		{"it fails when the delay is over", 31 * time.Second, "502 from the load balancer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			came, finish := make(chan struct{}), make(chan struct{})
			w.instance("i-1", func(out http.ResponseWriter, in *http.Request) {
				if in.URL.Path != "/slow" {
					return
				}
				close(came)
				select {
				case <-finish:
				case <-in.Context().Done():
				}
				_, _ = io.WriteString(out, "done")
			})
			group := w.group("stable", "i-1")
			w.attribute(group, "deregistration_delay.timeout_seconds", "30")
			listener := w.listener(forward(0, group, 1))
			w.pass(0)
			url, answer := w.serve(listener), make(chan string, 1)
			go func() { answer <- get(t, http.DefaultClient, url+"/slow") }()
			<-came
			w.deregister(group, "i-1")
			w.pass(test.passes)
			if got := w.health(group, "i-1")["i-1"]; test.passes > 30*time.Second != (got == "unused Target.NotRegistered") {
				t.Errorf("after %s the target is %q", test.passes, got)
			}
			if test.passes < 30*time.Second {
				close(finish)
			}
			if got := <-answer; got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestATargetSeesWhoAsked(t *testing.T) {
	t.Parallel()
	var seen http.Header
	var host string
	w := newWorld(t)
	w.instance("i-1", func(out http.ResponseWriter, in *http.Request) {
		seen, host = in.Header.Clone(), in.Host
		out.WriteHeader(http.StatusTeapot)
	})
	listener := w.listener(forward(0, w.group("stable", "i-1"), 1))
	request := httptest.NewRequest(http.MethodGet, "http://shop.example/cart", nil)
	request.Header.Set("X-Forwarded-For", "203.0.113.7")
	request.Header.Set("X-Forwarded-Host", "forged")
	request.RemoteAddr = "192.0.2.1:4711"
	answer := httptest.NewRecorder()
	w.Handler(listener).ServeHTTP(answer, request)
	want := []string{"shop.example", "203.0.113.7, 192.0.2.1", "http", "8080", ""}
	got := []string{host, seen.Get("X-Forwarded-For"), seen.Get("X-Forwarded-Proto"), seen.Get("X-Forwarded-Port"), seen.Get("X-Forwarded-Host")}
	if diff := cmp.Diff(want, got); diff != "" || seen.Get("X-Amzn-Trace-Id") == "" {
		t.Errorf("headers %v (-want +got):\n%s", seen, diff)
	}
	request.Header.Set("X-Amzn-Trace-Id", "Root=mine")
	w.Handler(listener).ServeHTTP(httptest.NewRecorder(), request)
	if seen.Get("X-Amzn-Trace-Id") != "Root=mine" {
		t.Errorf("trace %q", seen.Get("X-Amzn-Trace-Id"))
	}
	counted := w.recorded()[0]
	names := map[string]string{}
	for _, metric := range counted.Metrics() {
		names[metric.Name] = metric.Unit
	}
	wantNames := map[string]string{"RequestCount": "Count", "HTTPCode_Target_4XX_Count": "Count", "TargetResponseTime": "Seconds"}
	if diff := cmp.Diff(wantNames, names); diff != "" || counted.TargetStatus != http.StatusTeapot || counted.BalancerStatus != 0 {
		t.Errorf("counted %+v (-want +got):\n%s", counted, diff)
	}
	if !strings.HasPrefix(counted.LoadBalancer, "app/edge/") || !strings.HasPrefix(counted.TargetGroup, "targetgroup/stable/") {
		t.Errorf("dimensions %q and %q", counted.LoadBalancer, counted.TargetGroup)
	}
}

func TestAClientThatLeavesIsItsOwnFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	came := make(chan struct{})
	w.instance("i-1", func(_ http.ResponseWriter, in *http.Request) { close(came); <-in.Context().Done() })
	listener := w.listener(forward(0, w.group("stable", "i-1"), 1))
	ctx, cancel := context.WithCancel(t.Context())
	request := httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx)
	go func() { <-came; cancel() }()
	w.Handler(listener).ServeHTTP(httptest.NewRecorder(), request)
	counted := w.recorded()
	if len(counted) != 1 || counted[0].BalancerStatus != 460 || counted[0].TargetStatus != 0 {
		t.Errorf("counted %+v", counted)
	}
	for _, metric := range counted[0].Metrics() {
		if metric.Name == "HTTPCode_ELB_5XX_Count" {
			t.Error("it counts as an error of the load balancer")
		}
	}
}

func TestServeEndsWithItsConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connections, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	w.must(connections.Close())
	if err := w.Serve(t.Context(), "arn", connections); err == nil {
		t.Error("closed connections were served")
	}
}
