package workflow_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
)

// An infrastructure is what a world has beside functions and APIs: instances whose programs are made up, and who asks them.
// Nothing of it runs by itself: the local services that make it do all on the world's clock.
type infrastructure struct {
	// instances are those whose programs run, by their ids. Each answers at the address that is its id.
	instances map[string]ec2.Instance
	// sick says which instances fail their health checks; nil: none.
	sick func(ec2.Instance) bool
	// answer is the status with which a request is answered that a check makes; nil: 200.
	answer func(*http.Request) int
}

// newInfrastructureWorld makes a world that has instances, load balancers, stacks, zones and images, and none of them yet.
func newInfrastructureWorld(t testing.TB, change ...func(*world, *engine.Options)) *world {
	t.Helper()
	return newWorld(t, append([]func(*world, *engine.Options){func(w *world, options *engine.Options) {
		w.infrastructure = &infrastructure{instances: map[string]ec2.Instance{}}
		options.Transport = w.infrastructure
		options.Infrastructure = &engine.Infrastructure{
			Runner: w.infrastructure, Probe: w.infrastructure.probe,
			BootDuration: 20 * time.Second, BuildDuration: 5 * time.Minute, Propagation: 30 * time.Second, Interval: 5 * time.Second,
		}
	}}, change...)...)
}

// Start is ec2.Runner's.
func (i *infrastructure) Start(_ context.Context, instance ec2.Instance) (address string, err error) {
	i.instances[instance.ID] = instance
	return instance.ID, nil
}

// Stop is ec2.Runner's.
func (i *infrastructure) Stop(_ context.Context, id string, _ time.Duration) { delete(i.instances, id) }

var errSick = errors.New("the instance fails its health check")

// probe is a load balancer's health check.
func (i *infrastructure) probe(_ context.Context, address string, _ elasticloadbalancingv2.Check) error {
	instance, running := i.instances[address]
	if !running || i.sick != nil && i.sick(instance) {
		return errSick
	}
	return nil
}

// RoundTrip is http.RoundTripper's, for requests that checks make.
func (i *infrastructure) RoundTrip(request *http.Request) (*http.Response, error) {
	status := http.StatusOK
	if i.answer != nil {
		status = i.answer(request)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: request}, nil
}
