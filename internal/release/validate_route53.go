package release

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	zonePattern = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
	// labelPattern is one part of a name between its dots (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html).
	labelPattern = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)
	// logicalPattern is a name in a CloudFormation template
	// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html).
	logicalPattern = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)
)

// Bounds of records and stacks.
const (
	longestRecord = 253
	// mostParameters is CloudFormation's limit, without the two that Goldfinch gives, and longestParameter that on a value in bytes
	// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
	mostParameters   = 198
	longestParameter = 4096
)

func (v *validation) route53(target Route53Target) {
	const path = "target.route53"
	complete := *v.complete.Target.Route53
	v.hostedZone(path+".hostedZone", target.HostedZone)
	v.record(path+".record", target.Record, complete.Type)
	v.word(path+".type", target.Type, RecordA, RecordAAAA, RecordCNAME)
	v.duration(path+".ttl", target.TTL, Duration(time.Second))
	v.duration(path+".maxRollback", target.MaxRollback, Duration(time.Second))
	if rollback := Duration(v.complete.Target.Lag()); complete.MaxRollback > 0 && complete.TTL > 0 && rollback > complete.MaxRollback {
		at := path + ".ttl"
		if !v.source.Has(at) {
			at = path + ".maxRollback"
		}
		v.reject(at, nil, fmt.Sprintf("lower ttl, or write maxRollback: %s", rollback),
			"a rollback takes up to %s (%s until all name servers know it, then ttl %s until resolvers ask again), longer than maxRollback, %s",
			rollback, propagation, complete.TTL, complete.MaxRollback)
	}
	v.template(path+".template", target.Template)
	v.parameters(path, target, complete)
	v.capabilities(path+".capabilities", target.Capabilities)
	if role := path + ".role"; (target.Role != "" || v.source.Has(role)) && !rolePattern.MatchString(target.Role) {
		v.reject(role, target.Role, "write arn:aws:iam::ACCOUNT:role/NAME", "is not the ARN of a role")
	}
	v.outputs(path+".outputs", complete.Outputs)
}

func (v *validation) hostedZone(path, zone string) {
	const hint = "write the zone's id, such as Z0123456789ABCDEFGHIJ"
	if id, prefixed := strings.CutPrefix(zone, "/hostedzone/"); prefixed && zonePattern.MatchString(id) {
		v.reject(path, zone, "write "+id, "must be the id alone")
		return
	}
	v.pattern(path, zone, zonePattern, "is not the id of a hosted zone", hint)
}

// record checks the name that users look up. Whether it is in the zone is left to preflight.
func (v *validation) record(path, name, kind string) {
	const hint = "write it as app.example.com"
	if name == "" {
		v.missing(path, name, hint)
		return
	}
	var wrong []string
	mended := name
	if strings.HasSuffix(mended, ".") && len(mended) > 1 {
		wrong, mended = append(wrong, "must not end with a dot"), strings.TrimSuffix(mended, ".")
	}
	if mended != strings.ToLower(mended) {
		wrong, mended = append(wrong, "must be in lower case"), strings.ToLower(mended)
	}
	advice := "write " + quote(mended)
	if rest, wild := strings.CutPrefix(mended, "*."); wild {
		wrong, mended, advice = append(wrong, "is a wildcard, which nobody can look up"), rest, "write a name that users look up, such as "+quote("app."+rest)
	}
	labels := strings.Split(mended, ".")
	switch {
	case len(mended) > longestRecord || len(labels) < 2 || slices.ContainsFunc(labels, func(label string) bool { return !labelPattern.MatchString(label) }):
		wrong, advice = append(wrong, "is not a name that can be looked up"), hint
	case kind == RecordCNAME && len(labels) == 2 && mended == strings.ToLower(strings.TrimSuffix(name, ".")):
		wrong = append(wrong, "is the top of a zone, where a CNAME can't stand")
		advice = "use type A with the output EndpointHostedZone, which makes an alias, or a name below this one"
	}
	if len(wrong) > 0 {
		v.reject(path, name, advice, "%s", inWords(wrong))
	}
}

// inWords joins clauses to a sentence: "a, b and c".
func inWords(clauses []string) string {
	last := len(clauses) - 1
	if last == 0 {
		return clauses[0]
	}
	return strings.Join(clauses[:last], ", ") + " and " + clauses[last]
}

// template checks where a stack's template is.
func (v *validation) template(path, name string) {
	rest, remote := strings.CutPrefix(name, s3Scheme)
	bucket, key, _ := strings.Cut(rest, "/")
	switch {
	case name == "":
		v.missing(path, name, "give a path, or s3://bucket/key")
	case strings.ContainsAny(name, "\x00\r\n"):
		v.reject(path, name, "", "must be one line of text")
	case !remote && urlPattern.MatchString(name):
		v.reject(path, name, "copy it to S3, or give a path", "a template is a local path or begins with s3://")
	case !remote:
	case !isBucket(bucket):
		v.reject(path, name, "bucket names have 3 to 63 lower-case letters, digits, dots and hyphens", "%s is not the name of a bucket", quote(bucket))
	case key == "" || strings.HasSuffix(key, "/") || len(key) > longestKey:
		v.reject(path, name, "write s3://bucket/key", "names no object in the bucket")
	}
}

func (v *validation) parameters(path string, target, complete Route53Target) {
	const hint = "use 1 to 255 letters and digits"
	if len(target.Parameters) > mostParameters {
		v.reject(path+".parameters", amount(len(target.Parameters), "parameters"), "", "must have at most %d parameters", mostParameters)
	}
	for _, name := range slices.Sorted(maps.Keys(target.Parameters)) {
		where := child(path+".parameters", shorten(name))
		switch {
		case name == complete.ImageParameter || name == complete.ReleaseParameter:
			v.reject(where, nil, "leave it out here", "is the parameter that Goldfinch gives a value")
		case !logicalPattern.MatchString(name):
			v.reject(where, nil, hint, "is not the name of a parameter")
		case len(target.Parameters[name]) > longestParameter:
			v.reject(where, target.Parameters[name], "", "is longer than %d bytes", longestParameter)
		}
	}
	for _, parameter := range []struct{ key, value string }{
		{"imageParameter", complete.ImageParameter}, {"releaseParameter", complete.ReleaseParameter},
	} {
		v.pattern(child(path, parameter.key), parameter.value, logicalPattern, "is not the name of a parameter", hint)
	}
	if complete.ImageParameter == complete.ReleaseParameter {
		v.reject(path+".releaseParameter", complete.ReleaseParameter, "name two parameters", "is the parameter that gets the image too")
	}
}

func (v *validation) capabilities(list string, capabilities []string) {
	for i, capability := range capabilities {
		path := fmt.Sprintf("%s[%d]", list, i)
		v.word(path, capability, "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
		if slices.Contains(capabilities[:i], capability) {
			v.reject(path, capability, "leave it out here", "the capability is given twice")
		}
	}
}

func (v *validation) outputs(path string, outputs StackOutputs) {
	seen := map[string]string{}
	for _, output := range []struct{ key, name string }{
		{"endpoint", outputs.Endpoint}, {"endpointHostedZone", outputs.EndpointHostedZone}, {"healthCheck", outputs.HealthCheck},
		{"loadBalancer", outputs.LoadBalancer}, {"testUrl", outputs.TestURL},
	} {
		where := child(path, output.key)
		v.pattern(where, output.name, logicalPattern, "is not the name of an output", "use 1 to 255 letters and digits")
		if other, twice := seen[output.name]; twice {
			v.reject(where, output.name, "name an output of its own", "is the output that %s names too", other)
		}
		seen[output.name] = output.key
	}
}
