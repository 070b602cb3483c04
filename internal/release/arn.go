package release

import (
	"regexp"
	"strings"
)

// An arn is the ARN of something that belongs to a load balancer, in its parts
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html).
type arn struct {
	region, account string
	// kind is listener, listener-rule or targetgroup; of is what comes behind it: for listeners and rules
	// TYPE/NAME/BALANCER/LISTENER[/RULE], for target groups NAME/ID.
	kind, of string
}

var arnPattern = regexp.MustCompile(`^arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):([0-9]{12}):([a-z-]+)/([A-Za-z0-9/-]+)$`)

func parseARN(text string) (arn, bool) {
	parts := arnPattern.FindStringSubmatch(text)
	if parts == nil {
		return arn{}, false
	}
	return arn{region: parts[1], account: parts[2], kind: parts[3], of: parts[4]}, true
}

// place is the account and region, for people.
func (a arn) place() string { return "account " + a.account + ", " + a.region }

// balancer is the type, name and id of the load balancer that a listener or a rule belongs to.
func (a arn) balancer() string {
	parts := strings.SplitN(a.of, "/", 4)
	return strings.Join(parts[:min(len(parts), 3)], "/")
}

// What of an arn looks like, by its kind, and what people call it.
var balancerParts = map[string]struct {
	form    *regexp.Regexp
	called  string
	example string
}{
	"listener": {regexp.MustCompile(`^app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}/[0-9a-f]{16}$`), "a listener", "listener/app/NAME/ID/ID"},
	"listener-rule": {regexp.MustCompile(`^app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}/[0-9a-f]{16}/[0-9a-f]{16}$`), "a rule",
		"listener-rule/app/NAME/ID/ID/ID"},
	"targetgroup":  {regexp.MustCompile(`^[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$`), "a target group", "targetgroup/NAME/ID"},
	"loadbalancer": {regexp.MustCompile(`^app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$`), "a load balancer", "loadbalancer/app/NAME/ID"},
}

// balancerARN reads the ARN of a part of a load balancer of the kind, and reports whether it is one.
func (v *validation) balancerARN(path, text, kind string) (arn, bool) {
	want := balancerParts[kind]
	hint := "write arn:aws:elasticloadbalancing:REGION:ACCOUNT:" + want.example
	if text == "" {
		v.missing(path, text, hint)
		return arn{}, false
	}
	found, ok := parseARN(text)
	switch kindOfBalancer, _, _ := strings.Cut(found.of, "/"); {
	case !ok:
		v.reject(path, text, hint, "is not the ARN of %s", want.called)
	case kind != "targetgroup" && kindOfBalancer == "net":
		v.reject(path, text, "name a listener of an Application Load Balancer",
			"belongs to a network load balancer, which counts no failed requests, and closes the connections of the version whose weight becomes 0")
	case kind != "targetgroup" && kindOfBalancer == "gwy":
		v.reject(path, text, "name a listener of an Application Load Balancer", "belongs to a gateway load balancer, which knows no requests")
	case found.kind != kind && balancerParts[found.kind].called != "":
		v.reject(path, text, hint, "is the ARN of %s, not of %s", balancerParts[found.kind].called, want.called)
	case found.kind != kind || !want.form.MatchString(found.of):
		v.reject(path, text, hint, "is not the ARN of %s", want.called)
	default:
		return found, true
	}
	return found, false
}

// together wants what stands at path to be where the other is.
func (v *validation) together(path, text string, found arn, other string, otherARN arn) {
	if found.region != otherARN.region || found.account != otherARN.account {
		v.reject(path, text, "name two of one account and region", "is of %s, and %s of %s", found.place(), other, otherARN.place())
	}
}
