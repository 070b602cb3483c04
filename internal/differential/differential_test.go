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

// atOnce is how many executions moto runs at the same time. They wait more than they work.
const atOnce = 8

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

// compare runs scenarios through both interpreters, all of them before it returns.
func compare(t *testing.T, scenarios []scenario) []comparison {
	t.Helper()
	callback := newCallback(t)
	moto := &motoInterpreter{url: peer.StartMoto(t, peer.MotoOptions{Callback: callback.port}).URL, callback: callback}
	compared := make([]comparison, len(scenarios))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, each := range scenarios {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
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
