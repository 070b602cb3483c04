// Command intake is the Lambda function that takes a release in, takes its lock and writes its outcome (the states Intake, Lock and Unlock).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("intake", (*workflow.Workflow).Intake) }
