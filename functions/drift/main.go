// Command drift is the Lambda function that looks for what runs and was not released (a schedule), and
// taints instances that are changed in place (CloudTrail's events).
package main

import "github.com/goldfinch-dev/goldfinch/internal/wire"

func main() { wire.StartDrift() }
