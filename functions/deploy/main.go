// Command deploy is the Lambda function that publishes the version offline (the state DeployOffline).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("deploy", (*workflow.Workflow).Deploy) }
