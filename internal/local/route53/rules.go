package route53

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

const (
	// heaviest is the greatest weight of a record.
	heaviest = 255
	// mostWeighted is how many weighted sets one name and type may have.
	mostWeighted = 100
	// longestIdentifier is that of a set.
	longestIdentifier = 128
	// longestTTL is a TTL's, in seconds.
	longestTTL = 2_147_483_647
)

// answerable are the types of records that a set may have here.
var answerable = []types.RRType{types.RRTypeA, types.RRTypeAaaa, types.RRTypeCname, types.RRTypeTxt, types.RRTypeNs, types.RRTypeSoa, types.RRTypeMx, types.RRTypeCaa}

// checkSet refuses a set that no zone could have, or that this package can't answer by.
func (s *Service) checkSet(action types.ChangeAction, set types.ResourceRecordSet) error {
	simple := set.Weight == nil && set.GeoLocation == nil
	switch {
	case set.Failover != "" || set.Region != "" || set.MultiValueAnswer != nil || set.CidrRoutingConfig != nil || set.GeoProximityLocation != nil || set.TrafficPolicyInstanceId != nil:
		return unsupported("records by failover, latency, multivalue answers, networks, proximity or traffic policies")
	case !slices.Contains(answerable, set.Type):
		return unsupported(fmt.Sprintf("records of type %q", set.Type))
	case !isName(*set.Name):
		return invalidBatch([]string{fmt.Sprintf("FATAL problem: DomainLabelEmpty or bad characters in %s", *set.Name)})
	case set.Weight != nil && set.GeoLocation != nil:
		return invalidInput("Invalid request: Expected at most one of [Weight, GeoLocation] in Change with %s", describe(set))
	case simple != (set.SetIdentifier == nil):
		return invalidInput("Invalid request: Expected SetIdentifier with, and only with, one of [Weight, GeoLocation] in Change with [Action=%s, Name=%s, Type=%s]", action, *set.Name, set.Type)
	case set.SetIdentifier != nil && (*set.SetIdentifier == "" || len(*set.SetIdentifier) > longestIdentifier):
		return invalidInput("A set identifier has 1 to %d characters.", longestIdentifier)
	case set.Weight != nil && (*set.Weight < 0 || *set.Weight > heaviest):
		return invalidInput("Weight must be within 0 and %d.", heaviest)
	case set.TTL != nil && (*set.TTL < 0 || *set.TTL > longestTTL):
		return invalidInput("TTL must be within 0 and %d.", longestTTL)
	case (set.AliasTarget != nil) == (set.TTL != nil && len(set.ResourceRecords) > 0), set.AliasTarget != nil && (set.TTL != nil || set.ResourceRecords != nil):
		return invalidInput("Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId] in Change with [Action=%s, Name=%s, Type=%s, SetIdentifier=%s]",
			action, *set.Name, set.Type, aws.ToString(set.SetIdentifier))
	}
	if err := checkGeoLocation(set.GeoLocation); err != nil {
		return err
	}
	if set.HealthCheckId != nil && action != types.ChangeActionDelete {
		if _, ok := s.books.checks[*set.HealthCheckId]; !ok {
			return noHealthCheck(*set.HealthCheckId)
		}
	}
	return checkValues(set)
}

// checkValues wants values of the set's type.
func checkValues(set types.ResourceRecordSet) error {
	if set.Type == types.RRTypeCname && len(set.ResourceRecords) > 1 {
		return invalidBatch([]string{fmt.Sprintf("A CNAME record set has one value: %s", describe(set))})
	}
	for _, record := range set.ResourceRecords {
		value := aws.ToString(record.Value)
		address, err := netip.ParseAddr(value)
		good := value != ""
		switch set.Type {
		case types.RRTypeA:
			good = err == nil && address.Is4()
		case types.RRTypeAaaa:
			good = err == nil && address.Is6()
		case types.RRTypeCname:
			good = isName(Name(value))
		}
		if !good {
			return invalidBatch([]string{fmt.Sprintf("Invalid Resource Record: FATAL problem: value '%s' is not valid for type %s", value, set.Type)})
		}
	}
	return nil
}

// conflicts says what is wrong with the records that the changes lead to.
func (z *zone) conflicts(records recordSets, changes []types.Change) []string {
	var messages []string
	for _, one := range changes {
		set := *one.ResourceRecordSet
		if _, exists := records.find(set); !exists {
			continue
		}
		group := records.group(*set.Name, set.Type)
		if set.Type == types.RRTypeCname && *set.Name == z.Name {
			messages = append(messages, fmt.Sprintf("RRSet of type CNAME with DNS name %s is not permitted at apex in zone %s", *set.Name, z.Name))
		}
		for _, other := range records {
			if *other.Name == *set.Name && other.Type != set.Type && (set.Type == types.RRTypeCname || other.Type == types.RRTypeCname) {
				messages = append(messages, fmt.Sprintf("RRSet of type %s with DNS name %s is not permitted because a conflicting RRSet of type %s with the same DNS name already exists in zone %s", set.Type, *set.Name, other.Type, z.Name))
			}
		}
		for _, other := range group {
			switch {
			case policyOf(other) != policyOf(set):
				messages = append(messages, fmt.Sprintf("RRSet with DNS name %s, type %s, SetIdentifier %s cannot be created as other RRSets exist with the same name and type.", *set.Name, set.Type, aws.ToString(set.SetIdentifier)))
			case set.GeoLocation != nil && *other.SetIdentifier != *set.SetIdentifier && placeOf(other.GeoLocation) == placeOf(set.GeoLocation):
				messages = append(messages, fmt.Sprintf("RRSet with DNS name %s, type %s, SetIdentifier %s cannot be created because an RRSet with the same location exists.", *set.Name, set.Type, *set.SetIdentifier))
			}
		}
		if len(group) > mostWeighted {
			messages = append(messages, fmt.Sprintf("%s, type %s has more than %d record sets", *set.Name, set.Type, mostWeighted))
		}
	}
	messages = append(messages, z.danglingAliases(records, changes)...)
	slices.Sort(messages)
	return slices.Compact(messages)
}

// danglingAliases are the aliases whose target in the same zone would not be there.
func (z *zone) danglingAliases(records recordSets, changes []types.Change) []string {
	var messages []string
	for _, set := range records {
		target := set.AliasTarget
		if target == nil || *target.HostedZoneId != z.ID || len(records.group(*target.DNSName, set.Type)) > 0 {
			continue
		}
		touched := slices.ContainsFunc(changes, func(one types.Change) bool {
			return *one.ResourceRecordSet.Name == *target.DNSName || *one.ResourceRecordSet.Name == *set.Name
		})
		if touched {
			messages = append(messages, fmt.Sprintf("Tried to create an alias that targets %s, type %s in zone %s, but that target was not found", *target.DNSName, set.Type, z.ID))
		}
	}
	return messages
}

// policyOf is how a set is chosen among others.
func policyOf(set types.ResourceRecordSet) string {
	switch {
	case set.Weight != nil:
		return "weighted"
	case set.GeoLocation != nil:
		return "geolocation"
	default:
		return "simple"
	}
}
