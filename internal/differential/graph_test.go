package differential_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// A level is a set of states with a start: the machine, or what a Map runs for each item.
type level struct {
	StartAt string
	States  map[string]node
}

// A node is a state, as far as it says where an execution may go next.
type node struct {
	Type               string
	Resource           string
	Next, Default      string
	TimeoutSecondsPath string
	OutputPath         string
	Choices            []struct{ Variable, StringEquals, Next string }
	Retry              []retrier
	Catch              []struct {
		ErrorEquals []string
		Next        string
	}
	ItemProcessor *level
}

// A retrier is one entry of a Retry.
type retrier struct {
	ErrorEquals []string
	MaxAttempts *int // nil is the default, 3
}

// never tells that the errors are named only so that no later entry retries them.
func (r retrier) never() bool { return r.MaxAttempts != nil && *r.MaxAttempts == 0 }

// An edge is one way out of a state: on to the next or to the end, by a rule of a
// Choice, by a Catch, or, for a Retry, back into it.
type edge struct {
	from string
	way  way
	at   int    // of the rules, Catches or Retries; for a Choice the Default comes last
	to   string // "" ends the level
}

type way string

// The ways out of a state.
const (
	onward  way = "next"
	byRule  way = "rule"
	byCatch way = "catch"
	byRetry way = "retry"
)

func (e edge) String() string {
	if e.to == "" {
		return fmt.Sprintf("%s %s %d: end", e.from, e.way, e.at)
	}
	return fmt.Sprintf("%s %s %d: %s", e.from, e.way, e.at, e.to)
}

// edges lists the ways out of a state.
func (l *level) edges(name string) []edge {
	state := l.States[name]
	var out []edge
	if state.Type != "Choice" {
		out = append(out, edge{name, onward, 0, state.Next})
	}
	for i, rule := range state.Choices {
		out = append(out, edge{name, byRule, i, rule.Next})
	}
	if state.Default != "" {
		out = append(out, edge{name, byRule, len(state.Choices), state.Default})
	}
	for i, catch := range state.Catch {
		out = append(out, edge{name, byCatch, i, catch.Next})
	}
	for i := range state.Retry {
		out = append(out, edge{name, byRetry, i, name})
	}
	return out
}

// allEdges lists the edges of the level, and of the levels in it.
func (l *level) allEdges() []edge {
	var all []edge
	for _, name := range sortedNames(l.States) {
		all = append(all, l.edges(name)...)
		if inner := l.States[name].ItemProcessor; inner != nil {
			all = append(all, inner.allEdges()...)
		}
	}
	return all
}

func sortedNames[T any](named map[string]T) []string {
	names := make([]string, 0, len(named))
	for name := range named {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// route is the shortest way from a state that ends with an edge that has arrived;
// nil if there is none. Retries are no way to anywhere else.
func (l *level) route(from string, arrived func(edge) bool) []edge {
	best := map[string][]edge{from: {}}
	done := map[string]bool{}
	var found []edge
	for {
		at, known := "", false
		for _, name := range sortedNames(best) {
			if !done[name] && (!known || length(best[name]) < length(best[at])) {
				at, known = name, true
			}
		}
		if !known {
			return found
		}
		done[at] = true
		for _, e := range l.edges(at) {
			next := append(slices.Clone(best[at]), e)
			if arrived(e) && (found == nil || length(next) < length(found)) {
				found = next
			}
			if old, seen := best[e.to]; e.way != byRetry && e.to != "" && (!seen || length(next) < length(old)) {
				best[e.to] = next
			}
		}
	}
}

// longestTour is how many steps a path takes for the sake of new edges before it
// makes for the end. Longer ones would be fewer, and each would take its time.
const longestTour = 16

// paths are ways from the level's start to its end which together take every edge
// except retries, which any visit of their state can take on the way.
func (l *level) paths(t *testing.T) [][]edge {
	t.Helper()
	taken := map[edge]bool{}
	var all [][]edge
	for l.reach(l.StartAt, taken) > 0 {
		var path []edge
		for at := l.StartAt; len(path) < longestTour && at != ""; {
			onto := l.nearest(at, taken)
			if onto == nil {
				break
			}
			for _, e := range onto {
				taken[e] = true
			}
			path = append(path, onto...)
			at = path[len(path)-1].to
		}
		path = append(path, l.rest(path[len(path)-1])...)
		for _, e := range path {
			taken[e] = true
		}
		all = append(all, path)
	}
	for _, e := range l.allEdges() {
		if _, ours := l.States[e.from]; ours && e.way != byRetry && !taken[e] {
			t.Errorf("no way leads to %s", e)
		}
	}
	return all
}

// nearest is the way onto an edge not taken yet, of those that leave most others in
// reach the one that is nearest.
func (l *level) nearest(from string, taken map[edge]bool) []edge {
	var best []edge
	most := -1
	for _, name := range sortedNames(l.States) {
		for _, wanted := range l.edges(name) {
			if taken[wanted] || wanted.way == byRetry {
				continue
			}
			path := l.onto(from, wanted)
			if path == nil {
				continue
			}
			if left := l.reach(wanted.to, taken); left > most || left == most && length(path) < length(best) {
				best, most = path, left
			}
		}
	}
	return best
}

// reach counts the edges not taken yet that some way from a state leads to.
func (l *level) reach(from string, taken map[edge]bool) int {
	count := 0
	seen := map[string]bool{}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		if at := queue[0]; at != "" && !seen[at] {
			seen[at] = true
			for _, e := range l.edges(at) {
				if e.way != byRetry && !taken[e] {
					count++
				}
				queue = append(queue, e.to)
			}
		}
	}
	return count
}

// onto is the shortest way from a state that ends with the edge; nil if there is none.
func (l *level) onto(from string, wanted edge) []edge {
	return l.route(from, func(e edge) bool { return e == wanted })
}

// rest is the shortest way from the end of an edge to the end of the level.
func (l *level) rest(e edge) []edge {
	if e.to == "" {
		return nil
	}
	return l.route(e.to, func(e edge) bool { return e.to == "" })
}

// length is how far a path is. Failures are detours: where there is a way without, it is taken.
func length(path []edge) int {
	sum := 0
	for _, e := range path {
		sum++
		if e.way == byCatch {
			sum += 100
		}
	}
	return sum
}

func readLevel(t *testing.T, definition string) *level {
	t.Helper()
	var read level
	if err := json.Unmarshal([]byte(definition), &read); err != nil {
		t.Fatal(err)
	}
	return &read
}
