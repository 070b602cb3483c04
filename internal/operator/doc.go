// Package operator is what a person, a pipeline or a console can do with
// releases: start one, look at it, steer it, go back, and mend what was left behind.
//
// [Operator] is the whole of it. [Service] does it, over the ledger and the
// engine that runs the workflow; [NewClient] asks a Service in another process
// for it, through [Handler]. Both behave alike, errors included.
//
// The package decides nothing about traffic: it starts executions, records
// signals, and reads. Only [Operator.Doctor] and [Operator.Drift] may move traffic, and only away
// from where a release of the ledger left it behind.
package operator
