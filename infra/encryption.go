package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// newKey is the key that the context names. Its policy is its owner's:
// docs/context.md says whom it must let use the key.
func newKey(i *installation) awskms.IKey {
	if i.config.KMSKey == "" {
		return nil
	}
	return awskms.Key_FromKeyArn(i.stack, jsii.String("Key"), jsii.String(i.config.KMSKey))
}
