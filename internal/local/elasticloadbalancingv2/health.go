package elasticloadbalancingv2

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// trafficPort stands for the port on which the target gets its requests.
const trafficPort = "traffic-port"

// A targetKey names a target of a group.
type targetKey struct {
	group, id string
	port      int32
}

// A watched target is registered or draining. s.mu guards its fields.
type watched struct {
	key targetKey
	// life ends when the target is gone; its requests end then.
	life context.Context
	end  context.CancelFunc
	// transport has the connections to the target.
	transport *http.Transport

	draining  bool
	stopDrain func() bool

	// checks counts the times that checking began or ended, so that a check which
	// is under way meanwhile is ignored.
	checks      int
	stopCheck   func() bool
	state       types.TargetHealthStateEnum
	reason      types.TargetHealthReasonEnum
	description string
	// row is how many checks ended like the last one, in a row.
	row    int
	passed bool
}

func newWatched(key targetKey) *watched {
	w := &watched{key: key, transport: newTransport()}
	w.life, w.end = context.WithCancel(context.Background())
	w.forget()
	return w
}

// forget makes a target as if it were new.
func (w *watched) forget() {
	w.state, w.reason, w.description = types.TargetHealthStateEnumInitial, types.TargetHealthReasonEnumRegistrationInProgress, "Target registration is in progress"
	w.row, w.passed = 0, false
}

func (w *watched) stopTimers() {
	w.stopChecking()
	if w.stopDrain != nil {
		w.stopDrain()
		w.stopDrain = nil
	}
}

func (w *watched) stopChecking() {
	w.checks++
	if w.stopCheck != nil {
		w.stopCheck()
		w.stopCheck = nil
	}
}

// watch makes what runs agree with the books: targets of groups that rules name
// are checked, deregistered ones drain, and what is gone is let go of. The caller
// holds s.mu.
func (s *Service) watch() {
	if s.closed {
		return
	}
	present := map[targetKey]bool{}
	for arn, group := range s.books.targetGroups {
		used := len(s.books.users(arn)) > 0
		for _, t := range group.Targets {
			key := targetKey{arn, t.ID, t.Port}
			present[key] = true
			s.watchTarget(key, t.Drained, used)
		}
	}
	for key, w := range s.watched {
		if !present[key] {
			w.stopTimers()
			w.end()
			w.transport.CloseIdleConnections()
			delete(s.watched, key)
		}
	}
}

func (s *Service) watchTarget(key targetKey, drained time.Time, used bool) {
	w := s.watched[key]
	if w == nil {
		w = newWatched(key)
		s.watched[key] = w
	}
	switch draining := !drained.IsZero(); {
	case draining && !w.draining:
		w.draining = true
		w.stopTimers()
		w.transport.CloseIdleConnections()
		w.stopDrain = s.options.Clock.AfterFunc(drained.Sub(s.now()), func() { s.drained(key, drained) })
	case !draining && w.draining:
		w.draining = false
		w.stopTimers()
		w.forget()
	}
	switch checking := w.stopCheck != nil; {
	case used && !w.draining && !checking:
		w.forget()
		s.checkLater(w, 0)
	case !used && checking:
		w.stopChecking()
		w.forget()
	}
}

// checkLater checks a target after a while. The caller holds s.mu.
func (s *Service) checkLater(w *watched, after time.Duration) {
	checks := w.checks
	w.stopCheck = s.options.Clock.AfterFunc(after, func() { s.check(w, checks) })
}

// A Check is one health check.
type Check struct {
	// TargetGroup is the group's ARN, Target the id of its target.
	TargetGroup, Target string
	// Path begins with "/".
	Path string
	// Statuses are the answers that pass, as the group's matcher says: "200", "200,202", "200-299".
	Statuses string
	// Timeout is how long the target may take; the context ends then, too.
	Timeout time.Duration
}

// check checks a target once, and again after the interval.
func (s *Service) check(w *watched, checks int) {
	s.mu.RLock()
	group, current := s.books.targetGroups[w.key.group], w.checks == checks
	s.mu.RUnlock()
	if group == nil || !current {
		return
	}
	err := s.probe(w, group)
	s.mu.Lock()
	if w.checks != checks {
		s.mu.Unlock()
		return
	}
	group = s.books.targetGroups[w.key.group] // as it is now: what is watched has one
	w.judge(err, int(*group.HealthyThresholdCount), int(*group.UnhealthyThresholdCount))
	s.checkLater(w, time.Duration(*group.HealthCheckIntervalSeconds)*time.Second)
	hosts := s.hosts(group)
	s.mu.Unlock()
	if s.options.HostMeter != nil {
		s.options.HostMeter.RecordHosts(hosts)
	}
}

func (s *Service) probe(w *watched, group *targetGroup) error {
	port := w.key.port
	if *group.HealthCheckPort != trafficPort {
		number, err := strconv.ParseInt(*group.HealthCheckPort, 10, 32)
		if err != nil {
			return err
		}
		port = int32(number)
	}
	check := Check{
		TargetGroup: w.key.group, Target: w.key.id, Path: *group.HealthCheckPath, Statuses: *group.Matcher.HttpCode,
		Timeout: time.Duration(*group.HealthCheckTimeoutSeconds) * time.Second,
	}
	ctx, cancel := context.WithTimeout(w.life, check.Timeout)
	defer cancel()
	address, ok := s.address(ctx, group, w.key.id, port)
	if !ok {
		return errNoAddress
	}
	return s.options.Probe(ctx, address, check)
}

// address is where a target is reached.
func (s *Service) address(ctx context.Context, group *targetGroup, id string, port int32) (string, bool) {
	if group.TargetType == types.TargetTypeEnumIp {
		return join(id, port), true
	}
	return s.options.Address(ctx, id, port)
}

// judge takes the result of a check. The first that passes makes a new target
// healthy; only its way back from unhealthy takes several.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (w *watched) judge(err error, healthy, unhealthy int) {
	if passed := err == nil; passed != w.passed || w.row == 0 {
		w.passed, w.row = passed, 0
	}
	w.row++
	switch {
	case w.passed && (w.state == types.TargetHealthStateEnumInitial || w.row >= healthy):
		w.state, w.reason, w.description = types.TargetHealthStateEnumHealthy, "", ""
	case !w.passed && w.row >= unhealthy:
		w.state = types.TargetHealthStateEnumUnhealthy
		w.reason, w.description = reasonOf(err)
	case w.state == types.TargetHealthStateEnumInitial:
		w.reason, w.description = types.TargetHealthReasonEnumInitialHealthChecking, "Initial health checks in progress"
	}
}

// hosts counts the targets of a group. The caller holds s.mu.
func (s *Service) hosts(group *targetGroup) Hosts {
	arn := *group.TargetGroupArn
	counted := Hosts{LoadBalancer: loadBalancerDimension(s.books.balancerOf(arn)), TargetGroup: resourceOf(arn), At: s.now()}
	for _, t := range group.Targets {
		switch w := s.watched[targetKey{arn, t.ID, t.Port}]; {
		case w.draining:
		case w.state == types.TargetHealthStateEnumHealthy:
			counted.Healthy++
		default:
			counted.Unhealthy++
		}
	}
	return counted
}

// next is the target of a group whose turn it is: a healthy one, or when none is,
// any registered one, because a group whose targets are all unhealthy fails open.
// A target that a sticky client holds comes first, if it is among them. nil: the
// group has no registered target. The caller holds s.mu.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health.html
func (s *Service) next(group *targetGroup, held string) *watched {
	var healthy, registered []*watched
	for _, t := range group.Targets {
		w := s.watched[targetKey{*group.TargetGroupArn, t.ID, t.Port}]
		if w.draining {
			continue
		}
		registered = append(registered, w)
		if w.state == types.TargetHealthStateEnumHealthy {
			healthy = append(healthy, w)
		}
	}
	if len(healthy) == 0 {
		healthy = registered
	}
	if len(healthy) == 0 {
		return nil
	}
	for _, w := range healthy {
		if held != "" && held == join(w.key.id, w.key.port) {
			return w
		}
	}
	turn := s.turns[*group.TargetGroupArn]
	s.turns[*group.TargetGroupArn] = turn + 1
	return healthy[turn%len(healthy)]
}

// Next says which target of a group gets the next request, and takes its turn;
// not ok when the group has none, which is a 503.
func (s *Service) Next(targetGroupARN string) (targetID string, port int32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	group := s.books.targetGroups[targetGroupARN]
	if group == nil {
		return "", 0, false
	}
	w := s.next(group, "")
	if w == nil {
		return "", 0, false
	}
	return w.key.id, w.key.port, true
}

func itoa(port int32) string { return strconv.Itoa(int(port)) }
