// Package differential_test holds internal/asl to an interpreter of the States
// Language that nobody here wrote: moto's. Both are given the same definition, the
// same input and the same results of tasks, and must take the same way: the same
// states, entered with the same input and left with the same output, the same
// calls, and the same end.
//
// What is run is every transition of the release workflow, and one small machine
// (testdata/machines) for each feature that internal/asl claims. Where moto is
// wrong the table of divergences says so, and how that is known; the day moto
// agrees, the test asks for the row to go. The package has no code of its own.
package differential_test

import (
	"context"
	"flag"
	"sync"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

var update = flag.Bool("update", false, "rewrite the golden sections of testdata")

// atOnce is how many executions a server of moto runs at the same time: it is one
// process of Python, and what must be in time must not wait for too many others.
const atOnce = 4

// A scenario is what both interpreters are given.
type scenario struct {
	name       string
	definition string
	input      string
	script     script
}

// A comparison is what the two made of a scenario.
type comparison struct {
	scenario
	ours, peers trace
	err         error // of the wire, not of the machine
}

// compare runs scenarios through both interpreters, all of them before it returns,
// and through so many servers of moto.
func compare(t *testing.T, scenarios []scenario, servers int) []comparison {
	t.Helper()
	callback := newCallback(t)
	slots := make(chan *motoInterpreter, servers*atOnce)
	for range servers {
		moto := &motoInterpreter{url: peer.StartMoto(t, peer.MotoOptions{Callback: callback.port}).URL, callback: callback}
		for range atOnce {
			slots <- moto
		}
	}
	compared := make([]comparison, len(scenarios))
	var running sync.WaitGroup
	for i, each := range scenarios {
		running.Go(func() {
			moto := <-slots
			defer func() { slots <- moto }()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			made := comparison{scenario: each}
			if made.ours, made.err = runOurs(each); made.err == nil {
				made.peers, made.err = moto.run(ctx, each)
			}
			compared[i] = made
		})
	}
	running.Wait()
	return compared
}
