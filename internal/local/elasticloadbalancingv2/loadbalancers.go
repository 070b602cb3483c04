package elasticloadbalancingv2

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// CreateLoadBalancer creates an application load balancer. With the settings of
// one that exists it returns that.
func (s *Service) CreateLoadBalancer(ctx context.Context, input *sdk.CreateLoadBalancerInput, _ ...func(*sdk.Options)) (*sdk.CreateLoadBalancerOutput, error) {
	return change(ctx, s, "CreateLoadBalancer", func() (*sdk.CreateLoadBalancerOutput, error) {
		made, err := s.newLoadBalancer(input)
		if err != nil {
			return nil, err
		}
		for _, other := range s.books.loadBalancers {
			if *other.LoadBalancerName != *made.LoadBalancerName {
				continue
			}
			if !sameBalancer(other, made) {
				return nil, refuse(&types.DuplicateLoadBalancerNameException{
					Message: sprintf("A load balancer with the same name '%s' exists, but with different settings", []any{*made.LoadBalancerName}),
				})
			}
			return &sdk.CreateLoadBalancerOutput{LoadBalancers: []types.LoadBalancer{s.describeLoadBalancer(other)}}, nil
		}
		if err := s.commit(made.entry()); err != nil {
			return nil, err
		}
		return &sdk.CreateLoadBalancerOutput{LoadBalancers: []types.LoadBalancer{s.describeLoadBalancer(made)}}, nil
	})
}

func (s *Service) newLoadBalancer(input *sdk.CreateLoadBalancerInput) (*loadBalancer, error) {
	name := aws.ToString(input.Name)
	subnets := slices.Clone(input.Subnets)
	for _, mapping := range input.SubnetMappings {
		if mapping.AllocationId != nil || mapping.IPv6Address != nil || mapping.PrivateIPv4Address != nil || mapping.SourceNatIpv6Prefix != nil {
			return nil, unsupported("addresses in subnet mappings")
		}
		subnets = append(subnets, aws.ToString(mapping.SubnetId))
	}
	slices.Sort(subnets)
	switch {
	case !resourceName.MatchString(name) || strings.HasPrefix(name, "internal-"):
		return nil, invalid("Load balancer name '%s' must have 1 to 32 letters, digits and hyphens, not begin or end with a hyphen, and not begin with 'internal-'", name)
	case input.Type != "" && input.Type != types.LoadBalancerTypeEnumApplication:
		return nil, unsupported("load balancers of type '%s'", input.Type)
	case input.IpAddressType != "" && input.IpAddressType != types.IpAddressTypeIpv4:
		return nil, unsupported("IP address type '%s'", input.IpAddressType)
	case input.CustomerOwnedIpv4Pool != nil, input.IpamPools != nil, input.EnablePrefixForIpv6SourceNat != "":
		return nil, unsupported("address pools")
	case len(subnets) > 0 && len(input.Subnets) > 0 && len(input.SubnetMappings) > 0:
		return nil, invalid("You can specify only one of Subnets and SubnetMappings")
	case len(slices.Compact(slices.Clone(subnets))) < 2:
		return nil, invalid("At least two subnets in two different Availability Zones must be specified")
	}
	tags, err := tagMap(input.Tags)
	if err != nil {
		return nil, err
	}
	scheme := input.Scheme
	if scheme == "" {
		scheme = types.LoadBalancerSchemeEnumInternetFacing
	}
	id := s.identifier()
	made := &loadBalancer{Tags: tags, Active: s.now().Add(s.options.ProvisionDuration)}
	made.LoadBalancer = types.LoadBalancer{
		LoadBalancerArn: aws.String(s.arn("loadbalancer/app/" + name + "/" + id)), LoadBalancerName: aws.String(name),
		CreatedTime: aws.Time(s.now()), DNSName: aws.String(name + "-" + id + "." + s.options.Region + ".elb.amazonaws.com"),
		CanonicalHostedZoneId: aws.String("Z35SXDOTRQ7X7K"), IpAddressType: types.IpAddressTypeIpv4,
		Scheme: scheme, SecurityGroups: slices.Clone(input.SecurityGroups), Type: types.LoadBalancerTypeEnumApplication,
	}
	for _, subnet := range subnets {
		made.AvailabilityZones = append(made.AvailabilityZones, types.AvailabilityZone{SubnetId: aws.String(subnet)})
	}
	return made, nil
}

func sameBalancer(x, y *loadBalancer) bool {
	return x.Scheme == y.Scheme && slices.Equal(x.SecurityGroups, y.SecurityGroups) &&
		slices.EqualFunc(x.AvailabilityZones, y.AvailabilityZones, func(x, y types.AvailabilityZone) bool { return *x.SubnetId == *y.SubnetId })
}

// describeLoadBalancer tells a load balancer as it is now.
func (s *Service) describeLoadBalancer(l *loadBalancer) types.LoadBalancer {
	described := l.LoadBalancer
	described.State = &types.LoadBalancerState{Code: types.LoadBalancerStateEnumActive}
	if s.now().Before(l.Active) {
		described.State.Code = types.LoadBalancerStateEnumProvisioning
	}
	return described
}

// DescribeLoadBalancers describes all load balancers, or those of names or ARNs.
func (s *Service) DescribeLoadBalancers(ctx context.Context, input *sdk.DescribeLoadBalancersInput, _ ...func(*sdk.Options)) (*sdk.DescribeLoadBalancersOutput, error) {
	return serve(ctx, s, "DescribeLoadBalancers", func() (*sdk.DescribeLoadBalancersOutput, error) {
		if len(input.Names) > 0 && len(input.LoadBalancerArns) > 0 {
			return nil, invalid("Load balancer names and load balancer ARNs cannot be specified at the same time")
		}
		all := sorted(s.books.loadBalancers)
		found, err := selected(all, input.LoadBalancerArns, func(l *loadBalancer) string { return *l.LoadBalancerArn }, loadBalancerNotFound)
		if err == nil {
			found, err = selected(found, input.Names, func(l *loadBalancer) string { return *l.LoadBalancerName }, loadBalancerNotFound)
		}
		if err != nil {
			return nil, err
		}
		found, next, err := page(found, func(l *loadBalancer) string { return *l.LoadBalancerArn }, input.Marker, input.PageSize)
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeLoadBalancersOutput{NextMarker: next}
		for _, l := range found {
			out.LoadBalancers = append(out.LoadBalancers, s.describeLoadBalancer(l))
		}
		return out, nil
	})
}

// DeleteLoadBalancer deletes a load balancer with its listeners and rules; one
// that does not exist is deleted already.
func (s *Service) DeleteLoadBalancer(ctx context.Context, input *sdk.DeleteLoadBalancerInput, _ ...func(*sdk.Options)) (*sdk.DeleteLoadBalancerOutput, error) {
	return change(ctx, s, "DeleteLoadBalancer", func() (*sdk.DeleteLoadBalancerOutput, error) {
		arn := aws.ToString(input.LoadBalancerArn)
		if s.books.loadBalancers[arn] == nil {
			return &sdk.DeleteLoadBalancerOutput{}, nil
		}
		entries := []entry{{kind: loadBalancerKind, arn: arn}}
		for _, l := range sorted(s.books.listeners) {
			if *l.LoadBalancerArn == arn {
				entries = append(entries, s.withoutListener(*l.ListenerArn)...)
			}
		}
		return &sdk.DeleteLoadBalancerOutput{}, s.commit(entries...)
	})
}

// sorted are records in the order of their ARNs.
func sorted[V any](records map[string]*V) []*V {
	all := make([]*V, 0, len(records))
	for _, arn := range slices.Sorted(maps.Keys(records)) {
		all = append(all, records[arn])
	}
	return all
}

// selected are the records whose keys are wanted, or all when none is; one that
// is wanted and missing is an error.
func selected[V any](records []*V, wanted []string, key func(*V) string, missing func(string) error) ([]*V, error) {
	if len(wanted) == 0 {
		return records, nil
	}
	for _, want := range wanted {
		if !slices.ContainsFunc(records, func(r *V) bool { return key(r) == want }) {
			return nil, missing(want)
		}
	}
	return slices.DeleteFunc(records, func(r *V) bool { return !slices.Contains(wanted, key(r)) }), nil
}

// missing is the error for an ARN of any kind that does not exist.
func missing(arn string) error {
	kind, _, _ := strings.Cut(resourceOf(arn), "/")
	switch kind {
	case "targetgroup":
		return targetGroupNotFound(arn)
	case "listener":
		return listenerNotFound(arn)
	case "listener-rule":
		return ruleNotFound(arn)
	default:
		return loadBalancerNotFound(arn)
	}
}
