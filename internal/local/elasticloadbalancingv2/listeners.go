package elasticloadbalancingv2

import (
	"context"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// CreateListener creates a listener with its default rule. With the settings of
// one that exists on the port it returns that.
func (s *Service) CreateListener(ctx context.Context, input *sdk.CreateListenerInput, _ ...func(*sdk.Options)) (*sdk.CreateListenerOutput, error) {
	return change(ctx, s, "CreateListener", func() (*sdk.CreateListenerOutput, error) {
		balancer := aws.ToString(input.LoadBalancerArn)
		if s.books.loadBalancers[balancer] == nil {
			return nil, loadBalancerNotFound(balancer)
		}
		tags, err := tagMap(input.Tags)
		if err != nil {
			return nil, err
		}
		made := &listener{Tags: tags}
		made.Listener = types.Listener{LoadBalancerArn: aws.String(balancer)}
		if err := s.set(made, &sdk.ModifyListenerInput{
			Port: input.Port, Protocol: input.Protocol, Certificates: input.Certificates, SslPolicy: input.SslPolicy,
			AlpnPolicy: input.AlpnPolicy, MutualAuthentication: input.MutualAuthentication,
		}); err != nil {
			return nil, err
		}
		if made.Port == nil {
			return nil, invalid("A listener port must be specified")
		}
		if made.Protocol == "" {
			return nil, invalid("A listener protocol must be specified")
		}
		actions, err := s.books.actions(input.DefaultActions, balancer, made.Protocol, "")
		if err != nil {
			return nil, err
		}
		if other := s.books.onPort(balancer, *made.Port); other != nil {
			made.ListenerArn = other.ListenerArn
			if reflect.DeepEqual(made.Listener, other.Listener) && reflect.DeepEqual(actions, s.books.defaultRule(*other.ListenerArn).Actions) {
				return &sdk.CreateListenerOutput{Listeners: []types.Listener{s.books.describeListener(other)}}, nil
			}
			return nil, refuse(&types.DuplicateListenerException{Message: sprintf("A listener already exists on this port for this load balancer '%s'", []any{balancer})})
		}
		made.ListenerArn = aws.String(s.under(balancer, "listener"))
		standard := &rule{ARN: s.under(*made.ListenerArn, "listener-rule"), Listener: *made.ListenerArn, Priority: last, Default: true, Actions: actions}
		if err := s.commit(made.entry(), standard.entry()); err != nil {
			return nil, err
		}
		return &sdk.CreateListenerOutput{Listeners: []types.Listener{s.books.describeListener(made)}}, nil
	})
}

// set changes what the input has of a listener; its actions are the default rule's.
func (s *Service) set(l *listener, input *sdk.ModifyListenerInput) error {
	if len(input.AlpnPolicy) > 0 {
		return unsupported("ALPN policies")
	}
	if input.MutualAuthentication != nil && aws.ToString(input.MutualAuthentication.Mode) != "off" {
		return unsupported("mutual authentication")
	}
	if input.Port != nil {
		if !validPort(*input.Port) {
			return invalid("Listener port '%d' must be between 1 and 65535", *input.Port)
		}
		l.Port = input.Port
	}
	switch input.Protocol {
	case "":
	case types.ProtocolEnumHttp, types.ProtocolEnumHttps:
		l.Protocol = input.Protocol
	default:
		return invalid("Listener protocol '%s' must be one of 'HTTPS, HTTP'", input.Protocol)
	}
	if input.Certificates != nil {
		l.Certificates = slices.Clone(input.Certificates)
	}
	if input.SslPolicy != nil {
		l.SslPolicy = input.SslPolicy
	}
	switch {
	case l.Protocol == types.ProtocolEnumHttps && len(l.Certificates) != 1:
		return invalid("Exactly one certificate must be specified for HTTPS listeners")
	case l.Protocol == types.ProtocolEnumHttp && (len(l.Certificates) > 0 || l.SslPolicy != nil):
		return invalid("Certificates and SSL policies can be specified for HTTPS listeners only")
	}
	return nil
}

// ModifyListener changes what the input has. The default actions are replaced whole.
func (s *Service) ModifyListener(ctx context.Context, input *sdk.ModifyListenerInput, _ ...func(*sdk.Options)) (*sdk.ModifyListenerOutput, error) {
	return change(ctx, s, "ModifyListener", func() (*sdk.ModifyListenerOutput, error) {
		found, err := s.books.listener(input.ListenerArn)
		if err != nil {
			return nil, err
		}
		next := *found
		if err := s.set(&next, input); err != nil {
			return nil, err
		}
		if other := s.books.onPort(*next.LoadBalancerArn, *next.Port); other != nil && *other.ListenerArn != *next.ListenerArn {
			return nil, refuse(&types.DuplicateListenerException{Message: sprintf("A listener already exists on this port for this load balancer '%s'", []any{*next.LoadBalancerArn})})
		}
		entries := []entry{next.entry()}
		if input.DefaultActions != nil {
			standard := *s.books.defaultRule(*next.ListenerArn)
			if standard.Actions, err = s.books.actions(input.DefaultActions, *next.LoadBalancerArn, next.Protocol, standard.ARN); err != nil {
				return nil, err
			}
			entries = append(entries, standard.entry())
		}
		if err := s.commit(entries...); err != nil {
			return nil, err
		}
		return &sdk.ModifyListenerOutput{Listeners: []types.Listener{s.books.describeListener(&next)}}, nil
	})
}

// DescribeListeners describes the listeners of a load balancer, or of ARNs.
func (s *Service) DescribeListeners(ctx context.Context, input *sdk.DescribeListenersInput, _ ...func(*sdk.Options)) (*sdk.DescribeListenersOutput, error) {
	return serve(ctx, s, "DescribeListeners", func() (*sdk.DescribeListenersOutput, error) {
		if (input.LoadBalancerArn == nil) == (len(input.ListenerArns) == 0) {
			return nil, invalid("You must specify either listener ARNs or a load balancer ARN")
		}
		found, err := selected(sorted(s.books.listeners), input.ListenerArns, func(l *listener) string { return *l.ListenerArn }, listenerNotFound)
		if err != nil {
			return nil, err
		}
		if balancer := input.LoadBalancerArn; balancer != nil {
			if s.books.loadBalancers[*balancer] == nil {
				return nil, loadBalancerNotFound(*balancer)
			}
			found = slices.DeleteFunc(found, func(l *listener) bool { return *l.LoadBalancerArn != *balancer })
		}
		found, next, err := page(found, func(l *listener) string { return *l.ListenerArn }, input.Marker, input.PageSize)
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeListenersOutput{NextMarker: next}
		for _, l := range found {
			out.Listeners = append(out.Listeners, s.books.describeListener(l))
		}
		return out, nil
	})
}

// DeleteListener deletes a listener with its rules.
func (s *Service) DeleteListener(ctx context.Context, input *sdk.DeleteListenerInput, _ ...func(*sdk.Options)) (*sdk.DeleteListenerOutput, error) {
	return change(ctx, s, "DeleteListener", func() (*sdk.DeleteListenerOutput, error) {
		if _, err := s.books.listener(input.ListenerArn); err != nil {
			return nil, err
		}
		return &sdk.DeleteListenerOutput{}, s.commit(s.withoutListener(*input.ListenerArn)...)
	})
}

// withoutListener deletes a listener and its rules.
func (s *Service) withoutListener(arn string) []entry {
	entries := []entry{{kind: listenerKind, arn: arn}}
	for _, r := range s.books.ordered[arn] {
		entries = append(entries, entry{kind: ruleKind, arn: r.ARN})
	}
	return entries
}

// listener finds a listener.
func (b *books) listener(arn *string) (*listener, error) {
	if found := b.listeners[aws.ToString(arn)]; found != nil {
		return found, nil
	}
	return nil, listenerNotFound(aws.ToString(arn))
}

// onPort is the listener of a load balancer on a port, or nil.
func (b *books) onPort(balancerARN string, port int32) *listener {
	for _, l := range b.listeners {
		if *l.LoadBalancerArn == balancerARN && *l.Port == port {
			return l
		}
	}
	return nil
}

// defaultRule is a listener's last rule.
func (b *books) defaultRule(listenerARN string) *rule {
	rules := b.ordered[listenerARN]
	return rules[len(rules)-1]
}

// describeListener tells a listener with its default actions.
func (b *books) describeListener(l *listener) types.Listener {
	described := l.Listener
	described.DefaultActions = b.defaultRule(*l.ListenerArn).Actions
	return described
}
