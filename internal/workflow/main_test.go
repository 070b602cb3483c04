package workflow_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// garbage is how much may come together before it is collected, in percent of what is in use. Each of
// some thousand releases allocates megabytes and keeps next to nothing, so that the usual 100 costs a quarter of the time.
const garbage = 400

func TestMain(m *testing.M) {
	debug.SetGCPercent(garbage)
	os.Exit(m.Run())
}
