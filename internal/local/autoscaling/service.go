package autoscaling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"

	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
)

// Instances is the EC2 that has the groups' instances.
type Instances interface {
	// Launch is RunInstances with tags that begin with "aws:".
	Launch(context.Context, *ec2.RunInstancesInput) (*ec2.RunInstancesOutput, error)
	TerminateInstances(context.Context, *ec2.TerminateInstancesInput, ...func(*ec2.Options)) (*ec2.TerminateInstancesOutput, error)
	// States are those of the instances that it knows.
	States(ids []string) map[string]ec2types.InstanceStateName
	DescribeLaunchTemplateVersions(context.Context, *ec2.DescribeLaunchTemplateVersionsInput, ...func(*ec2.Options)) (*ec2.DescribeLaunchTemplateVersionsOutput, error)
	// Watch has the function told each change of an instance's state.
	Watch(func(localec2.StateChange))
}

// TargetGroups are those of Elastic Load Balancing, in which groups register their instances.
type TargetGroups interface {
	RegisterTargets(context.Context, *elasticloadbalancingv2.RegisterTargetsInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.RegisterTargetsOutput, error)
	DeregisterTargets(context.Context, *elasticloadbalancingv2.DeregisterTargetsInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DeregisterTargetsOutput, error)
	DescribeTargetHealth(context.Context, *elasticloadbalancingv2.DescribeTargetHealthInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error)
}

// Alarms are CloudWatch's, which instance refreshes may watch.
type Alarms interface {
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
}

// Options says what a Service is made of. Store and Instances are required.
type Options struct {
	// Clock is the wall clock when nil.
	Clock clock.Clock
	// Store keeps the groups.
	Store store.Store
	// Intercept stands around every call of the SDK's methods; nil is none.
	Intercept intercept.Func
	// Instances, TargetGroups and Alarms are the services that groups use. Without
	// TargetGroups, or Alarms, what needs them is refused.
	Instances    Instances
	TargetGroups TargetGroups
	Alarms       Alarms
	// Region and AccountID are part of every ARN. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// Interval is how often a group looks at what does not tell it by itself: the
	// health of targets, draining, alarms. Default: 5 seconds.
	Interval time.Duration
	// Events is told what AWS tells EventBridge; nil tells nobody. It is called
	// without a lock, and must not wait for the service.
	Events func(eventbridge.Event)
	// Log is told of what failed and nobody waits for; nil is silent.
	Log *slog.Logger
}

// A Service is a local EC2 Auto Scaling. Its methods may be called from several
// goroutines at once. What they return is shared: read it, don't change it.
type Service struct {
	options    Options
	background background

	mu         sync.Mutex
	groups     map[string]*group
	attention  map[string]*attention
	identified uint64
}

// New returns an Auto Scaling with the groups that the store knows, and looks at
// each of them: instances that ended with a former process are replaced.
func New(options Options) (*Service, error) {
	if options.Store == nil || options.Instances == nil {
		return nil, errors.New("create local auto scaling: a store and instances are required")
	}
	if options.Clock == nil {
		options.Clock = clock.Wall{}
	}
	if options.Region == "" {
		options.Region = "us-east-1"
	}
	if options.AccountID == "" {
		options.AccountID = "000000000000"
	}
	if options.Interval <= 0 {
		options.Interval = 5 * time.Second
	}
	if options.Events == nil {
		options.Events = func(eventbridge.Event) {}
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{options: options, groups: map[string]*group{}, attention: map[string]*attention{}}
	s.background.open()
	if err := options.Store.Load(bucket, s.enter); err != nil {
		return nil, fmt.Errorf("load local auto scaling's groups: %w", err)
	}
	options.Instances.Watch(s.noticed)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.groups)) {
		s.wake(name)
	}
	return s, nil
}

// Close ends the looks at groups, and waits for those that are under way until ctx is done. Instances run on.
func (s *Service) Close(ctx context.Context) error { return s.background.close(ctx) }

// now is the service's time.
func (s *Service) now() time.Time { return s.options.Clock.Now() }

// internal marks the calls that the service makes of others by itself.
type internal struct{}

// Internal reports whether a call of another service is one that Auto Scaling makes by itself: an interceptor that is
// about what a program does lets it pass.
func Internal(ctx context.Context) bool { return ctx.Value(internal{}) != nil }
