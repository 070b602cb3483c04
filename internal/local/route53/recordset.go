package route53

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// recordSets are those of a zone, in the order in which Route 53 lists them.
type recordSets []types.ResourceRecordSet

// compareSets orders record sets by reversed name, type and set identifier.
func compareSets(a, b types.ResourceRecordSet) int {
	return cmp.Or(
		cmp.Compare(reversed(*a.Name), reversed(*b.Name)),
		cmp.Compare(a.Type, b.Type),
		cmp.Compare(aws.ToString(a.SetIdentifier), aws.ToString(b.SetIdentifier)),
	)
}

// find returns where a record set of the same name, type and set identifier is.
func (r recordSets) find(set types.ResourceRecordSet) (at int, found bool) {
	return slices.BinarySearchFunc(r, set, compareSets)
}

// group are all sets of a name and type.
func (r recordSets) group(name string, kind types.RRType) recordSets {
	var group recordSets
	for _, set := range r {
		if *set.Name == name && set.Type == kind {
			group = append(group, set)
		}
	}
	return group
}

// put adds a set, or replaces the one of its name, type and set identifier.
// Records that aren't aliases share one TTL with the others of their name
// and type: setting it on one sets it on all.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-weighted.html#rrsets-values-weighted-ttl
func (r recordSets) put(set types.ResourceRecordSet) recordSets {
	at, found := r.find(set)
	if found {
		r[at] = set
	} else {
		r = slices.Insert(r, at, set)
	}
	for i, other := range r {
		if set.TTL != nil && other.TTL != nil && *other.Name == *set.Name && other.Type == set.Type {
			r[i].TTL = set.TTL
		}
	}
	return r
}

// describe names a set as Route 53's messages do.
func describe(set types.ResourceRecordSet) string {
	if set.SetIdentifier != nil {
		return fmt.Sprintf("[name='%s', type='%s', set identifier='%s']", *set.Name, set.Type, *set.SetIdentifier)
	}
	return fmt.Sprintf("[name='%s', type='%s']", *set.Name, set.Type)
}

// normal is a set as Route 53 keeps it: names as [Name] writes them, and no empty parts.
func normal(set types.ResourceRecordSet) types.ResourceRecordSet {
	set.Name = aws.String(Name(aws.ToString(set.Name)))
	if target := set.AliasTarget; target != nil {
		set.AliasTarget = &types.AliasTarget{
			HostedZoneId: aws.String(bare(aws.ToString(target.HostedZoneId))), DNSName: aws.String(Name(aws.ToString(target.DNSName))),
			EvaluateTargetHealth: target.EvaluateTargetHealth,
		}
	}
	if len(set.ResourceRecords) == 0 {
		set.ResourceRecords = nil
	}
	return set
}

// isSame reports whether two sets have all the same values; the order of the records is no matter.
func isSame(a, b types.ResourceRecordSet) bool {
	a.ResourceRecords, b.ResourceRecords = sortedValues(a), sortedValues(b)
	return reflect.DeepEqual(a, b)
}

func sortedValues(set types.ResourceRecordSet) []types.ResourceRecord {
	return slices.SortedFunc(slices.Values(set.ResourceRecords), func(a, b types.ResourceRecord) int {
		return cmp.Compare(aws.ToString(a.Value), aws.ToString(b.Value))
	})
}

// copyOf is a set that shares nothing with its original.
func copyOf(set types.ResourceRecordSet) (types.ResourceRecordSet, error) {
	var same types.ResourceRecordSet
	text, err := json.Marshal(set)
	if err == nil {
		err = json.Unmarshal(text, &same)
	}
	return same, err
}
