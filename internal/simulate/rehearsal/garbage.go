package rehearsal

import "runtime/debug"

// The runtime's own setting, and that of a rehearsal, in percent of what is in use. A flight
// allocates some megabytes and keeps next to nothing, so that the runtime would collect
// garbage after every other one; now some 64 MB come together first.
// https://go.dev/doc/gc-guide#GOGC
const (
	usualGarbage     = 100
	rehearsalGarbage = 1600
)

// CollectSeldom makes the whole process collect garbage less often, which makes flights
// about a third faster, until restore is called. Where GOGC has been set to something, it is left so.
func CollectSeldom() (restore func()) {
	before := debug.SetGCPercent(rehearsalGarbage)
	if before != usualGarbage {
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}
