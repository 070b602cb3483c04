// Command intake is the Lambda function that reads release documents and ends releases (the states Intake, Lock and Unlock),
// and the one that events start releases with.
package main

import "github.com/goldfinch-dev/goldfinch/internal/wire"

func main() { wire.StartIntake() }
