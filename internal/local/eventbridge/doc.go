// Package eventbridge is the local cloud's default event bus.
//
// Rules are Go values: a pattern and a function. As in AWS, delivery is at
// least once and unordered: a target that fails is called again, ever later,
// and an event that cannot be delivered ends among the dead letters. An event
// also has AWS's own JSON, so what reads it here reads it there.
//
// It has one bus, no archives, replays, schedules or input transformers, and
// forgets its events when the process ends.
package eventbridge
