package asl

import (
	"slices"
	"strings"
)

// logChunk is how many events are allocated at a time. Events are large, and a
// growing slice would copy each of them several times.
const logChunk = 64

// An eventLog keeps the events of an execution.
type eventLog struct{ chunks [][]Event }

func (l *eventLog) add(event *Event) {
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last]) == logChunk {
		l.chunks = append(l.chunks, make([]Event, 0, logChunk))
		last++
	}
	l.chunks[last] = append(l.chunks[last], *event)
}

func (l *eventLog) events() []Event { return slices.Concat(l.chunks...) }

// path are the states entered, in order.
func (l *eventLog) path() []string {
	var names []string
	for _, chunk := range l.chunks {
		for i := range chunk {
			if strings.HasSuffix(chunk[i].Type, "StateEntered") {
				names = append(names, chunk[i].State)
			}
		}
	}
	return names
}
