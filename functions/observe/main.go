// Command observe is the Lambda function that stores the token that ends a wait early (the states Observe and Settle).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartWithoutTarget("observe", (*workflow.Workflow).Observe) }
