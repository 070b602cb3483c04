package cloudformation

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// A kind makes and deletes the resources of one type.
type kind interface {
	// create asks for a resource and returns its physical id. Asked again for the
	// same one it returns that.
	create(ctx context.Context, of request) (physicalID string, err error)
	// look says how a resource is.
	look(ctx context.Context, physicalID string) (seen, error)
	// delete asks for a resource's end.
	delete(ctx context.Context, physicalID string) error
}

// A request is what a resource is made from.
type request struct {
	stack      *stack
	logicalID  string
	properties map[string]any
	// again: it was asked for before, and nobody knows whether it was made.
	again bool
}

// A seen resource is one that somebody looked at.
type seen struct {
	exists, ready bool
	// waiting says what a resource that isn't ready waits for.
	waiting    string
	attributes map[string]string
	// properties are those that differences can be found in.
	properties map[string]any
}

// kinds are the types of resources that can be made.
func (s *Service) kind(name string) (kind, bool) {
	made := map[string]kind{
		"AWS::EC2::LaunchTemplate":                  launchTemplates{s.options.EC2},
		"AWS::AutoScaling::AutoScalingGroup":        groups{s.options.AutoScaling},
		"AWS::ElasticLoadBalancingV2::LoadBalancer": loadBalancers{s.options.LoadBalancing},
		"AWS::ElasticLoadBalancingV2::TargetGroup":  targetGroups{s.options.LoadBalancing},
		"AWS::ElasticLoadBalancingV2::Listener":     listeners{s.options.LoadBalancing},
		"AWS::ElasticLoadBalancingV2::ListenerRule": rules{s.options.LoadBalancing},
		"AWS::CloudFormation::WaitConditionHandle":  handles{region: s.options.Region},
	}
	if lambda := s.options.Lambda; lambda != nil {
		made["AWS::Lambda::Function"], made["AWS::Lambda::Alias"] = functions{lambda}, aliases{lambda}
	}
	if api := s.options.APIGateway; api != nil {
		made["AWS::ApiGateway::Deployment"], made["AWS::ApiGateway::Stage"] = deployments{api}, stages{api}
	}
	if records := s.options.Route53; records != nil {
		made["AWS::Route53::HostedZone"] = zones{records}
	}
	found, known := made[name]
	return found, known
}

// unread are the properties that CloudFormation writes and never reads again, by the type of resource: those that are write-only
// in AWS's schemas. No differences are found in them.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
var unread = map[string][]string{
	"AWS::EC2::LaunchTemplate":    {"LaunchTemplateData", "TagSpecifications", "VersionDescription"},
	"AWS::Lambda::Function":       {"Code"},
	"AWS::ApiGateway::Deployment": {"StageName", "StageDescription"},
}

// name is the physical name of a resource that has none of its own, as long as its
// type allows: STACK-RESOURCE-SUFFIX. It is the same every time.
func (r request) name(most int) string {
	sum := sha256.Sum256([]byte(r.stack.ID + "/" + r.logicalID))
	suffix := base32.StdEncoding.EncodeToString(sum[:])[:12]
	front := r.stack.Name + "-" + r.logicalID
	return strings.TrimRight(front[:min(len(front), most-len(suffix)-1)], "-") + "-" + suffix
}

// token is what makes one request of several equal ones: at most 64 characters.
func (r request) token() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(r.stack.ID+"/"+r.logicalID)))
}

// tags are those that a resource gets from its stack. AWS adds some of its own (aws:cloudformation:stack-name and others), which local services, as
// AWS's do, take from no caller.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
func (r request) tags() map[string]string {
	tags := map[string]string{}
	for _, tag := range r.stack.Tags {
		tags[*tag.Key] = *tag.Value
	}
	return tags
}

// tagged adds the stack's tags to those of a list that has them as Key and Value;
// the resource's own win. Each gets more, too.
func (r request) tagged(own any, more map[string]any) []any {
	list, _ := own.([]any)
	list = slices.Clone(list)
	given := map[string]bool{}
	for _, tag := range list {
		if members, ok := tag.(map[string]any); ok {
			given[scalar(members["Key"])] = true
		}
	}
	tags := r.tags()
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if given[key] {
			continue
		}
		tag := map[string]any{"Key": key, "Value": tags[key]}
		maps.Copy(tag, more)
		list = append(list, tag)
	}
	return list
}

// with are the resource's properties with some changed; a nil one is taken out.
func (r request) with(changed map[string]any) map[string]any {
	next := maps.Clone(r.properties)
	for name, value := range changed {
		if value == nil {
			delete(next, name)
			continue
		}
		next[name] = value
	}
	return next
}

// named are the resource's properties with a name, its own or a generated one.
func (r request) named(property string, most int) map[string]any {
	if r.properties[property] != nil {
		return r.properties
	}
	return r.with(map[string]any{property: r.name(most)})
}

// code is the code of AWS's error; empty when it is none.
func code(err error) string {
	if failure, ok := errors.AsType[smithy.APIError](err); ok {
		return failure.ErrorCode()
	}
	return ""
}

// unless returns the error unless it has the code, which then says that nothing is there.
func unless(err error, missing string) error {
	if code(err) == missing {
		return nil
	}
	return err
}

// reason writes an error as it stands in events: AWS's message, without what the SDK puts before it.
func reason(err error) string {
	if failure, ok := errors.AsType[smithy.APIError](err); ok {
		return failure.ErrorMessage()
	}
	return err.Error()
}

// handles are wait condition handles: addresses that nobody listens at.
type handles struct{ region string }

func (h handles) create(_ context.Context, of request) (string, error) {
	return "https://cloudformation-waitcondition-" + h.region + ".s3.amazonaws.com/" + of.stack.ID + "/" + of.logicalID, nil
}

func (handles) look(_ context.Context, _ string) (seen, error) {
	return seen{exists: true, ready: true}, nil
}

func (handles) delete(context.Context, string) error { return nil }

// stays reports whether a resource of the type can be looked for after its end.
func stays(kind string) bool { return kind == "AWS::CloudFormation::WaitConditionHandle" }

// ended are the states of a resource that need no deletion.
func ended(status types.ResourceStatus) bool {
	return status == "" || status == types.ResourceStatusDeleteComplete || status == types.ResourceStatusDeleteSkipped
}
