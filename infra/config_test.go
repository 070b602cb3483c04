package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nothingGiven is the config of an empty context.
var nothingGiven = config{
	Name: "goldfinch", Architecture: "arm64", LogRetentionDays: 90, ArtifactRetentionDays: 90,
	ReservedConcurrency: true, SweepMinutes: 2, DriftMinutes: 15, EvaluateLive: "hourly",
	Targets: []string{"alb", "apigateway", "asg", "flag", "lambda", "route53"},
}

func TestDecode(t *testing.T) {
	t.Parallel()
	with := func(change func(*config)) config {
		c := nothingGiven
		change(&c)
		return c
	}
	tests := map[string]struct {
		given map[string]any
		want  config
	}{
		"nothing":                      {nil, nothingGiven},
		"empty text is nothing":        {map[string]any{"notificationEmail": "", "account": ""}, nothingGiven},
		"what belongs to the CDK":      {map[string]any{"@aws-cdk/core:flag": true, "aws:cdk:bundling-stacks": []any{"**"}}, nothingGiven},
		"text, as on the command line": {map[string]any{"logRetentionDays": "30", "reservedConcurrency": "false"}, with(func(c *config) { c.LogRetentionDays, c.ReservedConcurrency = 30, false })},
		"JSON, as in cdk.json":         {map[string]any{"logRetentionDays": 30.0, "reservedConcurrency": false}, with(func(c *config) { c.LogRetentionDays, c.ReservedConcurrency = 30, false })},
		"one letter is a name":         {map[string]any{"name": "g"}, with(func(c *config) { c.Name = "g" })},
		"regions of other partitions":  {map[string]any{"region": "us-gov-east-1"}, with(func(c *config) { c.Region = "us-gov-east-1" })},
		"lists are text or JSON": {map[string]any{"vpcSubnets": "subnet-0a1b2c3d, subnet-1a1b2c3d", "vpcSecurityGroups": []any{"sg-0a1b2c3d"}}, with(func(c *config) {
			c.Subnets, c.SecurityGroups = []string{"subnet-0a1b2c3d", "subnet-1a1b2c3d"}, []string{"sg-0a1b2c3d"}
		})},
		"no look for drift": {map[string]any{"drift": "never"}, with(func(c *config) { c.DriftMinutes = 0 })},
		"targets and what they need": {map[string]any{
			"targets": "lambda,route53", "hostedZones": "Z0123456789ABCDEFGHIJ,Z2FDTNDATAQYW2", "instanceRoles": []any{"echo", "service/role-*"}, "stackRoles": "stacks/echo", "drift": 60.0,
		}, with(func(c *config) {
			c.Targets, c.HostedZones = []string{"lambda", "route53"}, []string{"Z0123456789ABCDEFGHIJ", "Z2FDTNDATAQYW2"}
			c.InstanceRoles, c.StackRoles, c.DriftMinutes = []string{"echo", "service/role-*"}, []string{"stacks/echo"}, 60
		})},
		"a pipeline's branch is main": {map[string]any{"pipelineConnection": "arn:aws:codeconnections:eu-central-1:123456789012:connection/0a1b", "pipelineRepository": "acme/echo"},
			with(func(c *config) {
				c.Pipeline = &pipelineConfig{"arn:aws:codeconnections:eu-central-1:123456789012:connection/0a1b", "acme/echo", "main"}
			})},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decode(test.given)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWrongContext sees every mistake in one error, each with where it is, what it is, and how to mend it.
func TestWrongContext(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		given map[string]any
		want  []string
	}{
		"everything is wrong": {
			map[string]any{
				"name": "Goldfinch", "account": 123.0, "region": "Frankfurt", "architecture": "amd64", "logRetentionDays": "31", "artifactRetentionDays": 0.5,
				"permissionsBoundary": "boundary", "vpcSubnets": "subnet-0a1b2c3d,10.0.0.0/16", "artifactBucket": "s3://bucket", "kmsKey": "alias/key",
				"reservedConcurrency": "yes", "notificationEmail": "me", "sweepMinutes": "ten", "evaluateLive": true, "pipelineBranch": "a branch",
				"drift": "hourly", "targets": "lambda,ecs", "hostedZones": "example.com", "instanceRoles": "*", "stackRoles": "arn:aws:iam::123456789012:role/stacks",
			},
			[]string{
				`context value name: is "Goldfinch"; write 1 to 32 lower-case letters, digits and hyphens, a letter first`,
				`context value account: is 123; write the 12 digits of an AWS account`,
				`context value region: is "Frankfurt"; write an AWS Region, such as eu-central-1`,
				`context value architecture: is "amd64"; write arm64 or x86_64`,
				`context value logRetentionDays: is "31"; write a number of days that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653`,
				`context value artifactRetentionDays: is 0.5; write a number of days from 1 to 3650`,
				`context value permissionsBoundary: is "boundary"; write the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME`,
				`context value vpcSubnets: is "subnet-0a1b2c3d,10.0.0.0/16"; write the ids of subnets, subnet-…, separated by commas`,
				`context value artifactBucket: is "s3://bucket"; write the name of an S3 bucket`,
				`context value kmsKey: is "alias/key"; write the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID`,
				`context value reservedConcurrency: is "yes"; write true or false`,
				`context value notificationEmail: is "me"; write an e-mail address`,
				`context value sweepMinutes: is "ten"; write a number of minutes from 1 to 5`,
				`context value drift: is "hourly"; write a number of minutes from 5 to 1440, or never`,
				`context value evaluateLive: is true; write hourly, daily or never`,
				`context value targets: is "lambda,ecs"; write kinds of targets, separated by commas: alb, apigateway, asg, flag, lambda, route53`,
				`context value hostedZones: is "example.com"; write the ids of hosted zones, Z…, separated by commas`,
				`context value instanceRoles: is "*"; write the names of roles, with their paths and perhaps an asterisk at the end, separated by commas`,
				`context value stackRoles: is "arn:aws:iam::123456789012:role/stacks"; write the names of roles, with their paths and perhaps an asterisk at the end, separated by commas`,
				`context value pipelineBranch: is "a branch"; write the name of a branch; main if the pipeline has no other`,
				`context value vpcSubnets, vpcSecurityGroups: one is given without the other; give both, or neither for functions outside of a VPC`,
				`context value pipelineConnection, pipelineRepository, pipelineBranch: are not enough for a pipeline; give the connection and the repository, or none of the three for no pipeline`,
			},
		},
		"typo": {
			map[string]any{"logRetentionDay": 30.0},
			[]string{"context value logRetentionDay: there is no such value; write logRetentionDays"},
		},
		"nobody's value": {
			map[string]any{"colour": "yellow"},
			[]string{"context value colour: there is no such value; leave it out"},
		},
		"shapes that no value has": {
			map[string]any{"name": map[string]any{"first": "gold"}, "vpcSubnets": []any{1.0}, "vpcSecurityGroups": "sg-0a1b2c3d"},
			[]string{
				`context value name: is {"first":"gold"}; write 1 to 32 lower-case letters, digits and hyphens, a letter first`,
				`context value vpcSubnets: is [1]; write the ids of subnets, subnet-…, separated by commas`,
				`context value vpcSubnets, vpcSecurityGroups: one is given without the other; give both, or neither for functions outside of a VPC`,
			},
		},
		"too many security groups": {
			map[string]any{"vpcSubnets": "subnet-0a1b2c3d", "vpcSecurityGroups": strings.Repeat("sg-0a1b2c3d,", 5) + "sg-0a1b2c3d"},
			[]string{"context value vpcSecurityGroups: names 6 security groups; name at most five"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(test.given)
			if err == nil {
				t.Fatal("the context was taken")
			}
			want := strings.Join(append(test.want, "docs/context.md explains every context value"), "\n")
			if diff := cmp.Diff(want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
