// Package conformance_test runs Goldfinch as it is deployed, on programs that
// nobody here wrote: the functions' own bootstraps, the synthesised state
// machine and the command line, over the wire, against an account and an
// interpreter of moto. It has no code of its own.
//
// Between them and moto stands the [cloud], a proxy. It serves Invoke with real
// processes, gives each execution an interpreter, and writes down who called
// what, so that the calls can be held to the functions' policies.
package conformance_test

import (
	"flag"
	"os"
	"testing"
	"time"
)

// parallel is how many releases run at once. They wait most of their time, so
// there may be more of them than processors.
const parallel = "10"

// patience is how long something may take that must happen; a machine that does
// much else at once may take that long.
const patience = 2 * time.Minute

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", parallel); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestReleases makes releases that end in every way, all at once in one account,
// and then looks at what they left there.
func TestReleases(t *testing.T) {
	c := newCloud(t)
	releases := map[string]func(*testing.T, *cloud){
		"promoted":             promoted,
		"rolled back by alarm": rolledBackByAlarm,
		"refused by the lock":  refusedByLock,
		"aborted by a person":  abortedByPerson,
		"neighbour's function": neighboursFunction,
		"stopped from outside": stopped,
	}
	ran := t.Run("releases", func(t *testing.T) {
		for name, run := range releases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				run(t, c)
			})
		}
	})
	if !ran {
		return // what they left tells nothing then
	}
	t.Run("announcements", func(t *testing.T) { announced(t, c) })
	t.Run("drift", func(t *testing.T) { drifted(t, c) })
	t.Run("permissions", func(t *testing.T) { permitted(t, c) })
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !yes(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}
