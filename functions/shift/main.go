// Command shift is the Lambda function that gives the canary its share of the traffic (the state Shift).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("shift", (*workflow.Workflow).Shift) }
