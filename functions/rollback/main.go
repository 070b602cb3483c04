// Command rollback is the Lambda function that gives the stable version all traffic again (the state Rollback).
package main

import "github.com/goldfinch-dev/goldfinch/internal/wire"

func main() { wire.StartFunction("rollback") }
