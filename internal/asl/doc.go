// Package asl interprets the Amazon States Language, in its JSONPath form, as
// AWS Step Functions runs a Standard workflow: same transitions, same errors,
// same limits, same history events.
//
// Load reads a definition into an immutable Machine and refuses, all at once,
// whatever is wrong in it or not implemented here: JSONata, Assign, .sync and
// activity tasks, distributed Map, unknown resources, states that nothing
// reaches. An Engine runs any number of executions of any machines. What a task
// does is a Resource, a Go function named by the exact ARN the definition uses.
//
// An execution is not a goroutine. It runs on whoever calls until every branch
// must wait (for time, a task or a token), and leaves continuations with the
// Clock. On a virtual clock, with Options.Go running tasks inline, everything
// happens on the caller's goroutine and twice the same way.
//
// It knows nothing of releases, does not persist executions, and does not redrive them.
package asl
