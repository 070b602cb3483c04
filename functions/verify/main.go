// Command verify is the Lambda function that tests the offline version (the state Verify).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("verify", (*workflow.Workflow).Verify) }
