// Command evaluate is the Lambda function that judges the canary at the end of a tick (the state Evaluate).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("evaluate", (*workflow.Workflow).Evaluate) }
