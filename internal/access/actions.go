package access

// A grant allows actions on a scope.
type grant struct {
	actions []string
	on      scope
	// reason says why an operation needs actions that are not named after it.
	reason string
}

// allow makes the grant of actions that are named after their operation.
func allow(on scope, actions ...string) grant { return grant{actions: actions, on: on} }

// because makes the grant of actions on which an operation depends.
func because(reason string, on scope, actions ...string) grant {
	return grant{actions: actions, on: on, reason: reason}
}

// What more than one operation depends on.
var (
	decryptedLedger = because("A table that is encrypted with the installation's own key is read with that key, on behalf of the caller (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html).",
		ledgerKey, "kms:Decrypt", "kms:DescribeKey")
	encryptedLedger = because("A table that is encrypted with the installation's own key is written with that key, on behalf of the caller (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html).",
		ledgerKey, "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo")

	objectVersion = because("A package that is named by its version takes s3:GetObjectVersion instead of s3:GetObject (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).",
		artifacts, "s3:GetObjectVersion")
	objectAbsence = because("Without s3:ListBucket, S3 answers 403 instead of 404 for what does not exist (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html).",
		artifactBucket, "s3:ListBucket")
	decryptedArtifact = because("An object that is encrypted with the installation's own key is read with that key, on behalf of the caller (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).",
		artifactKey, "kms:Decrypt")
)

// actionsOf is the table: what IAM wants for each operation.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var actionsOf = union(ownActions, functionActions, apiActions, instanceActions, nameActions, flagActions)

// union is several tables in one. An operation that two of them have is a mistake in this package, and panics.
func union(tables ...map[Operation][]grant) map[Operation][]grant {
	all := map[Operation][]grant{}
	for _, table := range tables {
		for operation, grants := range table {
			if _, twice := all[operation]; twice {
				panic("access: two tables have " + operation.String())
			}
			all[operation] = grants
		}
	}
	return all
}

// grantsFor is what IAM wants for an operation of a function.
func grantsFor(function string, operation Operation) []grant {
	if grants, ok := instanceExceptions[function][operation]; ok {
		return grants
	}
	return actionsOf[operation]
}

// ownActions is what IAM wants for operations about what belongs to the installation, and for what every target needs.
var ownActions = map[Operation][]grant{
	{"cloudwatch", "DescribeAlarms"}: {allow(alarms, "cloudwatch:DescribeAlarms")},
	{"cloudwatch", "GetMetricData"}:  {allow(metrics, "cloudwatch:GetMetricData")},

	{"codepipeline", "GetJobDetails"}:       {allow(pipelineJobs, "codepipeline:GetJobDetails")},
	{"codepipeline", "PutJobFailureResult"}: {allow(pipelineJobs, "codepipeline:PutJobFailureResult")},
	{"codepipeline", "PutJobSuccessResult"}: {allow(pipelineJobs, "codepipeline:PutJobSuccessResult")},

	{"dynamodb", "GetItem"}:    {allow(ledgerItems, "dynamodb:GetItem"), decryptedLedger},
	{"dynamodb", "PutItem"}:    {allow(ledgerItems, "dynamodb:PutItem"), encryptedLedger},
	{"dynamodb", "Query"}:      {allow(ledgerItems, "dynamodb:Query"), decryptedLedger},
	{"dynamodb", "UpdateItem"}: {allow(ledgerItems, "dynamodb:UpdateItem"), encryptedLedger},
	{"dynamodb", "TransactWriteItems"}: {
		because("TransactWriteItems has no action of its own: each of its parts is allowed like the operation of that name, here only as part of a transaction (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).",
			ledgerTransactions, "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
		encryptedLedger,
	},

	{"eventbridge", "PutEvents"}: {allow(eventBus, "events:PutEvents")},

	{"s3", "GetObject"}: {allow(artifacts, "s3:GetObject"), objectVersion, objectAbsence, decryptedArtifact},
	{"s3", "HeadObject"}: {
		because("HeadObject has no action of its own, and takes s3:GetObject.", artifacts, "s3:GetObject"),
		objectVersion, objectAbsence, decryptedArtifact,
	},

	{"sfn", "DescribeExecution"}: {allow(executions, "states:DescribeExecution")},
	{"sfn", "SendTaskSuccess"}:   {allow(taskTokens, "states:SendTaskSuccess")},
	{"sfn", "StartExecution"}:    {allow(newExecutions, "states:StartExecution")},
}

// functionActions is what IAM wants for operations about Lambda functions.
var functionActions = map[Operation][]grant{
	{"lambda", "CreateAlias"}:                        {allow(optedInFunctions, "lambda:CreateAlias")},
	{"lambda", "DeleteFunction"}:                     {allow(optedInFunctions, "lambda:DeleteFunction")},
	{"lambda", "DeleteProvisionedConcurrencyConfig"}: {allow(optedInFunctions, "lambda:DeleteProvisionedConcurrencyConfig")},
	{"lambda", "GetAlias"}:                           {allow(optedInFunctions, "lambda:GetAlias")},
	{"lambda", "GetFunction"}: {
		allow(optedInFunctions, "lambda:GetFunction"),
		because("GetFunction shows a function's tags only to whom lambda:ListTags allows them (https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html).",
			optedInFunctions, "lambda:ListTags"),
	},
	{"lambda", "GetPolicy"}:                       {allow(optedInFunctions, "lambda:GetPolicy")},
	{"lambda", "GetProvisionedConcurrencyConfig"}: {allow(optedInFunctions, "lambda:GetProvisionedConcurrencyConfig")},
	{"lambda", "Invoke"}: {
		because("The action of the operation Invoke is lambda:InvokeFunction.", optedInFunctions, "lambda:InvokeFunction"),
	},
	{"lambda", "ListAliases"}:                       {allow(optedInFunctions, "lambda:ListAliases")},
	{"lambda", "ListEventSourceMappings"}:           {allow(eventSourceMappings, "lambda:ListEventSourceMappings")},
	{"lambda", "ListProvisionedConcurrencyConfigs"}: {allow(optedInFunctions, "lambda:ListProvisionedConcurrencyConfigs")},
	{"lambda", "ListVersionsByFunction"}:            {allow(optedInFunctions, "lambda:ListVersionsByFunction")},
	{"lambda", "PublishVersion"}:                    {allow(optedInFunctions, "lambda:PublishVersion")},
	{"lambda", "PutProvisionedConcurrencyConfig"}:   {allow(optedInFunctions, "lambda:PutProvisionedConcurrencyConfig")},
	{"lambda", "UpdateAlias"}:                       {allow(optedInFunctions, "lambda:UpdateAlias")},
	{"lambda", "UpdateFunctionCode"}: {
		allow(optedInFunctions, "lambda:UpdateFunctionCode"),
		because("Lambda reads the package from S3 on behalf of the caller of UpdateFunctionCode.", artifacts, "s3:GetObject"),
		objectVersion, decryptedArtifact,
		because("Lambda wants the caller of UpdateFunctionCode to be allowed to pull the image (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions).",
			optedInRepositories, "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
	},
}

// withoutCode is what a function's role needs although no code of the function calls it.
var withoutCode = map[string][]grant{
	"announce": {
		because("Lambda reads the table's stream with the role of the function that it feeds (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html).",
			ledgerStream, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
		because("Lambda looks for the table's stream with the role of the function that it feeds.", streams, "dynamodb:ListStreams"),
		because("The stream of a table that is encrypted with the installation's own key is read with that key.", ledgerKey, "kms:Decrypt"),
	},
}
