package access

import "github.com/goldfinch-dev/goldfinch/internal/target/lambda"

// TagInstallation is the key of the tag that everything of an installation has, and
// so Goldfinch's own functions: no policy lets any of them be changed.
const TagInstallation = "goldfinch:installation"

// Alias is the alias of the state machine on which releases start.
const Alias = "live"

// A scope is a set of resources, with the conditions under which they may be used.
type scope struct {
	sid        string
	resources  []string
	conditions map[string]map[string]string
	// reason says why the resources are no fewer.
	reason string
}

// The users' resources.
var (
	optedInFunctions = scope{
		sid:       "OptedInFunctions",
		resources: []string{"arn:${Partition}:lambda:${Region}:${Account}:function:*"},
		conditions: map[string]map[string]string{"Null": {
			"aws:ResourceTag/" + lambda.TagService: "false",
			"aws:ResourceTag/" + TagInstallation:   "true",
		}},
		reason: "Which functions belong to services is said by their tag " + lambda.TagService + ", and whose they are by its value, which the code compares; Goldfinch's own functions have the tag " + TagInstallation + ".",
	}
	optedInRepositories = scope{
		sid:        "OptedInRepositories",
		resources:  []string{"arn:${Partition}:ecr:${Region}:${Account}:repository/*"},
		conditions: map[string]map[string]string{"Null": {"aws:ResourceTag/" + lambda.TagService: "false"}},
		reason:     "Which repositories have images of services is said by their tag " + lambda.TagService + ".",
	}
	eventSourceMappings = scope{
		sid:       "EventSourceMappings",
		resources: []string{"*"},
		reason:    "IAM knows no resource for lambda:ListEventSourceMappings.",
	}
	metrics = scope{
		sid:       "Metrics",
		resources: []string{"*"},
		reason:    "IAM knows no resource for cloudwatch:GetMetricData.",
	}
	alarms = scope{
		sid:       "Alarms",
		resources: []string{"*"},
		reason:    "CloudWatch shows composite alarms only to whom it may show all alarms (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html).",
	}
	pipelineJobs = scope{
		sid:       "PipelineJobs",
		resources: []string{"*"},
		reason:    "IAM knows no resource for a job of CodePipeline, whose id only the action that was invoked is told.",
	}
)

// What belongs to the installation.
var (
	ledgerItems = scope{
		sid:       "Ledger",
		resources: []string{"arn:${Partition}:dynamodb:${Region}:${Account}:table/${Table}"},
	}
	ledgerTransactions = scope{
		sid:        "LedgerTransactions",
		resources:  []string{"arn:${Partition}:dynamodb:${Region}:${Account}:table/${Table}"},
		conditions: map[string]map[string]string{"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": "TransactWriteItems"}},
	}
	ledgerStream = scope{
		sid:       "LedgerStream",
		resources: []string{"arn:${Partition}:dynamodb:${Region}:${Account}:table/${Table}/stream/*"},
	}
	streams = scope{
		sid:       "Streams",
		resources: []string{"*"},
		reason:    "IAM knows no resource for dynamodb:ListStreams.",
	}
	ledgerKey = scope{
		sid:        "LedgerKey",
		resources:  []string{"${KmsKey}"},
		conditions: map[string]map[string]string{"StringEquals": {"kms:ViaService": "dynamodb.${Region}.amazonaws.com"}},
	}
	artifacts = scope{
		sid: "Artifacts",
		resources: []string{
			"arn:${Partition}:s3:::${Bucket}/images/*",
			"arn:${Partition}:s3:::${Bucket}/packages/*",
			"arn:${Partition}:s3:::${Bucket}/pipelines/*",
			"arn:${Partition}:s3:::${Bucket}/releases/*",
			"arn:${Partition}:s3:::${Bucket}/templates/*",
		},
	}
	artifactBucket = scope{
		sid:       "ArtifactBucket",
		resources: []string{"arn:${Partition}:s3:::${Bucket}"},
	}
	artifactKey = scope{
		sid:        "ArtifactKey",
		resources:  []string{"${KmsKey}"},
		conditions: map[string]map[string]string{"StringEquals": {"kms:ViaService": "s3.${Region}.amazonaws.com"}},
	}
	newExecutions = scope{
		sid:        "NewExecutions",
		resources:  []string{"arn:${Partition}:states:${Region}:${Account}:stateMachine:${StateMachine}"},
		conditions: map[string]map[string]string{"ForAnyValue:StringEquals": {"states:StateMachineQualifier": Alias}},
		reason:     "Step Functions authorises a start on an alias by the state machine's ARN, and says by a condition key which alias it is (https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html).",
	}
	executions = scope{
		sid:       "Executions",
		resources: []string{"arn:${Partition}:states:${Region}:${Account}:execution:${StateMachine}:*"},
	}
	taskTokens = scope{
		sid:       "TaskTokens",
		resources: []string{"arn:${Partition}:states:${Region}:${Account}:stateMachine:${StateMachine}"},
		reason:    "The Service Authorization Reference has no resource for states:SendTaskSuccess, but Step Functions checks it on the state machine whose task has the token (https://github.com/aws/aws-cdk/pull/8486).",
	}
	eventBus = scope{
		sid:       "EventBus",
		resources: []string{"arn:${Partition}:events:${Region}:${Account}:event-bus/${EventBus}"},
		conditions: map[string]map[string]string{
			"ForAllValues:StringEquals": {"events:source": "goldfinch"},
			"Null":                      {"events:source": "false"},
		},
	}
)
