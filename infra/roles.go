package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// newRole is a role with exactly these statements. Its policies are part of the
// role, so that nothing can begin to use the role before it may do its work: one that is
// only the role's, and what does not fit in there as policies of its own.
// In resources and conditions, ${Partition}, ${Region}, ${Account}, ${Table} and
// the others stand for the installation's own, as package access says.
func newRole(i *installation, id, description string, principal awsiam.IPrincipal, statements []access.Statement) awsiam.Role {
	policies := packed(i.filled(statements))
	var managed []awsiam.IManagedPolicy
	for n, policy := range policies[1:] {
		one := awsiam.NewManagedPolicy(i.stack, jsii.String(fmt.Sprintf("%sPolicy%d", id, n+2)), &awsiam.ManagedPolicyProps{
			Description: jsii.String(description + " What did not fit into the role."),
			Document:    documentOf(policy),
		})
		acceptWildcards(i, one, policy)
		managed = append(managed, one)
	}
	role := awsiam.NewRole(i.stack, jsii.String(id), &awsiam.RoleProps{
		AssumedBy:       principal,
		Description:     jsii.String(description),
		InlinePolicies:  &map[string]awsiam.PolicyDocument{"goldfinch": documentOf(policies[0])},
		ManagedPolicies: &managed,
	})
	acceptWildcards(i, role, policies[0])
	return role
}

func documentOf(statements []access.Statement) awsiam.PolicyDocument {
	document := awsiam.NewPolicyDocument(nil)
	for _, statement := range statements {
		document.AddStatements(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid:        jsii.String(statement.Sid),
			Actions:    jsii.Strings(statement.Actions...),
			Resources:  jsii.Strings(statement.Resources...),
			Conditions: conditionsOf(statement),
		}))
	}
	return document
}

// How many characters a role's inline policies, and a managed policy, may have
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html); a tenth of it is left for a parameter that is
// longer than what stands for it now.
const (
	inlineCharacters  = 10_240 * 9 / 10
	managedCharacters = 6_144 * 9 / 10
)

// packed puts statements into policies, in their order: the first is the role's own, the others are managed ones.
func packed(statements []access.Statement) [][]access.Statement {
	policies := [][]access.Statement{nil}
	left := inlineCharacters
	for _, statement := range statements {
		size := characters(statement)
		if size > left {
			policies = append(policies, nil)
			left = managedCharacters
		}
		left -= size
		policies[len(policies)-1] = append(policies[len(policies)-1], statement)
	}
	return policies
}

// characters is how long a statement is. What only CloudFormation knows counts as long as the CDK's name for it, which is longer.
func characters(statement access.Statement) int {
	text, err := json.Marshal(map[string]any{
		"Sid": statement.Sid, "Effect": "Allow", "Action": statement.Actions, "Resource": statement.Resources, "Condition": statement.Conditions,
	})
	if err != nil {
		panic(fmt.Sprintf("a statement that is no JSON: %v", err))
	}
	return len(text)
}

// filled has the installation's own where package access has placeholders. What is about things that the
// installation does not have is left out.
func (i *installation) filled(statements []access.Statement) []access.Statement {
	var filled []access.Statement
	for _, statement := range statements {
		statement.Resources = i.resolveAll(statement.Resources)
		if len(statement.Resources) == 0 {
			continue
		}
		conditions := map[string]map[string]string{}
		for operator, keys := range statement.Conditions {
			conditions[operator] = map[string]string{}
			for key, value := range keys {
				conditions[operator][key] = i.resolve(value)
			}
		}
		statement.Conditions = conditions
		filled = append(filled, statement)
	}
	return filled
}

func conditionsOf(statement access.Statement) *map[string]any {
	if len(statement.Conditions) == 0 {
		return nil
	}
	conditions := map[string]any{}
	for operator, keys := range statement.Conditions {
		conditions[operator] = keys
	}
	return &conditions
}

// resolveAll resolves texts. One about what an installation may have several of, or none, becomes as many.
func (i *installation) resolveAll(texts []string) []string {
	several := map[string][]string{"${HostedZones}": i.config.HostedZones, "${InstanceRoles}": i.config.InstanceRoles, "${StackRoles}": i.config.StackRoles, "${KmsKey}": nil}
	if i.config.KMSKey != "" {
		several["${KmsKey}"] = []string{i.config.KMSKey}
	}
	var resolved []string
	for _, text := range texts {
		each := []string{text}
		for placeholder, values := range several {
			if strings.Contains(text, placeholder) {
				each = nil
				for _, value := range values {
					each = append(each, strings.ReplaceAll(text, placeholder, value))
				}
			}
		}
		for _, one := range each {
			resolved = append(resolved, i.resolve(one))
		}
	}
	return resolved
}

// resolve puts the installation's own names where package access has placeholders.
func (i *installation) resolve(text string) string {
	return strings.NewReplacer(
		"${Partition}", *i.stack.Partition(), "${Region}", *i.stack.Region(), "${Account}", *i.stack.Account(),
		"${Table}", i.config.Name, "${Bucket}", i.bucketName(), "${StateMachine}", i.config.Name, "${EventBus}", busName,
	).Replace(text)
}

// boundRoles sets the permissions boundary of every role there is.
func boundRoles(i *installation) {
	if i.config.PermissionsBoundary == "" {
		return
	}
	policy := awsiam.ManagedPolicy_FromManagedPolicyArn(i.stack, jsii.String("PermissionsBoundary"), jsii.String(i.config.PermissionsBoundary))
	awsiam.PermissionsBoundary_Of(i.stack).Apply(policy)
}
