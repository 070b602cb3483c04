package differential_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A planner makes the scripts that lead the release workflow along given paths. On
// the way it has states retried until every Retry, and every error that one names,
// has had its turn.
type planner struct {
	text    string // the definition
	machine *level
	taken   map[edge]bool
	named   map[string]bool // errors by the list of ErrorEquals they stand in, and their name

	iterated bool // a Map has run every way through its items
}

// A planned path is a scenario, and the states it must enter.
type planned struct {
	scenario
	states []string // in order, without those that run for an item
	inner  []string // those, in any order
}

// A draft is a path that is being planned.
type draft struct {
	*planner
	script  script
	root    map[string]any // the definition, whose times and numbers of attempts may be cut
	data    map[string]any // what goes through the workflow now; written into the script at the end
	outputs []func()       // writes them
	planned planned
}

// The seconds that scripts put into data and definition. moto spends real ones, on a
// machine that may have much else to do.
const (
	plenty   = 60 // of a wait that something ends
	moment   = 1  // of a wait that nothing ends
	overdue  = 5  // of a timeout that must pass, though not before the task is called
	scarcely = 10 // of a timeout that must pass in one attempt and not in the next
)

// unforeseen is an error that only States.ALL names.
var unforeseen = map[string]string{lambdaService: "Unforeseen", eventsService: "EventBridge.FailedEntry", snsService: "SNS.InternalErrorException"}

// plan makes the scenario of a path.
func (p *planner) plan(t *testing.T, path []edge) planned {
	t.Helper()
	d := &draft{planner: p, script: script{}}
	if err := json.Unmarshal([]byte(p.text), &d.root); err != nil {
		t.Fatal(err)
	}
	d.walk(t, p.machine, d.root, path, func(name string) string {
		if p.machine.States[name].service() == eventsService {
			return "default"
		}
		return name
	}, &d.planned.states)
	for _, write := range d.outputs {
		write()
	}
	var names []string
	for _, e := range path {
		names = append(names, e.from)
	}
	d.planned.name = strings.Join(names, ", ")
	d.planned.definition, d.planned.input, d.planned.script = text(d.root), `{"service":"echo"}`, d.script
	return d.planned
}

// walk plans the steps of a path through a level.
func (d *draft) walk(t *testing.T, of *level, definition map[string]any, path []edge, addressee func(state string) string, entered *[]string) {
	for _, step := range path {
		*entered = append(*entered, step.from)
		d.taken[step] = true
		state := of.States[step.from]
		own := definition["States"].(map[string]any)[step.from].(map[string]any)
		switch state.Type {
		case "Task":
			d.task(of, step, own, addressee(step.from))
		case "Choice":
			d.choose(state, step)
		case "Wait":
			own["SecondsPath"], d.data["moment"] = "$.moment", moment // $.seconds may be the timeout of the state before, too
		case "Map":
			d.iterate(t, state, step, own)
		}
	}
}

// service is the service that a task calls.
func (n node) service() string {
	parts := strings.Split(n.Resource, ":")
	return parts[min(5, len(parts)-1)]
}

// task scripts a visit of a task: retries that are due, and then the way out.
func (d *draft) task(of *level, step edge, own map[string]any, to string) {
	state := of.States[step.from]
	if state.TimeoutSecondsPath != "" {
		d.data["seconds"] = plenty
	}
	if step.way == byCatch {
		d.fail(of, step, own, to)
		return
	}
	for _, retry := range of.edges(step.from) {
		if retry.way == byRetry && d.isDue(state, retry) {
			d.taken[retry] = true
			d.failOnce(state, d.pick(state.Retry[retry.at].ErrorEquals), own, to)
		}
	}
	good := reply{}
	switch {
	case strings.HasSuffix(state.Resource, ".waitForTaskToken"):
		good.Answers = []answer{{After: 0.05, Success: json.RawMessage(`{"kind":"tick"}`)}}
	case state.OutputPath == "$.Payload":
		d.data = map[string]any{
			"release": "r-1", "next": "otherwise", "seconds": plenty, "outcome": "otherwise", "reason": "because", "subject": "Released",
			"event": map[string]any{"release": "r-1"}, "notify": []string{topic(0)},
		}
		data, at := d.data, len(d.script[to])
		d.outputs = append(d.outputs, func() { d.script[to][at].Output = json.RawMessage(text(data)) })
	}
	d.script[to] = append(d.script[to], good)
}

// isDue tells whether a Retry should be taken: it has not been, or not by every error it names.
func (d *draft) isDue(state node, retry edge) bool {
	retrier := state.Retry[retry.at]
	if retrier.never() {
		return false // its turn comes with the Catch
	}
	return !d.taken[retry] || slices.ContainsFunc(retrier.ErrorEquals, func(name string) bool { return !d.named[listed(retrier.ErrorEquals, name)] })
}

func listed(names []string, name string) string { return strings.Join(names, " ") + ": " + name }

// pick is the error of a list whose turn it is.
func (d *draft) pick(names []string) string {
	chosen := names[0]
	for _, name := range names {
		if !d.named[listed(names, name)] {
			chosen = name
			break
		}
	}
	d.named[listed(names, chosen)] = true
	return chosen
}

// failOnce scripts one attempt that fails by an error of that name.
func (d *draft) failOnce(state node, name string, own map[string]any, to string) {
	failing := reply{Error: name, Message: "no luck"}
	switch name {
	case "States.ALL":
		failing.Error = unforeseen[state.service()]
	case "States.Timeout":
		failing = reply{Seconds: scarcely + 2}
		own["TimeoutSeconds"] = scarcely
	}
	d.script[to] = append(d.script[to], failing)
}

// fail scripts a visit that leaves a task by one of its Catches: by an error that
// no Retry takes, or none more than once.
func (d *draft) fail(of *level, step edge, own map[string]any, to string) {
	state := of.States[step.from]
	name := d.pick(state.Catch[step.at].ErrorEquals)
	if name == "States.Timeout" && state.TimeoutSecondsPath != "" {
		d.data["seconds"] = overdue
		d.script[to] = append(d.script[to], reply{}) // and nobody answers the token
		return
	}
	for i, retrier := range state.Retry {
		takes := retrier.never() && name == "States.ALL" || slices.Contains(retrier.ErrorEquals, "States.ALL")
		if !takes {
			continue
		}
		d.taken[edge{step.from, byRetry, i, step.from}] = true
		if retrier.never() {
			name = d.pick(retrier.ErrorEquals)
		} else {
			// As many attempts as the definition allows would take hours.
			own["Retry"].([]any)[i].(map[string]any)["MaxAttempts"] = 1
			d.failOnce(state, name, own, to)
		}
		break
	}
	d.failOnce(state, name, own, to)
}

// choose makes the data such that the Choice goes the step's way.
func (d *draft) choose(state node, step edge) {
	if step.at < len(state.Choices) {
		rule := state.Choices[step.at]
		d.data[strings.TrimPrefix(rule.Variable, "$.")] = rule.StringEquals
	}
}

// iterate scripts a Map: one item for each path through what it runs, the first time;
// later one item.
func (d *draft) iterate(t *testing.T, state node, step edge, own map[string]any) {
	if step.way == byCatch {
		delete(d.data, "subject") // which the ItemSelector needs
		return
	}
	processor := state.ItemProcessor
	due := processor.paths(t)
	if d.iterated {
		due = due[:1]
	}
	d.iterated = true
	topics := make([]string, len(due))
	for i, path := range due {
		topics[i] = topic(i)
		d.walk(t, processor, own["ItemProcessor"].(map[string]any), path, func(string) string { return lastPart(topics[i]) }, &d.planned.inner)
	}
	d.data["notify"] = topics
}

func topic(i int) string { return fmt.Sprintf("arn:aws:sns:%s:%s:topic-%d", region, account, i+1) }
