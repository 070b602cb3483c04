package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// ownPrefix is why a role may use all names below one of the installation's own.
const ownPrefix = "What is below this name is the installation's own; it comes and goes while the stack stays."

// accept keeps what cdk-nag finds on one construct from being a mistake, with
// the reason. A finding is a rule's id, and which part of the construct in brackets where the rule says so.
func accept(construct constructs.IConstruct, reason string, findings ...string) {
	var suppressions []*cdknag.NagPackSuppression
	for _, finding := range findings {
		rule, part, parted := strings.Cut(strings.TrimSuffix(finding, "]"), "[")
		suppression := &cdknag.NagPackSuppression{Id: jsii.String(rule), Reason: jsii.String(reason)}
		if parted {
			suppression.AppliesTo = &[]any{part}
		}
		suppressions = append(suppressions, suppression)
	}
	cdknag.NagSuppressions_AddResourceSuppressions(construct, &suppressions, nil)
}

// acceptWildcards accepts the resources of a role, or of a policy of its own, that have an asterisk, each for
// the reasons that its statements have.
func acceptWildcards(i *installation, of constructs.IConstruct, statements []access.Statement) {
	reasons := map[string][]string{}
	for _, statement := range statements {
		for _, resource := range statement.Resources {
			if strings.Contains(resource, "*") {
				finding := "AwsSolutions-IAM5[Resource::" + i.shown(resource) + "]"
				reasons[finding] = append(reasons[finding], cmp.Or(statement.Reason, ownPrefix))
			}
		}
	}
	for _, finding := range slices.Sorted(maps.Keys(reasons)) {
		accept(of, strings.Join(reasons[finding], " "), finding)
	}
}

// shown is a resource as cdk-nag writes it: what only CloudFormation knows in angle brackets.
func (i *installation) shown(resource string) string {
	shown := i.resolve(resource)
	for text, name := range map[*string]string{i.stack.Partition(): "AWS::Partition", i.stack.Region(): "AWS::Region", i.stack.Account(): "AWS::AccountId"} {
		if *awscdk.Token_IsUnresolved(*text) {
			shown = strings.ReplaceAll(shown, *text, "<"+name+">")
		}
	}
	return shown
}
