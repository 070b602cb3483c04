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
// What it implements, each feature with a machine that internal/differential also
// gives to an interpreter of others:
//
//   - states: Task, Choice, Wait, Pass, Parallel, Map, Succeed, Fail
//   - machine: StartAt, States, Comment, Version, QueryLanguage, TimeoutSeconds
//   - ways on: Next, End, Default, Choices, Branches, Retry, Catch
//   - data: InputPath, Parameters, ResultSelector, ResultPath, OutputPath, Result
//   - Task: Resource, .waitForTaskToken, TimeoutSeconds, TimeoutSecondsPath, HeartbeatSeconds, HeartbeatSecondsPath
//   - Wait: Seconds, SecondsPath, Timestamp, TimestampPath
//   - Map: ItemsPath, ItemSelector, ItemProcessor, ProcessorConfig, Iterator, MaxConcurrency, MaxConcurrencyPath
//   - Fail: Error, ErrorPath, Cause, CausePath
//   - Retry: ErrorEquals, IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds, JitterStrategy
//   - rules: Variable, And, Or, Not, IsNull, IsPresent, IsNumeric, IsString, IsBoolean, IsTimestamp
//   - text: StringEquals, StringLessThan, StringGreaterThan, StringLessThanEquals, StringGreaterThanEquals, StringMatches
//   - numbers: NumericEquals, NumericLessThan, NumericGreaterThan, NumericLessThanEquals, NumericGreaterThanEquals
//   - times: TimestampEquals, TimestampLessThan, TimestampGreaterThan, TimestampLessThanEquals, TimestampGreaterThanEquals
//   - truth: BooleanEquals
//   - text by path: StringEqualsPath, StringLessThanPath, StringGreaterThanPath, StringLessThanEqualsPath, StringGreaterThanEqualsPath
//   - numbers by path: NumericEqualsPath, NumericLessThanPath, NumericGreaterThanPath, NumericLessThanEqualsPath, NumericGreaterThanEqualsPath
//   - times by path: TimestampEqualsPath, TimestampLessThanPath, TimestampGreaterThanPath, TimestampLessThanEqualsPath, TimestampGreaterThanEqualsPath
//   - truth by path: BooleanEqualsPath
//   - errors: States.ALL, States.TaskFailed, States.Timeout, States.HeartbeatTimeout, States.BranchFailed, States.NoChoiceMatched, States.ParameterPathFailure, States.ResultPathMatchFailure, States.IntrinsicFailure, States.DataLimitExceeded, States.Runtime
//   - context: $$.Execution.Id, $$.Execution.Name, $$.Execution.Input, $$.Execution.RoleArn, $$.Execution.StartTime, $$.State.Name, $$.State.EnteredTime, $$.State.RetryCount, $$.StateMachine.Id, $$.StateMachine.Name, $$.Task.Token, $$.Map.Item.Index, $$.Map.Item.Value
//   - arrays: States.Array, States.ArrayPartition, States.ArrayContains, States.ArrayRange, States.ArrayGetItem, States.ArrayLength, States.ArrayUnique
//   - other functions: States.Format, States.StringToJson, States.JsonToString, States.JsonMerge, States.StringSplit, States.Base64Encode, States.Base64Decode, States.Hash, States.MathAdd, States.MathRandom, States.UUID
//
// It knows nothing of releases, does not persist executions, and does not redrive them.
package asl
