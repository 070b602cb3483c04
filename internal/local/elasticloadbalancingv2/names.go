package elasticloadbalancingv2

import (
	"crypto/sha256"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
)

// resourceName is what load balancers and target groups may be called:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
var resourceName = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$`)

// identifier returns 16 hexadecimal digits that were never returned before. They
// are a function of the time and of the calls before, so that a simulation repeats itself.
func (s *Service) identifier() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", s.now().UnixNano(), s.identified.Add(1)))
	return fmt.Sprintf("%x", sum[:8])
}

// arn names a resource of this account.
func (s *Service) arn(resource string) string {
	return "arn:aws:elasticloadbalancing:" + s.options.Region + ":" + s.options.AccountID + ":" + resource
}

// under is the ARN of a listener of a load balancer, or of a rule of a listener:
// it repeats the path of what it is under.
func (s *Service) under(parentARN, kind string) string {
	_, path, _ := strings.Cut(resourceOf(parentARN), "/")
	return s.arn(kind + "/" + path + "/" + s.identifier())
}

// resourceOf is an ARN's last part, with its kind.
func resourceOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	return parts[len(parts)-1]
}

// loadBalancerDimension is how CloudWatch names a load balancer: app/NAME/ID.
func loadBalancerDimension(arn string) string {
	return strings.TrimPrefix(resourceOf(arn), "loadbalancer/")
}

// join writes host and port.
func join(host string, port int32) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
