package route53

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/reply"
)

const (
	// The TTLs of the records that every zone begins with, in seconds.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
	nameServerTTL, authorityTTL = 172_800, 900
	// mostZones is the most that one page of zones has.
	mostZones = 100
)

// nameServers are those of every zone.
var nameServers = []string{"ns-1.awsdns-01.org.", "ns-2.awsdns-02.co.uk.", "ns-3.awsdns-03.com.", "ns-4.awsdns-04.net."}

// CreateHostedZone is Route 53's CreateHostedZone of a public zone.
func (s *Service) CreateHostedZone(ctx context.Context, in *sdk.CreateHostedZoneInput, _ ...func(*sdk.Options)) (*sdk.CreateHostedZoneOutput, error) {
	return serve(ctx, s, "CreateHostedZone", func() (*sdk.CreateHostedZoneOutput, error) {
		reference, name := aws.ToString(in.CallerReference), Name(aws.ToString(in.Name))
		switch {
		case reference == "":
			return nil, invalidInput("CallerReference is required.")
		case in.VPC != nil || in.HostedZoneConfig != nil && in.HostedZoneConfig.PrivateZone:
			return nil, unsupported("private hosted zones")
		case in.DelegationSetId != nil:
			return nil, unsupported("reusable delegation sets")
		case !isName(name):
			return nil, reply.Failure(400, &types.InvalidDomainName{Message: aws.String(name + " is not a valid domain name")})
		}
		for _, z := range s.books.zones {
			if z.Reference == reference {
				return nil, zoneExists(reference)
			}
		}
		now := s.now()
		z := zone{ID: newID("Z"), Name: name, Reference: reference, Records: firstRecords(name)}
		if in.HostedZoneConfig != nil {
			z.Comment = aws.ToString(in.HostedZoneConfig.Comment)
		}
		z.Served = []edition{{From: now, Records: z.Records}}
		made := change{ID: newID("C"), SubmittedAt: now, InSyncAt: now}
		if err := s.commit(entry{"zone/" + z.ID, z}, entry{"change/" + made.ID, made}); err != nil {
			return nil, err
		}
		return &sdk.CreateHostedZoneOutput{
			HostedZone: z.described(), ChangeInfo: made.info(now), DelegationSet: &types.DelegationSet{NameServers: nameServers},
			Location: aws.String("https://route53.amazonaws.com/2013-04-01/hostedzone/" + z.ID),
		}, nil
	})
}

// firstRecords are those that Route 53 makes in a new zone.
func firstRecords(name string) recordSets {
	servers := types.ResourceRecordSet{Name: &name, Type: types.RRTypeNs, TTL: aws.Int64(nameServerTTL)}
	for _, server := range nameServers {
		servers.ResourceRecords = append(servers.ResourceRecords, types.ResourceRecord{Value: aws.String(server)})
	}
	return recordSets{servers, {Name: &name, Type: types.RRTypeSoa, TTL: aws.Int64(authorityTTL), ResourceRecords: []types.ResourceRecord{
		{Value: aws.String(nameServers[0] + " awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400")},
	}}}
}

// described is a zone as Route 53 answers.
func (z zone) described() *types.HostedZone {
	return &types.HostedZone{
		Id: aws.String("/hostedzone/" + z.ID), Name: &z.Name, CallerReference: &z.Reference,
		Config: &types.HostedZoneConfig{Comment: &z.Comment}, ResourceRecordSetCount: aws.Int64(int64(len(z.Records))),
	}
}

// GetHostedZone is Route 53's GetHostedZone.
func (s *Service) GetHostedZone(ctx context.Context, in *sdk.GetHostedZoneInput, _ ...func(*sdk.Options)) (*sdk.GetHostedZoneOutput, error) {
	return serve(ctx, s, "GetHostedZone", func() (*sdk.GetHostedZoneOutput, error) {
		z, err := s.zone(in.Id)
		if err != nil {
			return nil, err
		}
		return &sdk.GetHostedZoneOutput{HostedZone: z.described(), DelegationSet: &types.DelegationSet{NameServers: nameServers}}, nil
	})
}

// zone finds a zone. The caller holds s.mu.
func (s *Service) zone(id *string) (zone, error) {
	z, ok := s.books.zones[bare(aws.ToString(id))]
	if !ok {
		return zone{}, noZone(bare(aws.ToString(id)))
	}
	return z, nil
}

// ListHostedZones is Route 53's ListHostedZones.
func (s *Service) ListHostedZones(ctx context.Context, in *sdk.ListHostedZonesInput, _ ...func(*sdk.Options)) (*sdk.ListHostedZonesOutput, error) {
	return serve(ctx, s, "ListHostedZones", func() (*sdk.ListHostedZonesOutput, error) {
		if in.DelegationSetId != nil || in.HostedZoneType != "" {
			return nil, unsupported("lists of zones by delegation set or type")
		}
		most := mostZones
		if asked := int(aws.ToInt32(in.MaxItems)); in.MaxItems != nil {
			most = min(max(asked, 1), mostZones)
		}
		zones := slices.SortedFunc(maps.Values(s.books.zones), func(a, b zone) int { return cmp.Compare(a.ID, b.ID) })
		out := &sdk.ListHostedZonesOutput{Marker: in.Marker, MaxItems: aws.Int32(int32(most))}
		for _, z := range zones {
			if z.ID < aws.ToString(in.Marker) {
				continue
			}
			if len(out.HostedZones) == most {
				out.IsTruncated, out.NextMarker = true, aws.String(z.ID)
				break
			}
			out.HostedZones = append(out.HostedZones, *z.described())
		}
		return out, nil
	})
}

// ListResourceRecordSets is Route 53's ListResourceRecordSets: in the order of
// the reversed names, of the types and of the set identifiers, from the start on.
func (s *Service) ListResourceRecordSets(ctx context.Context, in *sdk.ListResourceRecordSetsInput, _ ...func(*sdk.Options)) (*sdk.ListResourceRecordSetsOutput, error) {
	return serve(ctx, s, "ListResourceRecordSets", func() (*sdk.ListResourceRecordSetsOutput, error) {
		z, err := s.zone(in.HostedZoneId)
		if err != nil {
			return nil, err
		}
		if in.StartRecordType != "" && in.StartRecordName == nil || in.StartRecordIdentifier != nil && in.StartRecordType == "" {
			return nil, invalidInput("The input is not valid: a type needs a name, and an identifier needs a type.")
		}
		most := mostRecords
		if in.MaxItems != nil {
			most = min(max(int(*in.MaxItems), 1), mostRecords)
		}
		at := 0
		if in.StartRecordName != nil {
			start := types.ResourceRecordSet{Name: aws.String(Name(*in.StartRecordName)), Type: in.StartRecordType, SetIdentifier: in.StartRecordIdentifier}
			at, _ = z.Records.find(start)
		}
		out := &sdk.ListResourceRecordSetsOutput{MaxItems: aws.Int32(int32(most)), ResourceRecordSets: []types.ResourceRecordSet{}}
		rest := z.Records[at:]
		if len(rest) > most {
			next := rest[most]
			out.IsTruncated, out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier = true, next.Name, next.Type, next.SetIdentifier
			rest = rest[:most]
		}
		out.ResourceRecordSets = append(out.ResourceRecordSets, rest...)
		return out, nil
	})
}

// mostRecords is the most that one page of record sets has.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
const mostRecords = 300
