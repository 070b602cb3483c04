package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// A network is how names and addresses of the local cloud, which are none of this machine's, are reached on its loopback
// interface: private addresses of instances, and load balancers' names.
type network struct {
	mu sync.Mutex
	// listeners are where listeners answer, by "name:port" of their load balancers.
	listeners map[string]string
	// open ends when the listeners must no longer answer; serving are those that do.
	open    context.Context
	close   context.CancelFunc
	serving sync.WaitGroup
}

// Listen answers at a loopback port as the listener does, until the engine is closed. It returns where, as "host:port";
// a listener that answers already goes on where it does.
func (e *Engine) Listen(ctx context.Context, listenerARN string) (address string, err error) {
	name, err := e.nameOf(ctx, listenerARN)
	if err != nil {
		return "", fmt.Errorf("answer as listener %s: %w", listenerARN, err)
	}
	e.network.mu.Lock()
	defer e.network.mu.Unlock()
	if address, served := e.network.listeners[name]; served {
		return address, nil
	}
	connections, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("answer as listener %s: %w", listenerARN, err)
	}
	e.network.serving.Go(func() {
		if err := e.LoadBalancing.Serve(e.network.open, listenerARN, connections); err != nil {
			e.options.Log.Warn("a listener stopped answering", "listener", listenerARN, "error", err.Error())
		}
	})
	e.network.listeners[name] = connections.Addr().String()
	return e.network.listeners[name], nil
}

// nameOf is the "name:port" at which a listener is reached in AWS, in lower case: DNS tells no cases apart.
func (e *Engine) nameOf(ctx context.Context, listenerARN string) (string, error) {
	listeners, err := e.LoadBalancing.DescribeListeners(ctx, &elasticloadbalancingv2.DescribeListenersInput{ListenerArns: []string{listenerARN}})
	if err != nil {
		return "", err
	}
	listener := listeners.Listeners[0]
	balancers, err := e.LoadBalancing.DescribeLoadBalancers(ctx, &elasticloadbalancingv2.DescribeLoadBalancersInput{LoadBalancerArns: []string{*listener.LoadBalancerArn}})
	if err != nil {
		return "", err
	}
	return strings.ToLower(net.JoinHostPort(aws.ToString(balancers.LoadBalancers[0].DNSName), strconv.Itoa(int(aws.ToInt32(listener.Port))))), nil
}

// Dial connects to an address of the local cloud, "host:port": of a load balancer's listener, which answers as by
// [Engine.Listen] from then on, of an instance, or else of this machine.
func (e *Engine) Dial(ctx context.Context, protocol, address string) (net.Conn, error) {
	to, err := e.here(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", address, err)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, protocol, to)
}

// here is where an address of the local cloud is reached on this machine; any other address is itself.
func (e *Engine) here(ctx context.Context, address string) (string, error) {
	name := strings.ToLower(address)
	e.network.mu.Lock()
	to, known := e.network.listeners[name]
	e.network.mu.Unlock()
	host, port, err := net.SplitHostPort(name)
	if known || err != nil || e.EC2 == nil {
		return cmp.Or(to, address), nil
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		return address, nil
	}
	if to, known := e.EC2.Address(ctx, host, int32(number)); known {
		return to, nil
	}
	if !strings.HasSuffix(host, balancerDomain) {
		return address, nil
	}
	listener, err := e.listenerOf(ctx, host, int32(number))
	if err != nil {
		return "", err
	}
	if listener == "" { // and nobody outside is asked for it
		return "", errors.New("no load balancer has this name and port")
	}
	return e.Listen(ctx, listener)
}

// balancerDomain ends the names of load balancers.
const balancerDomain = ".elb.amazonaws.com"

// listenerOf is the ARN of the listener of a load balancer's name and port; empty when there is none.
func (e *Engine) listenerOf(ctx context.Context, name string, port int32) (string, error) {
	balancers := elasticloadbalancingv2.NewDescribeLoadBalancersPaginator(e.LoadBalancing, &elasticloadbalancingv2.DescribeLoadBalancersInput{})
	for balancers.HasMorePages() {
		page, err := balancers.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, balancer := range page.LoadBalancers {
			if !strings.EqualFold(aws.ToString(balancer.DNSName), name) {
				continue
			}
			listeners, err := e.LoadBalancing.DescribeListeners(ctx, &elasticloadbalancingv2.DescribeListenersInput{LoadBalancerArn: balancer.LoadBalancerArn})
			if err != nil {
				return "", err
			}
			for _, listener := range listeners.Listeners {
				if aws.ToInt32(listener.Port) == port {
					return aws.ToString(listener.ListenerArn), nil
				}
			}
		}
	}
	return "", nil
}

// HTTP is a client that reaches the local cloud's names and addresses, or has Options.Transport reach them.
func (e *Engine) HTTP() *http.Client {
	if e.options.Transport != nil {
		return &http.Client{Transport: e.options.Transport}
	}
	return &http.Client{Transport: &http.Transport{DialContext: e.Dial, DisableKeepAlives: true}}
}

// end ends every listener, once the requests that came before are answered, or after closeTimeout.
func (n *network) end() {
	n.close()
	ended := make(chan struct{})
	go func() {
		n.serving.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(closeTimeout):
	}
}
