package route53

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// ErrNoAnswer is that the name servers have no record of a name for whoever asks.
var ErrNoAnswer = errors.New("no answer")

const (
	// resourceTTL is that of an alias to an AWS resource, such as a load balancer.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
	resourceTTL = time.Minute
	// negativeTTL is how long resolvers keep that there is no answer: the lesser of the
	// SOA record's TTL and its minimum.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
	negativeTTL = authorityTTL * time.Second
	// deepestAlias bounds how many aliases lead to one another.
	deepestAlias = 10
)

// An Answer is what name servers say of a name.
type Answer struct {
	// Values are addresses, or the name that a CNAME record or an alias to an AWS resource leads to.
	Values []string
	// Name: Values has one name, and no addresses.
	Name bool
	// TTL is for how long a resolver may keep the answer.
	TTL time.Duration
	// SetIdentifier is that of the record that has the values; empty for a simple one.
	SetIdentifier string
}

// A question is a name and a type, from somewhere.
type question struct {
	name   string
	kind   types.RRType
	places []string
	// random draws a number in [0, 1).
	random func() float64
}

// answer asks the name servers now.
func (s *Service) answer(q question) (Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var best zone
	for _, z := range s.books.zones {
		if isWithin(q.name, z.Name) && len(z.Name) > len(best.Name) {
			best = z
		}
	}
	if best.ID == "" {
		return Answer{}, fmt.Errorf("look up %s %s: no hosted zone has this name: %w", q.kind, q.name, ErrNoAnswer)
	}
	return s.answerIn(best, q, deepestAlias)
}

// answerIn answers by a zone's records.
func (s *Service) answerIn(z zone, q question, depth int) (Answer, error) {
	records := z.serving(s.now())
	group := records.group(q.name, q.kind)
	if len(group) == 0 && q.kind != types.RRTypeCname {
		group = records.group(q.name, types.RRTypeCname)
	}
	set, found := s.choose(group, q)
	if !found {
		return Answer{}, fmt.Errorf("look up %s %s: zone %s has no record for who asks: %w", q.kind, q.name, z.Name, ErrNoAnswer)
	}
	target := set.AliasTarget
	if target == nil {
		return valuesOf(set), nil
	}
	if next, ok := s.books.zones[*target.HostedZoneId]; ok {
		if depth == 0 {
			return Answer{}, fmt.Errorf("look up %s %s: its aliases lead to one another: %w", q.kind, q.name, ErrNoAnswer)
		}
		q.name = *target.DNSName
		return s.answerIn(next, q, depth-1)
	}
	return Answer{Values: []string{*target.DNSName}, Name: true, TTL: resourceTTL, SetIdentifier: aws.ToString(set.SetIdentifier)}, nil
}

// valuesOf is the answer of a record that is no alias.
func valuesOf(set types.ResourceRecordSet) Answer {
	answer := Answer{Name: set.Type == types.RRTypeCname, TTL: time.Duration(*set.TTL) * time.Second, SetIdentifier: aws.ToString(set.SetIdentifier)}
	for _, record := range set.ResourceRecords {
		value := *record.Value
		if answer.Name {
			value = Name(value)
		}
		answer.Values = append(answer.Values, value)
	}
	return answer
}

// choose is how Route 53 chooses one record of a group.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
func (s *Service) choose(group recordSets, q question) (types.ResourceRecordSet, bool) {
	switch {
	case len(group) == 0:
		return types.ResourceRecordSet{}, false
	case group[0].GeoLocation != nil:
		return s.chooseByPlace(group, q.places)
	default:
		return s.chooseByWeight(group, q.random), true
	}
}

// chooseByWeight draws among the healthy records that have a weight; when none of these is
// healthy, among the healthy ones whose weight is 0; and when none is healthy at
// all, as if all were. Records whose weights are all 0 have the same chance.
func (s *Service) chooseByWeight(group recordSets, random func() float64) types.ResourceRecordSet {
	var healthy recordSets
	for _, set := range group {
		if s.isHealthy(set, deepestAlias) {
			healthy = append(healthy, set)
		}
	}
	if len(healthy) == 0 {
		healthy = group
	}
	sum := int64(0)
	for _, set := range healthy {
		sum += aws.ToInt64(set.Weight)
	}
	if sum == 0 {
		return healthy[int(random()*float64(len(healthy)))]
	}
	drawn := int64(random() * float64(sum))
	at := slices.IndexFunc(healthy, func(set types.ResourceRecordSet) bool {
		drawn -= aws.ToInt64(set.Weight)
		return drawn < 0
	})
	return healthy[at]
}

// chooseByPlace takes the healthy record of the smallest place; when none is
// healthy, the one of the smallest place; none when there is no record of any of them.
func (s *Service) chooseByPlace(group recordSets, places []string) (types.ResourceRecordSet, bool) {
	var there recordSets
	for _, place := range places {
		for _, set := range group {
			if placeOf(set.GeoLocation) == place {
				there = append(there, set)
			}
		}
	}
	if len(there) == 0 {
		return types.ResourceRecordSet{}, false
	}
	at := slices.IndexFunc(there, func(set types.ResourceRecordSet) bool { return s.isHealthy(set, deepestAlias) })
	return there[max(at, 0)], true
}

// isHealthy is what Route 53 thinks of a record: its health check's word, and that of an
// alias's target, if it is to be asked. A record that has neither is healthy. A target
// that is a group is healthy when one of its records is.
func (s *Service) isHealthy(set types.ResourceRecordSet, depth int) bool {
	if check, ok := s.books.checks[aws.ToString(set.HealthCheckId)]; ok && !check.isHealthy() {
		return false
	}
	target := set.AliasTarget
	if target == nil || !target.EvaluateTargetHealth {
		return true
	}
	next, ours := s.books.zones[*target.HostedZoneId]
	if !ours {
		return s.options.TargetHealth(*target.HostedZoneId, *target.DNSName)
	}
	group := next.serving(s.now()).group(*target.DNSName, set.Type)
	return depth > 0 && slices.ContainsFunc(group, func(set types.ResourceRecordSet) bool { return s.isHealthy(set, depth-1) })
}
