package alb_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localautoscaling "github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	localelb "github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// TestContract holds the target to the laws of every target, on the local cloud.
func TestContract(t *testing.T) {
	t.Parallel()
	targettest.Run(t, func(t *testing.T) targettest.World { return newLocalAccount(t).world() })
}

// A localAccount is an account of the local cloud, whose instances are servers of this process that answer with their version.
type localAccount struct {
	*account
	clock    *clock.Virtual
	balancer *localelb.Service
	groups   *localautoscaling.Service
	machines *localec2.Service
	programs *programs
}

func newLocalAccount(t testing.TB) *localAccount {
	t.Helper()
	virtual := clock.NewVirtual(noon)
	a := &account{
		t: t, service: "echo", vpc: "vpc-1", subnets: []string{"subnet-1", "subnet-2"}, now: virtual.Now,
		pass: func(d time.Duration) { virtual.RunUntil(virtual.Now().Add(d)) },
	}
	l := &localAccount{account: a, clock: virtual, programs: &programs{servers: map[string]*httptest.Server{}, broken: map[string]bool{}}}
	var err error
	a.metrics, err = localcloudwatch.New(localcloudwatch.Options{Clock: virtual, Retention: 48 * time.Hour})
	must(t, err)
	l.machines, err = localec2.New(localec2.Options{
		Clock: virtual, Store: store.Memory(), Intercept: a.intercept, Runner: l.programs, AccountID: "123456789012", BootDuration: 10 * time.Second,
	})
	must(t, err)
	l.balancer, err = localelb.New(localelb.Options{Clock: virtual, Store: store.Memory(), Intercept: a.intercept, Address: l.machines.Address, AccountID: "123456789012"})
	must(t, err)
	l.groups, err = localautoscaling.New(localautoscaling.Options{
		Clock: virtual, Store: store.Memory(), Intercept: a.intercept, Instances: l.machines, TargetGroups: l.balancer, AccountID: "123456789012",
	})
	must(t, err)
	t.Cleanup(func() {
		ctx := context.Background()
		_ = l.groups.Close(ctx)
		_ = l.machines.Close(ctx)
		l.balancer.Close()
	})
	a.elb, a.scaling, a.ec2 = l.balancer, l.groups, l.machines
	a.image = func(name string) string {
		output, err := l.machines.RegisterImage(foreign(t), &ec2.RegisterImageInput{Name: aws.String("echo-" + name), ImageLocation: aws.String("s3://programs/" + name)})
		must(t, err)
		return *output.ImageId
	}
	return l
}

// programs runs the program of each instance, which answers with its version; that of a broken version answers nothing but 500.
type programs struct {
	mu      sync.Mutex
	servers map[string]*httptest.Server
	broken  map[string]bool
}

func (p *programs) Start(_ context.Context, instance localec2.Instance) (string, error) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.broken[instance.TemplateVersion] {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, instance.TemplateVersion)
	}))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.servers[instance.ID] = server
	return strings.TrimPrefix(server.URL, "http://"), nil
}

func (p *programs) Stop(_ context.Context, id string, _ time.Duration) {
	p.mu.Lock()
	server := p.servers[id]
	delete(p.servers, id)
	p.mu.Unlock()
	if server != nil {
		server.Close()
	}
}

// fail breaks the programs of a version.
func (p *programs) fail(version string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken[version] = true
}
