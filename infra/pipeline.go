package main

import (
	_ "embed"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscodebuild"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipeline"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// buildspec is what CodeBuild does with a commit.
//
//go:embed buildspec.yaml
var buildspec string

// pipelinePart is the pipeline's name after the installation's.
const pipelinePart = "pipeline"

// newPipeline is the way from a commit to its release, where the context asks for
// one: the repository's own build, then an execution of the workflow. The release
// is an action of the pipeline, so that a rollback turns the pipeline red.
func newPipeline(i *installation) {
	if i.config.Pipeline == nil {
		return
	}
	if bucket, ours := i.bucket.(awss3.Bucket); ours {
		bucket.AddLifecycleRule(&awss3.LifecycleRule{
			Id: jsii.String("what-pipelines-hand-on"), Prefix: jsii.String(i.handedOn() + "/"), Expiration: minutes(30 * 24 * 60),
		})
	}
	build := newBuild(i)
	role := newRole(i, "PipelineRole", "What the pipeline of "+i.config.Name+" may do.", ofThisAccount(i, "codepipeline"), pipelinePolicy(i, build))
	store := &awscodepipeline.CfnPipeline_ArtifactStoreProperty{Type: jsii.String("S3"), Location: i.bucket.BucketName()}
	if i.config.KMSKey != "" {
		store.EncryptionKey = &awscodepipeline.CfnPipeline_EncryptionKeyProperty{Id: jsii.String(i.config.KMSKey), Type: jsii.String("KMS")}
	}
	awscodepipeline.NewCfnPipeline(i.stack, jsii.String("Pipeline"), &awscodepipeline.CfnPipelineProps{
		Name:          jsii.String(i.name(pipelinePart)),
		PipelineType:  jsii.String("V2"),
		RoleArn:       role.RoleArn(),
		ArtifactStore: store,
		// A newer commit takes the place of one that waits for the release before it.
		ExecutionMode: jsii.String("SUPERSEDED"),
		Stages: &[]any{
			stage("Source", "AWS", "Source", "CodeStarSourceConnection", nil, "Commit", map[string]any{
				"ConnectionArn":        i.config.Pipeline.Connection,
				"FullRepositoryId":     i.config.Pipeline.Repository,
				"BranchName":           i.config.Pipeline.Branch,
				"OutputArtifactFormat": "CODE_ZIP",
				"DetectChanges":        true,
			}),
			stage("Build", "AWS", "Build", "CodeBuild", jsii.String("Commit"), "Release", map[string]any{"ProjectName": *build.Ref()}),
			stage("Release", "AWS", "Invoke", "StepFunctions", jsii.String("Release"), "", map[string]any{
				// Not on its alias, which AWS does not say that this action takes
				// (https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html):
				// the newest revision is the one that the alias names after an upgrade.
				"StateMachineArn":     i.stateMachineARN(),
				"ExecutionNamePrefix": pipelinePart,
				"InputType":           "FilePath",
				"Input":               "release.json",
			}),
		},
	}).AddDependency(i.machine)
}

// stage is a stage of one action, with its one input and output where it has such.
func stage(name, owner, category, provider string, input *string, output string, configuration map[string]any) *awscodepipeline.CfnPipeline_StageDeclarationProperty {
	action := &awscodepipeline.CfnPipeline_ActionDeclarationProperty{
		Name: jsii.String(name),
		ActionTypeId: &awscodepipeline.CfnPipeline_ActionTypeIdProperty{
			Owner: jsii.String(owner), Category: jsii.String(category), Provider: jsii.String(provider), Version: jsii.String("1"),
		},
		Configuration: configuration,
	}
	if input != nil {
		action.InputArtifacts = &[]any{&awscodepipeline.CfnPipeline_InputArtifactProperty{Name: input}}
	}
	if output != "" {
		action.OutputArtifacts = &[]any{&awscodepipeline.CfnPipeline_OutputArtifactProperty{Name: jsii.String(output)}}
	}
	return &awscodepipeline.CfnPipeline_StageDeclarationProperty{Name: jsii.String(name), Actions: &[]any{action}}
}

// newBuild is where commits are built: on the architecture of Goldfinch's own functions.
func newBuild(i *installation) awscodebuild.CfnProject {
	logs := newLogGroup(i, "BuildLogGroup", "/aws/codebuild/"+i.name(pipelinePart))
	role := newRole(i, "BuildRole", "What the build of "+i.name(pipelinePart)+" may do.", ofThisAccount(i, "codebuild"), buildPolicy(i))
	image, kind := "aws/codebuild/amazonlinux-aarch64-standard:3.0", "ARM_CONTAINER"
	if i.config.Architecture == "x86_64" {
		image, kind = "aws/codebuild/amazonlinux-x86_64-standard:5.0", "LINUX_CONTAINER"
	}
	key := jsii.String(i.arn("kms", "alias/aws/s3"))
	if i.config.KMSKey != "" {
		key = jsii.String(i.config.KMSKey)
	}
	variable := func(name, value string) *awscodebuild.CfnProject_EnvironmentVariableProperty {
		return &awscodebuild.CfnProject_EnvironmentVariableProperty{Name: jsii.String(name), Value: jsii.String(value)}
	}
	return awscodebuild.NewCfnProject(i.stack, jsii.String("Build"), &awscodebuild.CfnProjectProps{
		Name:          jsii.String(i.name(pipelinePart)),
		Description:   jsii.String("Makes the function package of a commit, and the input of its release."),
		ServiceRole:   role.RoleArn(),
		EncryptionKey: key,
		Artifacts:     &awscodebuild.CfnProject_ArtifactsProperty{Type: jsii.String("CODEPIPELINE")},
		Source:        &awscodebuild.CfnProject_SourceProperty{Type: jsii.String("CODEPIPELINE"), BuildSpec: jsii.String(buildspec)},
		Environment: &awscodebuild.CfnProject_EnvironmentProperty{
			Type: jsii.String(kind), Image: jsii.String(image), ComputeType: jsii.String("BUILD_GENERAL1_SMALL"), PrivilegedMode: jsii.Bool(false),
			EnvironmentVariables: &[]any{variable("GOLDFINCH_BUCKET", i.bucketName()), variable("GOLDFINCH_PIPELINE", i.name(pipelinePart))},
		},
		LogsConfig: &awscodebuild.CfnProject_LogsConfigProperty{CloudWatchLogs: &awscodebuild.CfnProject_CloudWatchLogsConfigProperty{
			Status: jsii.String("ENABLED"), GroupName: logs.LogGroupName(),
		}},
		TimeoutInMinutes: jsii.Number(30),
	})
}

// ofThisAccount is a service of AWS that works for this account.
func ofThisAccount(i *installation, name string) awsiam.IPrincipal {
	return awsiam.NewPrincipalWithConditions(service(name), &map[string]any{
		"StringEquals": map[string]any{"aws:SourceAccount": i.stack.Account()},
	})
}

// handedOn is the folder of the bucket in which the pipeline's stages hand on
// what they make: its name, of which CodePipeline takes 20 characters.
func (i *installation) handedOn() string {
	name := i.name(pipelinePart)
	return name[:min(len(name), 20)]
}

// pipelinePolicy is all that the pipeline's role may do.
func pipelinePolicy(i *installation, build awscodebuild.CfnProject) []access.Statement {
	// A connection made before 2024 has another service in its ARN, which IAM wants in the action, too.
	connections := strings.Split(i.config.Pipeline.Connection, ":")[2]
	return withKey(i, []access.Statement{
		{
			Sid:        "ReadCommits",
			Actions:    []string{connections + ":UseConnection"},
			Resources:  []string{i.config.Pipeline.Connection},
			Conditions: map[string]map[string]string{"ForAllValues:StringEquals": {connections + ":FullRepositoryId": i.config.Pipeline.Repository}},
		},
		handOn(i),
		{
			Sid:       "KnowTheStore",
			Actions:   []string{"s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"},
			Resources: []string{i.bucketARN()},
		},
		{
			Sid:       "Build",
			Actions:   []string{"codebuild:BatchGetBuilds", "codebuild:StartBuild"},
			Resources: []string{*build.AttrArn()},
		},
		{
			Sid:       "StartReleases",
			Actions:   []string{"states:StartExecution"},
			Resources: []string{i.stateMachineARN()},
		},
		{
			Sid:       "KnowTheWorkflow",
			Actions:   []string{"states:DescribeStateMachine"},
			Resources: []string{i.stateMachineARN()},
		},
		{
			Sid:       "FollowReleases",
			Actions:   []string{"states:DescribeExecution"},
			Resources: []string{i.arn("states", "execution:"+i.config.Name+":"+pipelinePart+"-*")},
			Reason:    "CodePipeline names each execution by an id of its own.",
		},
	})
}

// buildPolicy is all that the build's role may do.
func buildPolicy(i *installation) []access.Statement {
	return withKey(i, []access.Statement{
		{
			Sid:       "WriteOwnLog",
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []string{i.arn("logs", "log-group:/aws/codebuild/"+i.name(pipelinePart)+":log-stream:*")},
			Reason:    "CodeBuild names the streams of the build's own log group.",
		},
		handOn(i),
		{
			Sid:       "KnowTheStore",
			Actions:   []string{"s3:GetBucketAcl", "s3:GetBucketLocation"},
			Resources: []string{i.bucketARN()},
		},
		{
			Sid:       "StorePackages",
			Actions:   []string{"s3:PutObject"},
			Resources: []string{i.bucketARN() + "/packages/*"},
			Reason:    "A package is named by its service and its hash, which are known when it is built.",
		},
	})
}

// handOn lets a role read and write what the stages of the pipeline make.
func handOn(i *installation) access.Statement {
	return access.Statement{
		Sid:       "HandOn",
		Actions:   []string{"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
		Resources: []string{i.bucketARN() + "/" + i.handedOn() + "/*"},
		Reason:    "CodePipeline names what the stages hand on.",
	}
}

// withKey adds the use of the installation's key for what is in the bucket, where there is one.
func withKey(i *installation, statements []access.Statement) []access.Statement {
	if i.config.KMSKey == "" {
		return statements
	}
	return append(statements, access.Statement{
		Sid:        "UseKey",
		Actions:    []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
		Resources:  []string{i.config.KMSKey},
		Conditions: map[string]map[string]string{"StringEquals": {"kms:ViaService": "s3.${Region}.amazonaws.com"}},
	})
}

func (i *installation) bucketARN() string {
	return "arn:" + *i.stack.Partition() + ":s3:::" + i.bucketName()
}
