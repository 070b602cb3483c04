package elasticloadbalancingv2

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books: the records below as JSON, under KIND/ARN.
const bucket = "elasticloadbalancingv2"

// A loadBalancer is one, with its tags. Its State is told when somebody asks.
type loadBalancer struct {
	types.LoadBalancer
	Tags map[string]string
	// Active is when it stops provisioning.
	Active time.Time
}

// A targetGroup is one, with its attributes, tags and targets. Its load balancers
// are those whose rules name it.
type targetGroup struct {
	types.TargetGroup
	Attributes map[string]string
	Tags       map[string]string
	Targets    []target
}

// A target is a registered or a draining one.
type target struct {
	ID   string
	Port int32
	// Drained is when its draining ends; zero while it is registered.
	Drained time.Time
}

// A listener is one. Its default actions are its default rule's.
type listener struct {
	types.Listener
	Tags map[string]string
}

// A rule is one, or a listener's default.
type rule struct {
	ARN      string
	Listener string
	// Priority is 1 to 50000; the default rule's is behind all others.
	Priority   int32
	Default    bool
	Conditions []types.RuleCondition
	Actions    []types.Action
	Tags       map[string]string
}

// last is the priority of default rules.
const last = 1 << 30

// books are the records, in memory, by ARN. A record is never changed, only replaced.
type books struct {
	loadBalancers map[string]*loadBalancer
	targetGroups  map[string]*targetGroup
	listeners     map[string]*listener
	rules         map[string]*rule
	// ordered are the rules of each listener in the order of their priorities.
	ordered map[string][]*rule
}

func newBooks() books {
	return books{
		loadBalancers: map[string]*loadBalancer{}, targetGroups: map[string]*targetGroup{},
		listeners: map[string]*listener{}, rules: map[string]*rule{}, ordered: map[string][]*rule{},
	}
}

// An entry is one record to write; a nil record deletes it.
type entry struct {
	kind, arn string
	record    any
}

// Kinds of records.
const (
	loadBalancerKind = "load-balancer"
	targetGroupKind  = "target-group"
	listenerKind     = "listener"
	ruleKind         = "rule"
)

func (l *loadBalancer) entry() entry { return entry{loadBalancerKind, *l.LoadBalancerArn, l} }
func (g *targetGroup) entry() entry  { return entry{targetGroupKind, *g.TargetGroupArn, g} }
func (l *listener) entry() entry     { return entry{listenerKind, *l.ListenerArn, l} }
func (r *rule) entry() entry         { return entry{ruleKind, r.ARN, r} }

// enter puts one record, as it was stored, into the books; a nil value takes it out.
func (b *books) enter(key string, value []byte) error {
	kind, arn, _ := strings.Cut(key, "/")
	var err error
	switch kind {
	case loadBalancerKind:
		err = enterInto(b.loadBalancers, arn, value)
	case targetGroupKind:
		err = enterInto(b.targetGroups, arn, value)
	case listenerKind:
		err = enterInto(b.listeners, arn, value)
	case ruleKind:
		listeners := map[string]bool{}
		if old := b.rules[arn]; old != nil {
			listeners[old.Listener] = true
		}
		err = enterInto(b.rules, arn, value)
		if r := b.rules[arn]; r != nil {
			listeners[r.Listener] = true
		}
		for affected := range listeners {
			b.order(affected)
		}
	default:
		err = fmt.Errorf("unknown kind %q", kind)
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", key, err)
	}
	return nil
}

func enterInto[V any](records map[string]*V, arn string, value []byte) error {
	if value == nil {
		delete(records, arn)
		return nil
	}
	record := new(V)
	if err := json.Unmarshal(value, record); err != nil {
		return err
	}
	records[arn] = record
	return nil
}

// order notes the rules of a listener by priority.
func (b *books) order(listenerARN string) {
	var rules []*rule
	for _, r := range b.rules {
		if r.Listener == listenerARN {
			rules = append(rules, r)
		}
	}
	slices.SortFunc(rules, func(x, y *rule) int { return int(x.Priority - y.Priority) })
	if len(rules) == 0 {
		delete(b.ordered, listenerARN)
		return
	}
	b.ordered[listenerARN] = rules
}

// users are the rules that name a target group, in the order of their ARNs.
func (b *books) users(groupARN string) []*rule {
	var users []*rule
	for _, arn := range slices.Sorted(maps.Keys(b.rules)) {
		if slices.Contains(groupsOf(b.rules[arn].Actions), groupARN) {
			users = append(users, b.rules[arn])
		}
	}
	return users
}

// balancerOf is the ARN of the load balancer whose rules name a target group; empty when none does.
func (b *books) balancerOf(groupARN string) string {
	for _, r := range b.users(groupARN) {
		if l := b.listeners[r.Listener]; l != nil {
			return *l.LoadBalancerArn
		}
	}
	return ""
}

// commit stores the entries at once, then puts them into the books, and checks
// the targets that are now there. The caller holds s.writing.
func (s *Service) commit(entries ...entry) error {
	changes := make([]store.Change, 0, len(entries))
	for _, e := range entries {
		change := store.Change{Bucket: bucket, Key: e.kind + "/" + e.arn}
		if e.record != nil {
			value, err := json.Marshal(e.record)
			if err != nil {
				return internal(fmt.Errorf("encode %s: %w", change.Key, err))
			}
			change.Value = value
		}
		changes = append(changes, change)
	}
	if err := s.options.Store.Save(changes...); err != nil {
		return internal(fmt.Errorf("store: %w", err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, change := range changes {
		if err := s.books.enter(change.Key, change.Value); err != nil {
			return internal(err)
		}
	}
	s.watch()
	return nil
}
