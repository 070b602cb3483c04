// Command bake is the Lambda function that makes the artifact ready (the state Bake).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("bake", (*workflow.Workflow).Bake) }
