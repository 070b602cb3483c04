// Command sweep is the Lambda function that brings home releases whose execution died (a schedule, and execution events).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("sweep", (*workflow.Workflow).SweepOn) }
