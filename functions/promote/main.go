// Command promote is the Lambda function that gives the canary all traffic (the state Promote).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("promote", (*workflow.Workflow).Promote) }
