// Command rollback is the Lambda function that gives the stable version all traffic again (the state Rollback).
package main

import (
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func main() { wire.StartFunction("rollback", (*workflow.Workflow).Rollback) }
