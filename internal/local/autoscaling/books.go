package autoscaling

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books. Its keys are group/NAME; its values are groups, as JSON.
const bucket = "autoscaling"

// keptActivities is how many activities and refreshes of a group are remembered. AWS remembers six weeks.
const keptActivities = 100

// A group is all that is known of one. It is never changed once it stands in the
// books: another one takes its place. What its pointers lead to is never changed at all.
type group struct {
	// Config is what describes the group, without Instances and Tags' resource.
	Config   types.AutoScalingGroup
	Members  []member
	Hooks    []types.LifecycleHook
	Policies []types.ScalingPolicy
	// Notifications and Schedules are kept, and nothing follows from them.
	Notifications []types.NotificationConfiguration
	Schedules     []types.ScheduledUpdateGroupAction
	// Refreshes and Activities are in the order in which they began.
	Refreshes  []refresh
	Activities []types.Activity
	// Leaving are the target groups that were detached, while instances are still in them.
	Leaving []string
	// Deleting: the group goes when its last instance has gone.
	Deleting bool
	// Failures counts the launches that failed since the last that didn't; RetryAt is when the next is tried.
	Failures int
	RetryAt  time.Time
}

// A member is one instance of a group.
type member struct {
	ID    string
	State types.LifecycleState
	// Template is what it was launched from, with the version's number.
	Template  types.LaunchTemplateSpecification
	ImageID   string
	Type      string
	Zone      string
	Protected bool
	// Launched and InServiceAt are when; InServiceAt is zero before.
	Launched, InServiceAt time.Time
	// Unhealthy is why it is; empty when it is healthy.
	Unhealthy string
	// Registered are the target groups that it is in, Draining those that it is leaving.
	Registered, Draining []string
	// Waiting are the lifecycle hooks that it waits for.
	Waiting []waiting
	// Hooked: the hooks of its present transition have been waited for.
	Hooked bool
	// Refresh is the instance refresh during which it was launched.
	Refresh string
	// Activity is the one that launches or terminates it.
	Activity string
	// Forced: it is terminated without waiting for hooks or requests.
	Forced bool
	// Terminated: EC2 was asked to terminate it.
	Terminated bool
}

// A waiting is for a lifecycle hook.
type waiting struct {
	Hook  string
	Token string
	Until time.Time
	// Abandon is what happens then, and Heartbeat how long that is put off by a heartbeat.
	Abandon   bool
	Heartbeat time.Duration
}

// clone is a group that may be changed.
func (g *group) clone() *group {
	next := *g
	next.Members = slices.Clone(g.Members)
	for i := range next.Members {
		m := &next.Members[i]
		m.Registered, m.Draining, m.Waiting = slices.Clone(m.Registered), slices.Clone(m.Draining), slices.Clone(m.Waiting)
	}
	next.Hooks, next.Policies = slices.Clone(g.Hooks), slices.Clone(g.Policies)
	next.Refreshes, next.Activities = slices.Clone(g.Refreshes), slices.Clone(g.Activities)
	next.Leaving = slices.Clone(g.Leaving)
	next.Notifications, next.Schedules = slices.Clone(g.Notifications), slices.Clone(g.Schedules)
	next.Config.EnabledMetrics = slices.Clone(g.Config.EnabledMetrics)
	return &next
}

func (g *group) name() string { return *g.Config.AutoScalingGroupName }

func (g *group) desired() int { return int(*g.Config.DesiredCapacity) }

// member finds an instance of the group, or nil.
func (g *group) member(id string) *member {
	for i := range g.Members {
		if g.Members[i].ID == id {
			return &g.Members[i]
		}
	}
	return nil
}

// targetGroups are those that the group's instances are to be in.
func (g *group) targetGroups() []string { return g.Config.TargetGroupARNs }

// suspended reports whether a process is.
func (g *group) suspended(process string) bool {
	return slices.ContainsFunc(g.Config.SuspendedProcesses, func(p types.SuspendedProcess) bool { return *p.ProcessName == process })
}

// checksELB reports whether the group replaces instances that its target groups find unhealthy.
func (g *group) checksELB() bool {
	return slices.Contains(strings.Split(aws.ToString(g.Config.HealthCheckType), ","), "ELB") && len(g.targetGroups()) > 0
}

// enter reads one group as it was stored.
func (s *Service) enter(key string, value []byte) error {
	name, ok := strings.CutPrefix(key, "group/")
	if !ok {
		return fmt.Errorf("record %s: unknown kind", key)
	}
	g := &group{}
	if err := jsonv2.Unmarshal(value, g, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return fmt.Errorf("record %s: %w", key, err)
	}
	s.groups[name] = g
	return nil
}

// commit stores a group, and then puts it into the books. The caller holds s.mu.
func (s *Service) commit(g *group) error {
	g.Activities = lastOf(g.Activities)
	g.Refreshes = lastOf(g.Refreshes)
	if err := s.options.Store.Save(store.Change{Bucket: bucket, Key: "group/" + g.name(), Encode: func() ([]byte, error) { return json.Marshal(g) }}); err != nil {
		return internalFailure(fmt.Errorf("store: %w", err))
	}
	s.groups[g.name()] = g
	return nil
}

func lastOf[T any](all []T) []T { return all[max(0, len(all)-keptActivities):] }

// remove takes a group out. The caller holds s.mu.
func (s *Service) remove(name string) error {
	if err := s.options.Store.Save(store.Change{Bucket: bucket, Key: "group/" + name}); err != nil {
		return internalFailure(fmt.Errorf("store: %w", err))
	}
	delete(s.groups, name)
	return nil
}
