// Command retire is the Lambda function that deletes versions that are no longer needed (the state Retire).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("retire", (*workflow.Workflow).Retire) }
