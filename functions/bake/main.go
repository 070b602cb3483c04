// Command bake is the Lambda function that makes the artifact ready (the state Bake).
package main

import "github.com/goldfinch-dev/goldfinch/internal/wire"

func main() { wire.StartFunction("bake") }
