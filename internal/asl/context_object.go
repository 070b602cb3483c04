package asl

import "time"

// contextObject is $$: where the execution stands. It is made once per attempt of a state, when first asked for.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
func (b *branch) contextObject() any {
	if b.context == nil {
		b.context = b.newContextObject(b.item)
	}
	return b.context
}

func (b *branch) newContextObject(of *item) map[string]any {
	object := map[string]any{
		"Execution": b.x.inContext,
		"State": map[string]any{
			"EnteredTime": isoTime(b.enteredAt),
			"Name":        b.state.name,
			"RetryCount":  b.retries,
		},
		"StateMachine": b.x.machineInContext,
	}
	if b.token != "" {
		object["Task"] = map[string]any{"Token": b.token}
	}
	if of != nil {
		object["Map"] = map[string]any{"Item": map[string]any{"Index": of.index, "Value": of.value}}
	}
	return object
}

// describe makes those parts of the context object that stay the same.
func (x *Execution) describe() {
	x.inContext = map[string]any{
		"Id":           x.arn,
		"Input":        x.input,
		"Name":         x.name,
		"RoleArn":      x.engine.options.RoleARN,
		"StartTime":    isoTime(x.startedAt),
		"RedriveCount": int64(0),
	}
	x.machineInContext = map[string]any{"Id": x.machineARN, "Name": x.machineName}
}

// isoTime writes a time as the context object shows it.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (b *branch) random() float64 { return b.x.engine.options.Random() }

func (b *branch) unique() string { return b.x.engine.options.NewToken() }

// An itemContext is $$ within an ItemSelector, where the branch is still the Map state's own.
type itemContext struct {
	*branch
	item *item
}

func (c itemContext) contextObject() any { return c.newContextObject(c.item) }
