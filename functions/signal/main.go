// Command signal is the Lambda function that wakes the releases that watch an alarm (CloudWatch alarm events).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartWithoutTarget("signal", (*workflow.Workflow).Signal) }
