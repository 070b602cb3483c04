package main

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// newRole is a role with exactly these statements. Its policy is part of the
// role, so that nothing can begin to use the role before it may do its work.
// In resources and conditions, ${Partition}, ${Region}, ${Account}, ${Table},
// ${Bucket}, ${StateMachine}, ${EventBus} and ${KmsKey} stand for the
// installation's own, as package access says.
func newRole(i *installation, id, description string, principal awsiam.IPrincipal, statements []access.Statement) awsiam.Role {
	document := awsiam.NewPolicyDocument(nil)
	for _, statement := range statements {
		if i.config.KMSKey == "" && slices.Contains(statement.Resources, "${KmsKey}") {
			continue
		}
		document.AddStatements(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid:        jsii.String(statement.Sid),
			Actions:    jsii.Strings(statement.Actions...),
			Resources:  jsii.Strings(i.resolveAll(statement.Resources)...),
			Conditions: i.conditions(statement),
		}))
	}
	role := awsiam.NewRole(i.stack, jsii.String(id), &awsiam.RoleProps{
		AssumedBy:      principal,
		Description:    jsii.String(description),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"goldfinch": document},
	})
	acceptWildcards(i, role, statements)
	return role
}

func (i *installation) conditions(statement access.Statement) *map[string]any {
	if len(statement.Conditions) == 0 {
		return nil
	}
	conditions := map[string]any{}
	for operator, keys := range statement.Conditions {
		resolved := map[string]any{}
		for key, value := range keys {
			resolved[key] = i.resolve(value)
		}
		conditions[operator] = resolved
	}
	return &conditions
}

func (i *installation) resolveAll(texts []string) []string {
	resolved := make([]string, len(texts))
	for n, text := range texts {
		resolved[n] = i.resolve(text)
	}
	return resolved
}

// resolve puts the installation's own names where package access has placeholders.
func (i *installation) resolve(text string) string {
	return strings.NewReplacer(
		"${Partition}", *i.stack.Partition(), "${Region}", *i.stack.Region(), "${Account}", *i.stack.Account(),
		"${Table}", i.config.Name, "${Bucket}", i.bucketName(), "${StateMachine}", i.config.Name, "${EventBus}", busName,
		"${KmsKey}", i.config.KMSKey,
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
