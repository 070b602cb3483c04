package asl

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Limits of a definition.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	maxDefinition = 1_048_576 // bytes
	maxName       = 80        // characters of a state's name
)

// Load parses a definition and refuses it, with every Problem at once (the
// error is Problems), unless each state can be run here. Resources are the exact
// ARNs that tasks may name; with none given, any is accepted, and a task whose
// resource the engine lacks fails with States.Runtime.
func Load(definition []byte, resources ...string) (*Machine, error) {
	l := &loader{resources: resources, names: map[string]string{}}
	machine := l.machine(definition)
	if len(l.problems) > 0 {
		slices.SortStableFunc(l.problems, func(a, b locatedProblem) int { return cmp.Compare(a.offset, b.offset) })
		problems := make(Problems, len(l.problems))
		for i, located := range l.problems {
			problems[i] = located.Problem
		}
		return nil, problems
	}
	return machine, nil
}

// A loader compiles a definition and collects what is wrong with it.
type loader struct {
	resources []string
	names     map[string]string // of the states so far, to where each is
	info      []StateInfo
	problems  []locatedProblem
}

type locatedProblem struct {
	Problem
	offset int64
}

func (l *loader) report(at string, offset int64, message string) {
	l.problems = append(l.problems, locatedProblem{Problem{at, message}, offset})
}

func (l *loader) refuse(n *node, format string, arguments ...any) {
	l.report(n.at, n.offset, fmt.Sprintf(format, arguments...))
}

func (l *loader) machine(definition []byte) *Machine {
	if len(definition) > maxDefinition {
		l.report("", 0, fmt.Sprintf("the definition has %d bytes, %d are allowed", len(definition), maxDefinition))
		return nil
	}
	root, err := readDefinition(definition, l.report)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it ends too early")
		}
		l.report("", 0, "the definition is not JSON: "+err.Error())
		return nil
	}
	f := l.fields(root)
	machine := &Machine{comment: f.text("Comment")}
	machine.timeoutSeconds = f.whole("TimeoutSeconds", 1, maxSeconds)
	if version := f.take("Version"); version != nil && version.scalar != "1.0" {
		l.refuse(version, `the version must be "1.0"`)
	}
	f.queryLanguage()
	machine.top = l.level(f)
	machine.info = l.info
	return machine
}

// level compiles StartAt and States, which a machine, a branch and an item processor have alike.
func (l *loader) level(f *fields) *level {
	compiled := &level{states: map[string]*state{}}
	startNode, statesNode := f.required("StartAt"), f.required("States")
	f.finish()
	if startNode == nil || statesNode == nil {
		return compiled
	}
	if statesNode.kind != objectNode || len(statesNode.members) == 0 {
		l.refuse(statesNode, "must be an object with at least one state")
		return compiled
	}
	scope := &levelLoader{loader: l, start: startNode.scalar}
	for _, m := range statesNode.members {
		compiled.states[m.name] = scope.state(m.name, m.value)
	}
	scope.refer(&compiled.start, startNode)
	for _, reference := range scope.references {
		scope.resolve(reference, compiled)
	}
	l.checkReachable(compiled, statesNode)
	return compiled
}

// checkReachable reports the states that no way from the start leads to.
func (l *loader) checkReachable(compiled *level, statesNode *node) {
	if compiled.start == nil {
		return
	}
	reached := map[*state]bool{}
	for queue := []*state{compiled.start}; len(queue) > 0; queue = queue[1:] {
		if s := queue[0]; s != nil && !reached[s] {
			reached[s] = true
			queue = append(queue, s.successors()...)
		}
	}
	for _, m := range statesNode.members {
		if !reached[compiled.states[m.name]] {
			l.refuse(m.value, "no state leads here")
		}
	}
}

// successors are the states that may follow, some of them perhaps nil.
func (s *state) successors() []*state {
	following := []*state{s.next, s.otherwise}
	for _, c := range s.choices {
		following = append(following, c.next)
	}
	for _, c := range s.catchers {
		following = append(following, c.next)
	}
	return following
}

// A levelLoader compiles the states of one level and resolves the names by which they refer to each other.
type levelLoader struct {
	*loader
	start      any
	references []reference
}

// A reference is a place in a compiled state that waits for the state of this name.
type reference struct {
	into **state
	name *node
}

func (l *levelLoader) refer(into **state, name *node) {
	if name != nil {
		l.references = append(l.references, reference{into, name})
	}
}

func (l *levelLoader) resolve(r reference, compiled *level) {
	name, isText := r.name.scalar.(string)
	target, found := compiled.states[name]
	switch {
	case !isText:
		l.refuse(r.name, "must be the name of a state")
	case !found:
		l.refuse(r.name, "there is no state %q at this level; there are %s", name,
			strings.Join(slices.Sorted(maps.Keys(compiled.states)), ", "))
	default:
		*r.into = target
	}
}
