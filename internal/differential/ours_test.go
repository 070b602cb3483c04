package differential_test

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
)

const (
	region       = "us-east-1"
	machineName  = "machine"
	execution    = "execution"
	executionARN = "arn:aws:states:" + region + ":" + account + ":execution:" + machineName + ":" + execution
	roleARN      = "arn:aws:iam::" + account + ":role/machine"
)

// runOurs runs a scenario through internal/asl, on the virtual clock.
func runOurs(s scenario) (trace, error) {
	machine, err := asl.Load([]byte(s.definition))
	if err != nil {
		return nil, err
	}
	virtual := clock.NewVirtual(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	players := play(s.script)
	var scheduled, current reply
	var engine *asl.Engine
	engine = asl.NewEngine(asl.Options{
		Clock:     virtual,
		Resources: scriptedResources(machine, virtual, &engine, &current),
		RoleARN:   roleARN,
		Random:    func() float64 { return 0.5 },
		Sink: func(_ *asl.Execution, event asl.Event) {
			if strings.HasSuffix(event.Type, "Scheduled") {
				scheduled = players.next(addressee(calledWith(event)))
			}
		},
		// What is scheduled is run before anything else is scheduled.
		Go: func(run func()) {
			chosen := scheduled
			start := func() { current = chosen; run() }
			if chosen.Seconds > 0 {
				virtual.AfterFunc(seconds(chosen.Seconds), start)
			} else {
				start()
			}
		},
	})
	x, err := engine.Start(machine, execution, executionARN, json.RawMessage(s.input))
	if err != nil {
		return nil, err
	}
	virtual.Run(nil)
	if err := players.unused(); err != nil {
		return nil, err
	}
	history, err := json.Marshal(map[string]any{"events": x.History()})
	if err != nil {
		return nil, err
	}
	return traceOf(history, string(x.Status()))
}

// scriptedResources answer whatever the machine calls with the reply that stands
// in current at that moment.
func scriptedResources(machine *asl.Machine, virtual *clock.Virtual, engine **asl.Engine, current *reply) map[string]asl.Resource {
	resources := map[string]asl.Resource{}
	for _, state := range machine.States() {
		if state.Type != "Task" {
			continue
		}
		direct := strings.Contains(state.Resource, ":function:")
		service := lambdaService
		if !direct {
			service = strings.Split(state.Resource, ":")[5]
		}
		resources[state.Resource] = func(_ context.Context, call asl.Call) (any, error) {
			given := *current
			for _, each := range given.Answers {
				send := func() { _ = each.send(*engine, call.Token) } // too late is the scenario's intention
				if each.After > 0 {
					virtual.AfterFunc(seconds(each.After), send)
				} else {
					send()
				}
			}
			if direct && given.Error == "" {
				return given.payload(), nil
			}
			return given.result(service)
		}
	}
	return resources
}

func (a answer) send(engine *asl.Engine, token string) error {
	switch {
	case a.Heartbeat:
		return engine.SendTaskHeartbeat(token)
	case a.Failure != "":
		return engine.SendTaskFailure(token, a.Failure, a.Cause)
	}
	return engine.SendTaskSuccess(token, a.Success)
}

// calledWith is what a scheduled task calls, as the parameters of the integration
// even where the resource is the function itself.
func calledWith(event asl.Event) any {
	if event.Type == "LambdaFunctionScheduled" {
		return map[string]any{"FunctionName": event.Resource, "Payload": event.Input}
	}
	return event.Parameters
}
