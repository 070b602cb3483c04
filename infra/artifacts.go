package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
)

// newArtifactBucket is where packages and the triggers' release files are: the
// bucket that the context names, or a new one, which outlives the stack.
// An existing one must send its events to EventBridge, and be versioned.
func newArtifactBucket(i *installation) awss3.IBucket {
	if i.config.ArtifactBucket != "" {
		return awss3.Bucket_FromBucketName(i.stack, jsii.String("ArtifactBucket"), jsii.String(i.config.ArtifactBucket))
	}
	encryption := awss3.BucketEncryption_S3_MANAGED
	if i.key != nil {
		encryption = awss3.BucketEncryption_KMS
	}
	bucket := awss3.NewBucket(i.stack, jsii.String("ArtifactBucket"), &awss3.BucketProps{
		BucketName:        jsii.String(i.bucketName()),
		Versioned:         jsii.Bool(true),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		EnforceSSL:        jsii.Bool(true),
		MinimumTLSVersion: jsii.Number(1.2),
		Encryption:        encryption,
		EncryptionKey:     i.key,
		BucketKeyEnabled:  keyed(i),
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id:                                  jsii.String("what-was-replaced"),
			NoncurrentVersionExpiration:         awscdk.Duration_Days(jsii.Number(float64(i.config.ArtifactRetentionDays))),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(7)),
			ExpiredObjectDeleteMarker:           jsii.Bool(true),
		}},
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
	// Said to CloudFormation itself: the CDK's own switch adds a function that sets it.
	bucket.Node().DefaultChild().(awss3.CfnBucket).AddPropertyOverride(
		jsii.String("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled"), true)
	accept(bucket, "Who reads and writes packages is in CloudTrail, for whoever records its data events; a log of the bucket's own would want another bucket, and tell less.", "AwsSolutions-S1")
	return bucket
}

// keyed asks S3 to use a key of its own made from the installation's, where
// there is one, because that costs a hundredth of the calls.
func keyed(i *installation) *bool {
	if i.key == nil {
		return nil
	}
	return jsii.Bool(true)
}
