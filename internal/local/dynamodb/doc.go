// Package dynamodb is Amazon DynamoDB in this process: tables, items,
// DynamoDB's whole expression language, transactions, limits and errors.
//
// A [Service] has the methods of the SDK's client, with the same inputs, outputs and errors,
// so it stands wherever an interface of some of them is asked for; and its
// [Service.Handler] speaks the wire protocol, so that a real SDK client works against it.
//
// It differs from DynamoDB in this:
//   - All reads are strongly consistent, and nothing is ever throttled.
//   - A table is ACTIVE as soon as it is created, and gone as soon as it is deleted.
//   - There are no secondary indexes, backups, tags, PartiQL or time to live; CreateTable
//     refuses indexes and streams. Of the requests' parameters from before expressions
//     (Expected, AttributeUpdates, KeyConditions, …) none is taken: they are refused.
//   - In place of streams, Options.Changed is handed every change of every table, and
//     [StreamEvent] makes of changes what Lambda hands to a function.
//   - Consumed capacity and item collection metrics are not in any answer; Options.Consumed is told of the capacity.
//   - A transaction's token is forgotten when the process ends.
package dynamodb
