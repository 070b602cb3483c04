package elasticloadbalancingv2

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// CreateTargetGroup creates a group of instances or IPv4 addresses. With the
// settings of one that exists it returns that, whose tags and attributes stay.
func (s *Service) CreateTargetGroup(ctx context.Context, input *sdk.CreateTargetGroupInput, _ ...func(*sdk.Options)) (*sdk.CreateTargetGroupOutput, error) {
	return change(ctx, s, "CreateTargetGroup", func() (*sdk.CreateTargetGroupOutput, error) {
		made, err := newTargetGroup(input)
		if err != nil {
			return nil, err
		}
		for _, other := range s.books.targetGroups {
			if *other.TargetGroupName != *made.TargetGroupName {
				continue
			}
			made.TargetGroupArn = other.TargetGroupArn
			if !reflect.DeepEqual(made.TargetGroup, other.TargetGroup) {
				return nil, refuse(&types.DuplicateTargetGroupNameException{
					Message: sprintf("A target group with the same name '%s' exists, but with different settings", []any{*made.TargetGroupName}),
				})
			}
			return &sdk.CreateTargetGroupOutput{TargetGroups: []types.TargetGroup{s.books.describeTargetGroup(other)}}, nil
		}
		made.TargetGroupArn = aws.String(s.arn("targetgroup/" + *made.TargetGroupName + "/" + s.identifier()))
		if err := s.commit(made.entry()); err != nil {
			return nil, err
		}
		return &sdk.CreateTargetGroupOutput{TargetGroups: []types.TargetGroup{s.books.describeTargetGroup(made)}}, nil
	})
}

// newTargetGroup reads a target group, with AWS's defaults, that has no ARN yet.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
func newTargetGroup(input *sdk.CreateTargetGroupInput) (*targetGroup, error) {
	name := aws.ToString(input.Name)
	kind := input.TargetType
	if kind == "" {
		kind = types.TargetTypeEnumInstance
	}
	version := aws.ToString(input.ProtocolVersion)
	if version == "" {
		version = "HTTP1"
	}
	switch {
	case !resourceName.MatchString(name):
		return nil, invalid("Target group name '%s' must have 1 to 32 letters, digits and hyphens, and not begin or end with a hyphen", name)
	case kind != types.TargetTypeEnumInstance && kind != types.TargetTypeEnumIp:
		return nil, unsupported("targets of type '%s': only 'instance' and 'ip'", kind)
	case input.Protocol == "":
		return nil, invalid("A protocol must be specified")
	case input.Protocol != types.ProtocolEnumHttp:
		return nil, unsupported("target groups of protocol '%s': only HTTP", input.Protocol)
	case version != "HTTP1":
		return nil, unsupported("protocol version '%s': only HTTP1", version)
	case input.IpAddressType != "" && input.IpAddressType != types.TargetGroupIpAddressTypeEnumIpv4:
		return nil, unsupported("targets of IP address type '%s'", input.IpAddressType)
	case input.TargetControlPort != nil:
		return nil, unsupported("target control port")
	case input.Port == nil:
		return nil, invalid("A port must be specified")
	case !validPort(*input.Port):
		return nil, invalid("Port '%d' must be between 1 and 65535", *input.Port)
	case aws.ToString(input.VpcId) == "":
		return nil, invalid("A VPC ID must be specified")
	}
	tags, err := tagMap(input.Tags)
	if err != nil {
		return nil, err
	}
	made := &targetGroup{Tags: tags, Attributes: defaultAttributes()}
	made.TargetGroup = types.TargetGroup{
		TargetGroupName: aws.String(name), TargetType: kind, Protocol: input.Protocol, ProtocolVersion: aws.String(version),
		Port: input.Port, VpcId: input.VpcId, IpAddressType: types.TargetGroupIpAddressTypeEnumIpv4,
		HealthCheckEnabled: aws.Bool(true), HealthCheckProtocol: types.ProtocolEnumHttp, HealthCheckPort: aws.String(trafficPort), HealthCheckPath: aws.String("/"),
		HealthCheckIntervalSeconds: aws.Int32(30), HealthCheckTimeoutSeconds: aws.Int32(5),
		HealthyThresholdCount: aws.Int32(5), UnhealthyThresholdCount: aws.Int32(2), Matcher: &types.Matcher{HttpCode: aws.String("200")},
	}
	return made, checkSettings(&made.TargetGroup, &sdk.ModifyTargetGroupInput{
		HealthCheckEnabled: input.HealthCheckEnabled, HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds,
		HealthCheckPath: input.HealthCheckPath, HealthCheckPort: input.HealthCheckPort, HealthCheckProtocol: input.HealthCheckProtocol,
		HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds, HealthyThresholdCount: input.HealthyThresholdCount,
		Matcher: input.Matcher, UnhealthyThresholdCount: input.UnhealthyThresholdCount,
	})
}

func validPort(port int32) bool { return port >= 1 && port <= 65535 }

// checkSettings changes how the targets of a group are checked: what the input
// leaves out stays.
func checkSettings(group *types.TargetGroup, input *sdk.ModifyTargetGroupInput) error {
	for _, number := range []struct {
		name     string
		given    *int32
		into     **int32
		min, max int32
	}{
		{"Health check interval", input.HealthCheckIntervalSeconds, &group.HealthCheckIntervalSeconds, 5, 300},
		{"Health check timeout", input.HealthCheckTimeoutSeconds, &group.HealthCheckTimeoutSeconds, 2, 120},
		{"Healthy threshold count", input.HealthyThresholdCount, &group.HealthyThresholdCount, 2, 10},
		{"Unhealthy threshold count", input.UnhealthyThresholdCount, &group.UnhealthyThresholdCount, 2, 10},
	} {
		if number.given == nil {
			continue
		}
		if *number.given < number.min || *number.given > number.max {
			return invalid("%s '%d' must be between %d and %d", number.name, *number.given, number.min, number.max)
		}
		*number.into = number.given
	}
	if *group.HealthCheckTimeoutSeconds >= *group.HealthCheckIntervalSeconds {
		return invalid("Health check timeout '%d' must be smaller than the interval '%d'", *group.HealthCheckTimeoutSeconds, *group.HealthCheckIntervalSeconds)
	}
	if input.HealthCheckEnabled != nil && !*input.HealthCheckEnabled {
		return invalid("Health check enabled must be true for target groups with target type '%s'", group.TargetType)
	}
	if input.HealthCheckProtocol != "" && input.HealthCheckProtocol != types.ProtocolEnumHttp {
		return unsupported("health checks of protocol '%s': only HTTP", input.HealthCheckProtocol)
	}
	if path := input.HealthCheckPath; path != nil {
		if len(*path) < 1 || len(*path) > 1024 || (*path)[0] != '/' {
			return invalid("Health check path '%s' must begin with '/' and have at most 1024 characters", *path)
		}
		group.HealthCheckPath = path
	}
	if port := input.HealthCheckPort; port != nil {
		if number, err := strconv.ParseInt(*port, 10, 32); *port != trafficPort && (err != nil || !validPort(int32(number))) {
			return invalid("Health check port '%s' must be '%s' or a port", *port, trafficPort)
		}
		group.HealthCheckPort = port
	}
	if matcher := input.Matcher; matcher != nil {
		if matcher.GrpcCode != nil {
			return unsupported("gRPC")
		}
		if _, err := statuses(aws.ToString(matcher.HttpCode)); err != nil {
			return invalid("Health check matcher HTTP code '%s' is not valid: %v", aws.ToString(matcher.HttpCode), err)
		}
		group.Matcher = &types.Matcher{HttpCode: matcher.HttpCode}
	}
	return nil
}

// ModifyTargetGroup changes how a group's targets are checked, from the next check on.
func (s *Service) ModifyTargetGroup(ctx context.Context, input *sdk.ModifyTargetGroupInput, _ ...func(*sdk.Options)) (*sdk.ModifyTargetGroupOutput, error) {
	return change(ctx, s, "ModifyTargetGroup", func() (*sdk.ModifyTargetGroupOutput, error) {
		group, err := s.books.targetGroup(input.TargetGroupArn)
		if err != nil {
			return nil, err
		}
		next := *group
		if err := checkSettings(&next.TargetGroup, input); err != nil {
			return nil, err
		}
		if err := s.commit(next.entry()); err != nil {
			return nil, err
		}
		return &sdk.ModifyTargetGroupOutput{TargetGroups: []types.TargetGroup{s.books.describeTargetGroup(&next)}}, nil
	})
}

// DescribeTargetGroups describes all target groups, or those of names, ARNs, or a load balancer.
func (s *Service) DescribeTargetGroups(ctx context.Context, input *sdk.DescribeTargetGroupsInput, _ ...func(*sdk.Options)) (*sdk.DescribeTargetGroupsOutput, error) {
	return serve(ctx, s, "DescribeTargetGroups", func() (*sdk.DescribeTargetGroupsOutput, error) {
		kinds := 0
		for _, given := range []bool{input.LoadBalancerArn != nil, len(input.Names) > 0, len(input.TargetGroupArns) > 0} {
			if given {
				kinds++
			}
		}
		if kinds > 1 {
			return nil, invalid("You can specify only one of load balancer ARN, target group ARNs and names")
		}
		found, err := selected(sorted(s.books.targetGroups), input.TargetGroupArns, func(g *targetGroup) string { return *g.TargetGroupArn }, targetGroupNotFound)
		if err == nil {
			found, err = selected(found, input.Names, func(g *targetGroup) string { return *g.TargetGroupName }, targetGroupNotFound)
		}
		if err != nil {
			return nil, err
		}
		if balancer := input.LoadBalancerArn; balancer != nil {
			if s.books.loadBalancers[*balancer] == nil {
				return nil, loadBalancerNotFound(*balancer)
			}
			found = slices.DeleteFunc(found, func(g *targetGroup) bool { return s.books.balancerOf(*g.TargetGroupArn) != *balancer })
		}
		found, next, err := page(found, func(g *targetGroup) string { return *g.TargetGroupArn }, input.Marker, input.PageSize)
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeTargetGroupsOutput{NextMarker: next}
		for _, g := range found {
			out.TargetGroups = append(out.TargetGroups, s.books.describeTargetGroup(g))
		}
		return out, nil
	})
}

// DeleteTargetGroup deletes a group that no rule names; one that does not exist
// is deleted already.
func (s *Service) DeleteTargetGroup(ctx context.Context, input *sdk.DeleteTargetGroupInput, _ ...func(*sdk.Options)) (*sdk.DeleteTargetGroupOutput, error) {
	return change(ctx, s, "DeleteTargetGroup", func() (*sdk.DeleteTargetGroupOutput, error) {
		arn := aws.ToString(input.TargetGroupArn)
		if s.books.targetGroups[arn] == nil {
			return &sdk.DeleteTargetGroupOutput{}, nil
		}
		if len(s.books.users(arn)) > 0 {
			return nil, inUse("Target group '%s' is currently in use by a listener or a rule", arn)
		}
		return &sdk.DeleteTargetGroupOutput{}, s.commit(entry{kind: targetGroupKind, arn: arn})
	})
}

// targetGroup finds a target group.
func (b *books) targetGroup(arn *string) (*targetGroup, error) {
	if found := b.targetGroups[aws.ToString(arn)]; found != nil {
		return found, nil
	}
	return nil, targetGroupNotFound(aws.ToString(arn))
}

// describeTargetGroup tells a target group with the load balancer that uses it.
func (b *books) describeTargetGroup(g *targetGroup) types.TargetGroup {
	described := g.TargetGroup
	described.LoadBalancerArns = []string{}
	if arn := b.balancerOf(*g.TargetGroupArn); arn != "" {
		described.LoadBalancerArns = []string{arn}
	}
	return described
}

// DescribeTargetGroupAttributes tells a group's attributes.
func (s *Service) DescribeTargetGroupAttributes(ctx context.Context, input *sdk.DescribeTargetGroupAttributesInput, _ ...func(*sdk.Options)) (*sdk.DescribeTargetGroupAttributesOutput, error) {
	return serve(ctx, s, "DescribeTargetGroupAttributes", func() (*sdk.DescribeTargetGroupAttributesOutput, error) {
		group, err := s.books.targetGroup(input.TargetGroupArn)
		if err != nil {
			return nil, err
		}
		return &sdk.DescribeTargetGroupAttributesOutput{Attributes: attributeList(group.Attributes)}, nil
	})
}

// ModifyTargetGroupAttributes changes the attributes that are given, all or none.
func (s *Service) ModifyTargetGroupAttributes(ctx context.Context, input *sdk.ModifyTargetGroupAttributesInput, _ ...func(*sdk.Options)) (*sdk.ModifyTargetGroupAttributesOutput, error) {
	return change(ctx, s, "ModifyTargetGroupAttributes", func() (*sdk.ModifyTargetGroupAttributesOutput, error) {
		group, err := s.books.targetGroup(input.TargetGroupArn)
		if err != nil {
			return nil, err
		}
		next := *group
		next.Attributes = maps.Clone(group.Attributes)
		for _, attribute := range input.Attributes {
			if err := setAttribute(next.Attributes, aws.ToString(attribute.Key), aws.ToString(attribute.Value)); err != nil {
				return nil, err
			}
		}
		if next.sticky() {
			for _, r := range s.books.users(*group.TargetGroupArn) {
				if err := stickyTogether(r.Actions, *group.TargetGroupArn); err != nil {
					return nil, err
				}
			}
		}
		if err := s.commit(next.entry()); err != nil {
			return nil, err
		}
		return &sdk.ModifyTargetGroupAttributesOutput{Attributes: attributeList(next.Attributes)}, nil
	})
}

func attributeList(attributes map[string]string) []types.TargetGroupAttribute {
	list := make([]types.TargetGroupAttribute, 0, len(attributes))
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		list = append(list, types.TargetGroupAttribute{Key: aws.String(key), Value: aws.String(attributes[key])})
	}
	return list
}
