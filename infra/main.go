// Command infra is the CDK app: Goldfinch's installation in an AWS account, as
// a CloudFormation template.
//
// The CDK's command line runs it, as cdk.json says, from the root of the
// repository, with what `--context` sets (docs/context.md) in its environment.
// stack.go shows the whole; every other file is one part of it.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

func main() {
	defer jsii.Close()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		jsii.Close()
		os.Exit(1)
	}
}

// run writes the cloud assembly where the CDK's command line wants it,
// after building the functions for the architecture that the context asks for.
func run() error {
	app := awscdk.NewApp(nil)
	config, err := configOf(app)
	if err != nil {
		return err
	}
	assets, err := buildAssets(config.Architecture)
	if err != nil {
		return err
	}
	newInstallation(app, config, assets)
	app.Synth(nil)
	return nil
}
