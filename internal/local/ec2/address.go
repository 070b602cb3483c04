package ec2

import (
	"context"
	"net"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Address is the "host:port" on this machine at which a running instance's program answers; known is false while
// it doesn't run. The instance is given by its id or its private address. A program here has one port, whichever is asked for.
func (s *Service) Address(_ context.Context, instance string, _ int32) (address string, known bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	record := s.books.instances[instance]
	if record == nil {
		for _, other := range s.books.instances {
			if other.TerminatedAt.IsZero() && *other.Instance.PrivateIpAddress == instance {
				record = other
			}
		}
	}
	if record == nil || record.Instance.State.Name != types.InstanceStateNameRunning || record.Address == "" {
		return "", false
	}
	return record.Address, true
}

// DialContext connects like [net.Dialer.DialContext], and by an instance's private address, whatever the port, to its
// program on this machine: so the instances' network can be reached from here.
func (s *Service) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if host, _, err := net.SplitHostPort(address); err == nil {
		if here, known := s.Address(ctx, host, 0); known {
			address = here
		}
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
