package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// aliasName is the alias of the state machine on which releases start.
const aliasName = access.Alias

// busName is the event bus: the one on which AWS's own events are.
const busName = "default"

// name is what a part of the installation is called in AWS: "goldfinch-intake".
// Names are composed instead of referred to, so that parts which know each other need no order.
func (i *installation) name(part string) string { return i.config.Name + "-" + part }

// functionName is what a function is called in AWS.
func (i *installation) functionName(function string) string { return i.name(function) }

// bucketName is that of the artifact bucket: S3's names are unique in the world.
func (i *installation) bucketName() string {
	if i.config.ArtifactBucket != "" {
		return i.config.ArtifactBucket
	}
	return i.name(*i.stack.Account() + "-" + *i.stack.Region())
}

// stateMachineARN is that of the state machine, without alias or version.
func (i *installation) stateMachineARN() string {
	return i.arn("states", "stateMachine:"+i.config.Name)
}

// liveARN is that of the alias on which releases start.
func (i *installation) liveARN() string { return i.stateMachineARN() + ":" + aliasName }

// arn is that of a resource in this account and region.
func (i *installation) arn(service, resource string) string {
	return "arn:" + *i.stack.Partition() + ":" + service + ":" + *i.stack.Region() + ":" + *i.stack.Account() + ":" + resource
}

// capitalised makes a function's name the beginning of an id: "Intake".
func capitalised(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// shortenLogicalIDs gives every resource the id that a person would: the ids of
// the constructs on the way to it, without the CDK's hash of that way. They stay
// the same when the CDK changes, and template.yaml is named by them.
// A function's versions keep the CDK's: they must change with what they have.
func shortenLogicalIDs(i *installation) {
	taken := map[string]string{}
	for _, construct := range *i.stack.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		if !*awscdk.CfnResource_IsCfnResource(construct) {
			continue
		}
		resource := construct.(awscdk.CfnResource)
		if *resource.CfnResourceType() == *awslambda.CfnVersion_CFN_RESOURCE_TYPE_NAME() {
			continue
		}
		way := *resource.Node().Path()
		id := shortID(way)
		if other, ok := taken[id]; ok {
			panic("two resources would be called " + id + ": " + other + " and " + way)
		}
		taken[id] = way
		resource.OverrideLogicalId(jsii.String(id))
	}
}

// shortID joins the ids of a way such as "Goldfinch/LedgerTable/Resource".
func shortID(way string) string {
	var id strings.Builder
	for _, part := range strings.Split(way, "/")[1:] {
		if part == "Resource" || part == "Default" {
			continue
		}
		if strings.HasPrefix(part, "AllowEventRule") {
			part = "Permission" // of a rule for its function, whose name and hash the CDK adds
		}
		for _, letter := range part {
			if letter < 128 && (letter >= '0' && letter <= '9' || letter >= 'A' && letter <= 'Z' || letter >= 'a' && letter <= 'z') {
				id.WriteRune(letter)
			}
		}
	}
	return id.String()
}
