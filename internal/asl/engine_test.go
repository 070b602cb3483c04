package asl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
)

const ask = `{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
	"TimeoutSeconds":20,"HeartbeatSeconds":3,"Parameters":{"token.$":"$$.Task.Token"},"Next":"After"},"After":{"Type":"Pass","End":true}}}`

// inline runs a task's resource at once, on the goroutine that moves the execution.
func inline(run func()) { run() }

// runBriefly runs a machine of unknown content for a while, with tasks that answer at once.
func runBriefly(t *testing.T, machine *asl.Machine, input []byte) {
	t.Helper()
	virtual := clock.NewVirtual(epoch)
	resources := map[string]asl.Resource{}
	for _, s := range machine.States() {
		resources[s.Resource] = func(context.Context, asl.Call) (any, error) { return map[string]any{"a": []any{}}, nil }
	}
	engine := asl.NewEngine(asl.Options{Clock: virtual, Resources: resources, Go: inline, MaxEvents: 200})
	x, err := engine.Start(machine, "fuzz", executionARN, input)
	if err != nil {
		return
	}
	for range 1000 {
		if !virtual.Step() {
			break
		}
	}
	x.Stop("", "")
	for _, event := range x.History() {
		if _, err := json.Marshal(event); err != nil {
			t.Fatal(err)
		}
	}
	if x.Status() == asl.Running {
		t.Error("the execution still runs after Stop")
	}
}

func start(t *testing.T, engine *asl.Engine, machine *asl.Machine, input string) *asl.Execution {
	t.Helper()
	x, err := engine.Start(machine, "echo-1", executionARN, json.RawMessage(input))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func wait(t *testing.T, x *asl.Execution) {
	t.Helper()
	select {
	case <-x.Done():
	case <-time.After(30 * time.Second):
		t.Fatalf("the execution does not end: %s in %v", x.Status(), x.CurrentStates())
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]asl.Options{
		"no clock":                         {},
		"an unbounded history and no sink": {Clock: clock.Wall{}, MaxEvents: -1},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("an engine was made with %s", name)
				}
			}()
			asl.NewEngine(options)
		}()
	}
}

func TestStartRefusesBadInput(t *testing.T) {
	t.Parallel()
	engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch)})
	machine := load(t, `{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}`)
	for _, input := range []string{"{", "{} {}", `[1e400]`, `{"a":{"b":-1e400}}`, `"` + strings.Repeat("x", asl.MaxPayload) + `"`} {
		if _, err := engine.Start(machine, "x", "", json.RawMessage(input)); !errors.Is(err, asl.ErrInvalidExecutionInput) {
			t.Errorf("%.20s: got error %v", input, err)
		}
	}
}

func TestTokensThatAreNone(t *testing.T) {
	t.Parallel()
	engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch)})
	for token, want := range map[string]error{
		"":                        asl.ErrInvalidToken,
		strings.Repeat("x", 2049): asl.ErrInvalidToken,
		"never given out":         asl.ErrTaskDoesNotExist,
	} {
		for name, err := range map[string]error{
			"success":   engine.SendTaskSuccess(token, json.RawMessage("{}")),
			"failure":   engine.SendTaskFailure(token, "E", ""),
			"heartbeat": engine.SendTaskHeartbeat(token),
		} {
			if !errors.Is(err, want) {
				t.Errorf("%s of %.20q: got %v, want %v", name, token, err, want)
			}
		}
	}
}

func TestAnswersThatAreNoOutput(t *testing.T) {
	t.Parallel()
	engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch)})
	for _, output := range []string{"", "{", `"` + strings.Repeat("x", asl.MaxPayload) + `"`} {
		if err := engine.SendTaskSuccess("token", json.RawMessage(output)); !errors.Is(err, asl.ErrInvalidOutput) {
			t.Errorf("%.20q: got %v", output, err)
		}
	}
}

// TestStopInEveryKindOfWait stops while a state waits for something, and lets what it waited for happen afterwards.
func TestStopInEveryKindOfWait(t *testing.T) {
	t.Parallel()
	task := `"Type":"Task","Resource":"` + invoke + `"`
	for _, c := range []struct{ name, states, in string }{
		{"wait", `"A":{"Type":"Wait","Seconds":10,"Next":"B"}`, "A"},
		{"task", `"A":{` + task + `,"TimeoutSeconds":60,"Next":"B"}`, "A"},
		{"retry delay", `"A":{` + task + `,"Retry":[{"ErrorEquals":["Fails"],"IntervalSeconds":50}],"Next":"B"}`, "A"},
		{"token", `"A":{"Type":"Task","Resource":"` + invoke + `.waitForTaskToken","HeartbeatSeconds":60,"Next":"B"}`, "A"},
		{"parallel", `"A":{"Type":"Parallel","Branches":[{"StartAt":"In","States":{"In":{` + task + `,"End":true}}},
			{"StartAt":"Out","States":{"Out":{"Type":"Wait","Seconds":9,"End":true}}}],"Next":"B"}`, "A In Out"},
		{"map", `"A":{"Type":"Map","ItemsPath":"$.items","ItemProcessor":{"StartAt":"In","States":{"In":{"Type":"Wait","Seconds":9,"End":true}}},"Next":"B"}`, "A In In"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			virtual := clock.NewVirtual(epoch)
			var contexts []context.Context
			var token string
			resource := func(ctx context.Context, call asl.Call) (any, error) {
				contexts, token = append(contexts, ctx), call.Token
				return nil, &asl.Error{Name: "Fails"}
			}
			submit := func(ctx context.Context, call asl.Call) (any, error) {
				contexts, token = append(contexts, ctx), call.Token
				return nil, nil
			}
			var statuses []asl.Status
			engine := asl.NewEngine(asl.Options{
				Clock:     virtual,
				Resources: map[string]asl.Resource{invoke: resource, invoke + ".waitForTaskToken": submit},
				Go: func(run func()) {
					if c.name == "task" || c.name == "parallel" {
						virtual.AfterFunc(5*time.Second, run)
						return
					}
					run()
				},
				OnStatus: func(x *asl.Execution) { statuses = append(statuses, x.Status()) },
			})
			machine := load(t, `{"StartAt":"A","TimeoutSeconds":100,"States":{`+c.states+`,"B":{"Type":"Pass","End":true}}}`)
			x := start(t, engine, machine, `{"items":[1,2]}`)
			if got := strings.Join(x.CurrentStates(), " "); got != c.in {
				t.Errorf("current states %q, want %q", got, c.in)
			}
			if x.Status() != asl.Running || x.Err() != nil || x.Output() != nil || !x.StoppedAt().IsZero() {
				t.Errorf("while it runs: %s, error %v, output %s, stopped %v", x.Status(), x.Err(), x.Output(), x.StoppedAt())
			}
			virtual.RunUntil(epoch.Add(2 * time.Second))
			x.Stop("Halted", "a person said so")
			wait(t, x)
			events := len(x.History())
			for _, ctx := range contexts {
				if ctx.Err() == nil {
					t.Error("the context of a task goes on")
				}
			}
			if token != "" {
				if err := engine.SendTaskSuccess(token, json.RawMessage("1")); !errors.Is(err, asl.ErrTaskTimedOut) {
					t.Errorf("an answer after the stop: got %v", err)
				}
			}
			virtual.Run(nil)
			x.Stop("again", "")
			if x.Status() != asl.Aborted || *x.Err() != (asl.Error{Name: "Halted", Cause: "a person said so"}) || x.StoppedAt() != epoch.Add(2*time.Second) {
				t.Errorf("got %s %v at %v", x.Status(), x.Err(), x.StoppedAt())
			}
			last := x.History()[len(x.History())-1]
			if len(x.History()) != events || last.Type != "ExecutionAborted" || last.Error != "Halted" || last.PreviousID != 0 {
				t.Errorf("the history goes on after the stop, or ends with %+v", last)
			}
			if len(x.CurrentStates()) != 0 {
				t.Errorf("current states %v after the end", x.CurrentStates())
			}
			if diff := cmp.Diff([]asl.Status{asl.Running, asl.Aborted}, statuses); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStopFromATaskThatRunsInline takes effect before the next state, whatever the task returns.
func TestStopFromATaskThatRunsInline(t *testing.T) {
	t.Parallel()
	var x *asl.Execution
	stop := make(chan struct{})
	engine := asl.NewEngine(asl.Options{
		Clock: clock.NewVirtual(epoch),
		Go:    inline,
		Resources: map[string]asl.Resource{invoke: func(context.Context, asl.Call) (any, error) {
			if x != nil {
				x.Stop("Halted", "")
			}
			return 1, nil
		}},
		OnStatus: func(started *asl.Execution) {
			if x == nil {
				x = started
				close(stop)
			}
		},
	})
	start(t, engine, load(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"`+invoke+`","Next":"B"},"B":{"Type":"Succeed"}}}`), "{}")
	<-stop
	if x.Status() != asl.Aborted || !slices.Equal(x.Path(), []string{"A"}) {
		t.Errorf("got %s after %v", x.Status(), x.Path())
	}
}

// TestStopReachesAnEndlessLoop: a loop that never waits must still hear a Stop.
func TestStopReachesAnEndlessLoop(t *testing.T) {
	t.Parallel()
	running := make(chan *asl.Execution, 1)
	engine := asl.NewEngine(asl.Options{Clock: clock.Wall{}, MaxEvents: -1, Sink: func(x *asl.Execution, event asl.Event) {
		if event.ID == 1000 {
			running <- x
		}
	}})
	machine := load(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}}`)
	go func() { _, _ = engine.Start(machine, "loop", executionARN, nil) }()
	x := <-running
	x.Stop("Enough", "")
	wait(t, x)
	if x.Status() != asl.Aborted || len(x.History()) != 0 || x.Path() != nil {
		t.Errorf("got %s with %d events kept", x.Status(), len(x.History()))
	}
}

// TestEarlyAnswerIsKept answers a token while its function still runs: then neither
// silence nor the answer ends the task, only the function's return or the timeout.
func TestEarlyAnswerIsKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		after  time.Duration
		status asl.Status
		output string
	}{
		{"the function returns in time", 15 * time.Second, asl.Succeeded, `"early"`},
		{"the function outlasts the timeout", 25 * time.Second, asl.Failed, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			virtual := clock.NewVirtual(epoch)
			called, release := make(chan string), make(chan struct{})
			engine := asl.NewEngine(asl.Options{Clock: virtual, Resources: map[string]asl.Resource{
				invoke + ".waitForTaskToken": func(_ context.Context, call asl.Call) (any, error) {
					called <- call.Token
					<-release
					return "ignored", nil
				}}})
			x := start(t, engine, load(t, ask), "{}")
			token := <-called
			if err := engine.SendTaskSuccess(token, json.RawMessage(`"early"`)); err != nil {
				t.Fatal(err)
			}
			if x.Status() != asl.Running {
				t.Errorf("the task ended before its function: %s", x.Status())
			}
			virtual.RunUntil(epoch.Add(c.after))
			close(release)
			wait(t, x)
			if x.Status() != c.status || string(x.Output()) != c.output {
				t.Errorf("got %s %s %v", x.Status(), x.Output(), x.Err())
			}
			if err := engine.SendTaskHeartbeat(token); !errors.Is(err, asl.ErrTaskTimedOut) {
				t.Errorf("a heartbeat after the end: got %v", err)
			}
		})
	}
}

type namedError struct{ error }

func (namedError) ErrorName() string { return "Lambda.TooManyRequestsException" }

func TestErrorsOfResources(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want asl.Error
	}{
		{&asl.Error{Name: "A", Cause: "b"}, asl.Error{Name: "A", Cause: "b"}},
		{fmt.Errorf("wrapped: %w", &asl.Error{Name: "A", Cause: "b"}), asl.Error{Name: "A", Cause: "b"}},
		{namedError{errors.New("slow down")}, asl.Error{Name: "Lambda.TooManyRequestsException", Cause: "slow down"}},
		{errors.New("plain"), asl.Error{Name: asl.ErrorTaskFailed, Cause: "plain"}},
		{&asl.Error{Cause: "nameless"}, asl.Error{Name: asl.ErrorTaskFailed, Cause: "nameless"}},
		{&asl.Error{Name: strings.Repeat("n", 300), Cause: strings.Repeat("c", 40_000)}, asl.Error{Name: strings.Repeat("n", 256), Cause: strings.Repeat("c", 32_768)}},
	} {
		engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch), Go: inline,
			Resources: map[string]asl.Resource{invoke: func(context.Context, asl.Call) (any, error) { return nil, c.err }}})
		x := start(t, engine, load(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"`+invoke+`","End":true}}}`), "{}")
		if got := x.Err(); got == nil || *got != c.want {
			t.Errorf("%v became %v", c.err, got)
		}
	}
	if text := (&asl.Error{Name: "A", Cause: "b"}).Error() + (&asl.Error{Name: "C"}).Error(); text != "A: bC" {
		t.Errorf("error text %q", text)
	}
}

func TestOutputsOfResources(t *testing.T) {
	t.Parallel()
	type answer struct {
		N int `json:"n"`
	}
	var unset map[string]any
	for _, c := range []struct {
		output any
		want   string
	}{
		{nil, `null`},
		{answer{3}, `{"n":3}`},
		{json.RawMessage(`{"b": [1, 2.5], "a": "x"}`), `{"a":"x","b":[1,2.5]}`},
		{map[string]any{"i": 7, "list": []string{"a"}}, `{"i":7,"list":["a"]}`},
		{[]any{int64(1), 1.5, true, "\xff"}, "[1,1.5,true,\"\uFFFD\"]"},
		{unset, `null`},
		{[]any{map[string]any{}}, `[{}]`},
		{make(chan int), "States.Runtime"},
		{json.RawMessage(`{`), "States.Runtime"},
	} {
		engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch), Go: inline,
			Resources: map[string]asl.Resource{invoke: func(context.Context, asl.Call) (any, error) { return c.output, nil }}})
		x := start(t, engine, load(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"`+invoke+`","End":true}}}`), "{}")
		got := string(x.Output())
		if err := x.Err(); err != nil {
			got = err.Name
		}
		if got != c.want {
			t.Errorf("%#v became %s, want %s", c.output, got, c.want)
		}
	}
}

func TestCallDecodes(t *testing.T) {
	t.Parallel()
	var got struct{ FunctionName string }
	call := asl.Call{Parameters: map[string]any{"FunctionName": "intake"}}
	if err := call.Decode(&got); err != nil || got.FunctionName != "intake" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestCallsHaveMembers(t *testing.T) {
	t.Parallel()
	call := asl.Call{Parameters: map[string]any{"Payload": map[string]any{"b": int64(1), "a": "<é\n>"}, "None": nil}}
	for name, want := range map[string]string{"Payload": `{"a":"<é\n>","b":1}`, "None": "null", "Absent": ""} {
		if got := string(call.Member(name)); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := (asl.Call{Parameters: "text"}).Member("Payload"); got != nil {
		t.Errorf("a text has the member %s", got)
	}
}

func TestValuesComeInTheFormOfParameters(t *testing.T) {
	t.Parallel()
	got, err := asl.Value([]byte(` {"whole":1,"part":1.5,"text":"\u00e9","truth":[true,false,null],"twice":1,"twice":2,"empty":[{},[]]} `))
	want := map[string]any{
		"whole": int64(1), "part": 1.5, "text": "é", "truth": []any{true, false, nil}, "twice": int64(2), "empty": []any{map[string]any{}, []any{}},
	}
	if diff := cmp.Diff(any(want), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, text := range []string{"", "nothing", "{", "[1", `{"a"`, `{"a":1]`, "1 2", "1e999", `[1e999]`, `{"a":1e999}`, "[1,]", `"a`} {
		if got, err := asl.Value([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

// TestPayloadsAreMeasuredToTheByte tries outputs of exactly the limit and of one byte more.
func TestPayloadsAreMeasuredToTheByte(t *testing.T) {
	t.Parallel()
	shapes := map[string]func(padding string) any{
		"text":    func(p string) any { return p },
		"escapes": func(p string) any { return "\x01\n\"\\\t<ü🐦\xff\uFFFD" + p },
		"object": func(p string) any {
			return map[string]any{"null": nil, "yes": true, "no": false, "n": int64(-12345), "f": 1.5e-9, "li\"st": []any{int64(1), 2.5, "é"}, "none": []any{}, "p": p}
		},
	}
	for name, shape := range shapes {
		for _, state := range []string{
			`"Type":"Task","Resource":"` + invoke + `"`,                                                   // the task's result
			`"Type":"Task","Resource":"` + invoke + `","ResultSelector":{"r.$":"$.x"},"OutputPath":"$.r"`, // the state's output
		} {
			selected := strings.Contains(state, "Selector")
			machine := load(t, `{"StartAt":"A","States":{"A":{`+state+`,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}],"Next":"B"},"B":{"Type":"Pass","End":true}}}`)
			sized := func(padding int) *asl.Execution {
				engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch), Go: inline,
					Resources: map[string]asl.Resource{invoke: func(context.Context, asl.Call) (any, error) {
						value := shape(strings.Repeat("x", padding))
						if selected {
							return map[string]any{"x": value}, nil
						}
						return value, nil
					}}})
				return start(t, engine, machine, "{}")
			}
			least := sized(0)
			room := asl.MaxPayload - len(least.Output())
			if selected {
				room -= len(`{"x":}`) // the result is measured before it is selected from
			}
			if x := sized(room); x.Status() != asl.Succeeded {
				t.Errorf("%s, selected %v: %d bytes: %v", name, selected, asl.MaxPayload, x.Err())
			}
			if x := sized(room + 1); x.Err() == nil || x.Err().Name != asl.ErrorDataLimitExceeded {
				t.Errorf("%s, selected %v: a byte more: %s %v", name, selected, x.Status(), x.Err())
			}
		}
	}
}

// TestGrownPayloads exceed the limit in every place where one can.
func TestGrownPayloads(t *testing.T) {
	t.Parallel()
	input := `{"s":"` + strings.Repeat("x", 200_000) + `","items":[1]}`
	double := `{"a.$":"$.s","b.$":"$.s"}`
	for name, state := range map[string]string{
		"pass":          `"Type":"Pass","Parameters":` + double,
		"task":          `"Type":"Task","Resource":"` + invoke + `","Parameters":` + double,
		"result path":   `"Type":"Task","Resource":"` + invoke + `","Parameters":{"p.$":"$.s"},"ResultPath":"$.more"`,
		"parallel":      `"Type":"Parallel","Parameters":` + double + `,"Branches":[{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}]`,
		"results":       `"Type":"Parallel","Branches":[{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},{"StartAt":"J","States":{"J":{"Type":"Succeed"}}}]`,
		"item selector": `"Type":"Map","ItemsPath":"$.items","ItemSelector":` + double + `,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}`,
		"caught":        `"Type":"Task","Resource":"` + invoke + `","ResultPath":"$.more","Catch":[{"ErrorEquals":["Fails"],"Next":"B","ResultPath":"$.why"}]`,
	} {
		engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch), Go: inline,
			Resources: map[string]asl.Resource{invoke: func(_ context.Context, call asl.Call) (any, error) {
				if name == "caught" {
					return nil, &asl.Error{Name: "Fails", Cause: strings.Repeat("\x01", 30_000)}
				}
				return call.Parameters, nil
			}}})
		catch := `,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}]`
		if name == "pass" || name == "caught" {
			catch = ""
		}
		x := start(t, engine, load(t, `{"StartAt":"A","States":{"A":{`+state+catch+`,"Next":"B"},"B":{"Type":"Succeed"}}}`), input)
		if err := x.Err(); err == nil || err.Name != asl.ErrorDataLimitExceeded {
			t.Errorf("%s: %s %.100v", name, x.Status(), err)
		}
	}
	caught := start(t, asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch), Go: inline,
		Resources: map[string]asl.Resource{invoke: func(_ context.Context, call asl.Call) (any, error) { return call.Parameters, nil }}}),
		load(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"`+invoke+`","Parameters":`+double+`,
			"Catch":[{"ErrorEquals":["States.DataLimitExceeded"],"Next":"B"}],"End":true},"B":{"Type":"Pass","Result":"caught by name","End":true}}}`), input)
	if string(caught.Output()) != `"caught by name"` {
		t.Errorf("got %s %v", caught.Output(), caught.Err())
	}
}

// TestHistoryIsBounded: the 25,000th event is the execution's failure.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	loop := load(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}}`)
	var streamed int
	engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch), Sink: func(*asl.Execution, asl.Event) { streamed++ }})
	x := start(t, engine, loop, "{}")
	events := x.History()
	last := events[len(events)-1]
	if len(events) != asl.MaxEvents || streamed != asl.MaxEvents || last.Type != "ExecutionFailed" || last.ID != asl.MaxEvents {
		t.Errorf("%d events, %d streamed, the last %s %d", len(events), streamed, last.Type, last.ID)
	}
	if err := x.Err(); x.Status() != asl.Failed || err.Name != asl.ErrorRuntime || !strings.Contains(err.Cause, "maximum number of history events") {
		t.Errorf("got %s %v", x.Status(), err)
	}
}

// TestHistoryEndsAnywhere bounds a busy history at every length: it always ends with its one failure, and no task runs after it.
func TestHistoryEndsAnywhere(t *testing.T) {
	t.Parallel()
	machine := load(t, `{"StartAt":"Fan","States":{"Fan":{"Type":"Parallel","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Each"}],"End":true,"Branches":[
		{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"`+invoke+`.waitForTaskToken","End":true}}},
		{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"`+invoke+`","TimeoutSeconds":1,"Retry":[{"ErrorEquals":["States.Timeout"],"MaxAttempts":1}],"End":true}}}]},
		"Each":{"Type":"Map","ItemsPath":"$.Cause","ResultPath":null,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}],"InputPath":"$$.Execution.Input","ItemProcessor":{"StartAt":"In","States":{"In":{"Type":"Pass","End":true}}},"Next":"B"},
		"B":{"Type":"Succeed"}}}`)
	for limit := int64(3); limit < 60; limit++ {
		virtual := clock.NewVirtual(epoch)
		slow := func(ctx context.Context, _ asl.Call) (any, error) { return 1, nil }
		engine := asl.NewEngine(asl.Options{Clock: virtual, MaxEvents: limit,
			Resources: map[string]asl.Resource{invoke: slow, invoke + ".waitForTaskToken": slow},
			Go:        func(run func()) { virtual.AfterFunc(5*time.Second, run) }})
		x := start(t, engine, machine, `{"Cause":[1,2]}`)
		virtual.Run(nil)
		wait(t, x)
		events := x.History()
		for i, event := range events {
			if ends := strings.HasPrefix(event.Type, "Execution") && i > 0; ends != (i == len(events)-1) {
				t.Fatalf("limit %d: event %d of %d is %s", limit, i+1, len(events), event.Type)
			}
		}
		if int64(len(events)) > limit || (x.Status() == asl.Failed) != (int64(len(events)) == limit && limit < 31) {
			t.Fatalf("limit %d: %d events, %s", limit, len(events), x.Status())
		}
	}
}

func TestExecutionKnowsWhatItIs(t *testing.T) {
	t.Parallel()
	engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch)})
	machine := load(t, `{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}`)
	x := start(t, engine, machine, `{ "a": 1 }`)
	if x.Name() != "echo-1" || x.ARN() != executionARN || x.Machine() != machine || string(x.Input()) != `{ "a": 1 }` ||
		x.MachineARN() != "arn:aws:states:eu-west-1:123456789012:stateMachine:release" || x.StartedAt() != epoch || x.StoppedAt() != epoch {
		t.Errorf("got %s %s %s %s %v", x.Name(), x.ARN(), x.MachineARN(), x.Input(), x.StartedAt())
	}
	y, err := engine.Start(machine, "n", "no ARN", nil)
	if err != nil || y.MachineARN() != "" {
		t.Errorf("got %q, %v", y.MachineARN(), err)
	}
}

func TestUUIDsAndJitterWithoutOptions(t *testing.T) {
	t.Parallel()
	engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch)})
	x := start(t, engine, load(t, `{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"a.$":"States.UUID()","b.$":"States.UUID()","n.$":"States.MathRandom(0, 10)"},"End":true}}}`), "{}")
	var got struct {
		A, B string
		N    int
	}
	if err := json.Unmarshal(x.Output(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.A) != 36 || got.A == got.B || got.A[14] != '4' || got.N < 0 || got.N > 9 {
		t.Errorf("got %+v", got)
	}
}

// TestRunsOfOneMachineDoNotTouchEachOther interleaves any number of executions and
// compares each with the same execution run alone.
func TestRunsOfOneMachineDoNotTouchEachOther(t *testing.T) {
	t.Parallel()
	machine := load(t, `{"StartAt":"Nap","States":{
		"Nap":{"Type":"Wait","SecondsPath":"$.nap","Next":"Work"},
		"Work":{"Type":"Task","Resource":"`+invoke+`","Parameters":{"n.$":"$.n","try.$":"$$.State.RetryCount"},"ResultPath":"$.result",
			"Retry":[{"ErrorEquals":["Odd"],"IntervalSeconds":1,"MaxAttempts":2}],"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.error","Next":"Each"}],"Next":"Each"},
		"Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"ItemSelector":{"v.$":"$$.Map.Item.Value","n.$":"$.n"},"ResultPath":"$.each",
			"ItemProcessor":{"StartAt":"In","States":{"In":{"Type":"Wait","SecondsPath":"$.v","End":true}}},"Next":"More?"},
		"More?":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericGreaterThan":5,"Next":"Less"}],"Default":"Done"},
		"Less":{"Type":"Pass","Parameters":{"n.$":"States.MathAdd($.n, -5)","nap.$":"$.nap","items.$":"$.items"},"Next":"Nap"},
		"Done":{"Type":"Succeed"}}}`)
	work := func(_ context.Context, call asl.Call) (any, error) {
		parameters := call.Parameters.(map[string]any)
		if n := parameters["n"].(int64); n%2 == 1 && parameters["try"].(int64) < n%4 {
			return nil, &asl.Error{Name: "Odd", Cause: fmt.Sprint(n)}
		}
		return parameters["n"], nil
	}
	rapid.Check(t, func(t *rapid.T) {
		inputs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			text, err := json.Marshal(map[string]any{
				"n": rapid.IntRange(0, 12).Draw(t, "n"), "nap": rapid.IntRange(0, 3).Draw(t, "nap"),
				"items": rapid.SliceOfN(rapid.IntRange(0, 3), 0, 4).Draw(t, "items")})
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}), 1, 6).Draw(t, "inputs")
		run := func(inputs []string) []string {
			virtual := clock.NewVirtual(epoch)
			engine := asl.NewEngine(asl.Options{Clock: virtual, Go: inline, Resources: map[string]asl.Resource{invoke: work}})
			executions := make([]*asl.Execution, len(inputs))
			for i, input := range inputs {
				x, err := engine.Start(machine, "echo-1", executionARN, json.RawMessage(input))
				if err != nil {
					t.Fatal(err)
				}
				executions[i] = x
			}
			virtual.Run(nil)
			histories := make([]string, len(inputs))
			for i, x := range executions {
				text, err := json.Marshal(x.History())
				if err != nil {
					t.Fatal(err)
				}
				histories[i] = string(x.Status()) + string(x.Output()) + string(text)
			}
			return histories
		}
		together := run(inputs)
		for i, input := range inputs {
			if alone := run([]string{input})[0]; alone != together[i] {
				t.Fatalf("execution %d with %s:\nalone    %s\ntogether %s", i, input, alone, together[i])
			}
		}
	})
}

// TestWallClock runs many executions with real goroutines, timers and tokens.
func TestWallClock(t *testing.T) {
	t.Parallel()
	var engine *asl.Engine
	var mu sync.Mutex
	ended := map[string]bool{}
	engine = asl.NewEngine(asl.Options{
		Clock: clock.Wall{},
		Resources: map[string]asl.Resource{
			invoke: func(_ context.Context, call asl.Call) (any, error) {
				if call.Attempt == 0 {
					return nil, errors.New("first try")
				}
				return call.Parameters, nil
			},
			invoke + ".waitForTaskToken": func(_ context.Context, call asl.Call) (any, error) {
				go func() {
					_ = engine.SendTaskHeartbeat(call.Token)
					_ = engine.SendTaskSuccess(call.Token, json.RawMessage(`"answered"`))
					_ = engine.SendTaskFailure(call.Token, "TooLate", "")
				}()
				return nil, nil
			},
		},
		OnStatus: func(x *asl.Execution) {
			mu.Lock()
			defer mu.Unlock()
			ended[x.Name()] = x.Status() != asl.Running
		},
	})
	machine := load(t, `{"StartAt":"Fan","TimeoutSeconds":60,"States":{"Fan":{"Type":"Parallel","Branches":[
		{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"`+invoke+`.waitForTaskToken","TimeoutSeconds":30,"HeartbeatSeconds":20,"End":true}}},
		{"StartAt":"Each","States":{"Each":{"Type":"Map","ItemsPath":"$","ItemProcessor":{"StartAt":"Work","States":{
			"Work":{"Type":"Task","Resource":"`+invoke+`","Retry":[{"ErrorEquals":["States.TaskFailed"],"IntervalSeconds":1,"JitterStrategy":"FULL"}],"End":true}}},"End":true}}}
		],"End":true}}}`)
	var executions []*asl.Execution
	for i := range 20 {
		x, err := engine.Start(machine, fmt.Sprint(i), executionARN, json.RawMessage(`[1,2,3]`))
		if err != nil {
			t.Fatal(err)
		}
		executions = append(executions, x)
	}
	for _, x := range executions { // looked at while they move, for the race detector
		for x.Status() == asl.Running && len(x.CurrentStates()) > 1 && len(x.History()) < 10 {
			if x.Transitions() < 1 {
				t.Fatal("no transition was made")
			}
		}
	}
	for _, x := range executions {
		wait(t, x)
		if got := string(x.Output()); got != `["answered",[1,2,3]]` {
			t.Errorf("got %s %s %v", x.Status(), got, x.Err())
		}
		mu.Lock()
		if !ended[x.Name()] {
			t.Error("Done was closed before OnStatus was called")
		}
		mu.Unlock()
	}
}
