package elasticloadbalancingv2

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

const (
	// idleTimeout is how long a target may take to answer:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
	idleTimeout = 60 * time.Second
	// keepAlive is how long a connection to a target is kept for the next request:
	// shorter than servers keep theirs, so that none is closed under a request.
	keepAlive = 4 * time.Second
	// clientGone is what the load balancer notes when the client has closed the connection.
	clientGone = 460
)

func newTransport() *http.Transport {
	return &http.Transport{ResponseHeaderTimeout: idleTimeout, IdleConnTimeout: keepAlive, MaxIdleConnsPerHost: 64, DisableCompression: true}
}

// Handler answers as a listener does, by the rules and targets of the moment of
// each request. One that is deleted closes the connection.
func (s *Service) Handler(listenerARN string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, listenerARN) })
}

// Serve answers on connections as a listener does until ctx is done, and then
// until the requests that came before are answered. TLS is the connections' affair.
func (s *Service) Serve(ctx context.Context, listenerARN string, connections net.Listener) error {
	server := &http.Server{Handler: s.Handler(listenerARN), ReadHeaderTimeout: idleTimeout}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(connections) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve listener %s: %w", listenerARN, err)
	case <-ctx.Done():
	}
	err := server.Shutdown(context.WithoutCancel(ctx))
	<-ended
	return err
}

// A journey is what becomes of one request.
type journey struct {
	listener *listener
	actions  []types.Action
	forward  *types.ForwardActionConfig
	group    *targetGroup
	target   *watched
	counted  Request
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, listenerARN string) {
	j, found := s.begin(r, listenerARN)
	if !found {
		panic(http.ErrAbortHandler)
	}
	defer func() {
		if s.options.Meter != nil {
			s.options.Meter.Record(j.counted)
		}
	}()
	for _, action := range j.actions[:len(j.actions)-1] {
		if status, answered := unauthenticated(w, action); answered {
			j.counted.BalancerStatus = status
			return
		}
	}
	switch last := j.actions[len(j.actions)-1]; {
	case last.Type == types.ActionTypeEnumFixedResponse:
		j.counted.BalancerStatus = respondFixed(w, last.FixedResponseConfig)
	case last.Type == types.ActionTypeEnumRedirect:
		j.counted.BalancerStatus = redirect(w, r, last.RedirectConfig, j.listener.Protocol, *j.listener.Port)
	case j.target == nil:
		j.fail(w, http.StatusServiceUnavailable)
	default:
		s.pass(w, r, j)
	}
}

// begin finds what is to be done with a request, and for a request that is to be
// forwarded its target, all at one moment of the books.
func (s *Service) begin(r *http.Request, listenerARN string) (*journey, bool) {
	request := attributesOf(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	matched := s.books.ruleFor(listenerARN, request)
	if matched == nil {
		return nil, false
	}
	j := &journey{listener: s.books.listeners[listenerARN], actions: matched.Actions}
	j.counted = Request{LoadBalancer: loadBalancerDimension(*j.listener.LoadBalancerArn), Start: s.now()}
	last := matched.Actions[len(matched.Actions)-1]
	if last.Type != types.ActionTypeEnumForward {
		return j, true
	}
	j.forward = last.ForwardConfig
	chosen := pick(j.forward, s.heldGroup(r.Header), s.options.Random())
	j.group = s.books.targetGroups[chosen]
	j.counted.TargetGroup = resourceOf(chosen)
	held := ""
	if j.group.sticky() {
		held = strings.TrimPrefix(s.held(r.Header, targetCookie), chosen+" ")
	}
	if j.target = s.next(j.group, held); j.target != nil {
		j.counted.Target = j.target.key.id
	}
	return j, true
}

// fail answers in the load balancer's own name.
func (j *journey) fail(w http.ResponseWriter, status int) {
	j.counted.BalancerStatus = status
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Server", "awselb/2.0")
	w.WriteHeader(status)
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n</body>\r\n</html>\r\n", title, title)
}

// pass passes a request on to its target, and the answer back. A request ends
// when its target is gone for good: the deregistration delay is over.
func (s *Service) pass(w http.ResponseWriter, r *http.Request, j *journey) {
	address, ok := s.address(r.Context(), j.group, j.target.key.id, j.target.key.port)
	if !ok {
		j.counted.ConnectionFailed = true
		j.fail(w, http.StatusBadGateway)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(j.target.life, cancel)()
	proxy := httputil.ReverseProxy{
		Transport:     j.target.transport,
		FlushInterval: -1,
		Rewrite:       func(p *httputil.ProxyRequest) { s.rewrite(p, j, address) },
		ModifyResponse: func(response *http.Response) error {
			j.counted.TargetStatus = response.StatusCode
			j.counted.Duration = s.now().Sub(j.counted.Start)
			s.keepGroup(response.Header, j.forward, *j.group.TargetGroupArn)
			if j.group.sticky() {
				s.keep(response.Header, targetCookie, *j.group.TargetGroupArn+" "+join(j.target.key.id, j.target.key.port), j.group.seconds(stickinessDuration))
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			j.counted.ConnectionFailed = dialled(err)
			switch {
			case r.Context().Err() != nil:
				j.counted.BalancerStatus = clientGone
			case timedOut(err):
				j.fail(w, http.StatusGatewayTimeout)
			default:
				j.fail(w, http.StatusBadGateway)
			}
		},
	}
	proxy.ServeHTTP(w, r.WithContext(ctx))
}

// rewrite makes the request that the target gets, with the headers of
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
func (s *Service) rewrite(p *httputil.ProxyRequest, j *journey, address string) {
	p.Out.URL.Scheme, p.Out.URL.Host = "http", address
	p.Out.Host = p.In.Host
	p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
	p.SetXForwarded()
	p.Out.Header.Del("X-Forwarded-Host") // which this load balancer doesn't set
	p.Out.Header.Set("X-Forwarded-Proto", strings.ToLower(string(j.listener.Protocol)))
	p.Out.Header.Set("X-Forwarded-Port", itoa(*j.listener.Port))
	if p.Out.Header.Get("X-Amzn-Trace-Id") == "" {
		p.Out.Header.Set("X-Amzn-Trace-Id", fmt.Sprintf("Root=1-%08x-%s%08x", j.counted.Start.Unix(), s.identifier(), s.identified.Load()))
	}
}

// dialled reports whether an error is a connection that was not made.
func dialled(err error) bool {
	failure, ok := errors.AsType[*net.OpError](err)
	return ok && failure.Op == "dial"
}
