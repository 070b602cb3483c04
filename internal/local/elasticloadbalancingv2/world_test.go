package elasticloadbalancingv2_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// A world is a load balancer with instances, which are servers of this process.
type world struct {
	*elasticloadbalancingv2.Service
	t       *testing.T
	virtual *clock.Virtual
	store   store.Store

	mu        sync.Mutex
	addresses map[string]string
	requests  []elasticloadbalancingv2.Request
	hosts     []elasticloadbalancingv2.Hosts
}

func newWorld(t *testing.T, change ...func(*elasticloadbalancingv2.Options)) *world {
	t.Helper()
	w := &world{t: t, virtual: clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)), store: store.Memory(), addresses: map[string]string{}}
	w.start(change...)
	return w
}

// start makes a service of what the store has.
func (w *world) start(change ...func(*elasticloadbalancingv2.Options)) {
	w.t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	options := elasticloadbalancingv2.Options{
		Clock: w.virtual, Store: w.store, Address: w.address, Meter: w, HostMeter: w, AccountID: "123456789012",
		Random: func() float64 { mu.Lock(); defer mu.Unlock(); return random.Float64() },
	}
	for _, c := range change {
		c(&options)
	}
	service, err := elasticloadbalancingv2.New(options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(service.Close)
	w.Service = service
}

func (w *world) address(_ context.Context, id string, _ int32) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	address, ok := w.addresses[id]
	return address, ok
}

func (w *world) Record(request elasticloadbalancingv2.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, request)
}

func (w *world) RecordHosts(hosts elasticloadbalancingv2.Hosts) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts = append(w.hosts, hosts)
}

// recorded takes what was counted.
func (w *world) recorded() []elasticloadbalancingv2.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.requests
	w.requests = nil
	return taken
}

// instance starts a server that answers with its id, unless a handler is given.
func (w *world) instance(id string, handler http.HandlerFunc) *httptest.Server {
	w.t.Helper()
	if handler == nil {
		handler = func(out http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(out, id) }
	}
	server := httptest.NewServer(handler)
	w.t.Cleanup(server.Close)
	w.place(id, strings.TrimPrefix(server.URL, "http://"))
	return server
}

func (w *world) place(id, address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addresses[id] = address
}

// pass lets virtual time pass.
func (w *world) pass(d time.Duration) { w.virtual.RunUntil(w.virtual.Now().Add(d)) }

func (w *world) balancer(name string) string {
	w.t.Helper()
	out, err := w.CreateLoadBalancer(w.t.Context(), &sdk.CreateLoadBalancerInput{Name: &name, Subnets: []string{"subnet-1", "subnet-2"}})
	w.must(err)
	return *out.LoadBalancers[0].LoadBalancerArn
}

// group makes a target group with targets; each is an instance's id.
func (w *world) group(name string, targets ...string) string {
	w.t.Helper()
	out, err := w.CreateTargetGroup(w.t.Context(), groupInput(name))
	w.must(err)
	arn := *out.TargetGroups[0].TargetGroupArn
	if len(targets) > 0 {
		w.register(arn, targets...)
	}
	return arn
}

func groupInput(name string) *sdk.CreateTargetGroupInput {
	return &sdk.CreateTargetGroupInput{
		Name: &name, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String("vpc-1"),
		HealthCheckIntervalSeconds: aws.Int32(10), HealthyThresholdCount: aws.Int32(3),
	}
}

func descriptions(targets []string) []types.TargetDescription {
	var list []types.TargetDescription
	for _, id := range targets {
		list = append(list, types.TargetDescription{Id: &id})
	}
	return list
}

func (w *world) register(group string, targets ...string) {
	w.t.Helper()
	_, err := w.RegisterTargets(w.t.Context(), &sdk.RegisterTargetsInput{TargetGroupArn: &group, Targets: descriptions(targets)})
	w.must(err)
}

func (w *world) deregister(group string, targets ...string) {
	w.t.Helper()
	_, err := w.DeregisterTargets(w.t.Context(), &sdk.DeregisterTargetsInput{TargetGroupArn: &group, Targets: descriptions(targets)})
	w.must(err)
}

func (w *world) attribute(group, key, value string) {
	w.t.Helper()
	_, err := w.ModifyTargetGroupAttributes(w.t.Context(), &sdk.ModifyTargetGroupAttributesInput{
		TargetGroupArn: &group, Attributes: []types.TargetGroupAttribute{{Key: &key, Value: &value}},
	})
	w.must(err)
}

// forward is a forward action: groups and weights in turn.
func forward(sticky time.Duration, groups ...any) []types.Action {
	config := &types.ForwardActionConfig{}
	if sticky > 0 {
		config.TargetGroupStickinessConfig = &types.TargetGroupStickinessConfig{Enabled: aws.Bool(true), DurationSeconds: aws.Int32(int32(sticky / time.Second))}
	}
	for i := 0; i < len(groups); i += 2 {
		config.TargetGroups = append(config.TargetGroups, types.TargetGroupTuple{
			TargetGroupArn: aws.String(groups[i].(string)), Weight: aws.Int32(int32(groups[i+1].(int))),
		})
	}
	return []types.Action{{Type: types.ActionTypeEnumForward, ForwardConfig: config}}
}

// listener makes a load balancer with a listener.
func (w *world) listener(actions []types.Action) string {
	w.t.Helper()
	out, err := w.CreateListener(w.t.Context(), &sdk.CreateListenerInput{
		LoadBalancerArn: aws.String(w.balancer("edge")), Port: aws.Int32(8080), Protocol: types.ProtocolEnumHttp, DefaultActions: actions,
	})
	w.must(err)
	return *out.Listeners[0].ListenerArn
}

func (w *world) shift(listener string, actions []types.Action) {
	w.t.Helper()
	_, err := w.ModifyListener(w.t.Context(), &sdk.ModifyListenerInput{ListenerArn: &listener, DefaultActions: actions})
	w.must(err)
}

func (w *world) rule(listener string, priority int32, conditions []types.RuleCondition, actions []types.Action) string {
	w.t.Helper()
	out, err := w.CreateRule(w.t.Context(), &sdk.CreateRuleInput{ListenerArn: &listener, Priority: &priority, Conditions: conditions, Actions: actions})
	w.must(err)
	return *out.Rules[0].RuleArn
}

// health is the state of each target, with its reason.
func (w *world) health(group string, targets ...string) map[string]string {
	w.t.Helper()
	out, err := w.DescribeTargetHealth(w.t.Context(), &sdk.DescribeTargetHealthInput{TargetGroupArn: &group, Targets: descriptions(targets)})
	w.must(err)
	states := map[string]string{}
	for _, d := range out.TargetHealthDescriptions {
		states[*d.Target.Id] = strings.TrimSpace(string(d.TargetHealth.State) + " " + string(d.TargetHealth.Reason))
	}
	return states
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// serve answers the listener on a port of this machine, and says where.
func (w *world) serve(listener string) string {
	w.t.Helper()
	server := httptest.NewServer(w.Handler(listener))
	w.t.Cleanup(server.Close)
	return server.URL
}

// get asks and returns "STATUS BODY".
func get(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, client, request)
}

func do(t *testing.T, client *http.Client, request *http.Request) string {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.Header.Get("Server") == "awselb/2.0" {
		return fmt.Sprintf("%d from the load balancer", response.StatusCode)
	}
	return fmt.Sprintf("%d %s", response.StatusCode, body)
}

// refused checks the code of an error.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	failure, ok := errors.AsType[smithy.APIError](err)
	if !ok || failure.ErrorCode() != code {
		t.Errorf("the call ended with %v, want %s", err, code)
	}
}
