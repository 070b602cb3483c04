// Command announce is the Lambda function that tells the bus of each change of a release (the stream of the ledger's table).
package main

import "github.com/goldfinch-dev/goldfinch/internal/wire"

func main() { wire.StartAnnounce() }
