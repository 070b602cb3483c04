// Package cloudwatch is the local cloud's CloudWatch: metrics, read by period
// and statistic, and alarms that are evaluated as CloudWatch evaluates them.
//
// Metrics live in memory and are forgotten after a while; alarms and their
// states live in the local cloud's store. Lambda's metrics are counted by
// [Service.RecordInvocation], a function's own by [Service.RecordMetric], and both
// are read with the SDK's own calls.
//
// It differs from CloudWatch where a laptop is not a region: every metric has
// a resolution of one second and can be read at once; periods, of metrics and
// of alarms, may be any whole number of seconds; units are not kept; and a
// percentile over very many values is accurate to 0.03 %. Dashboards, anomaly
// detection, metric streams, alarm actions and tags do not exist: whoever wants
// to act on an alarm listens for its event.
package cloudwatch
