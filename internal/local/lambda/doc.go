// Package lambda is a local AWS Lambda: functions, versions and aliases, with
// the rules, the errors and the delays of the real one, called in-process
// through the method signatures of the SDK's client.
//
// It keeps the books and picks the version that an invocation reaches. It does
// not run code (a [Runner] does: package runtime starts real processes, a
// simulation passes a function), it counts nothing (a [Meter] does), it reads no
// event source and checks no permission.
//
// What takes time on AWS takes time here, computed from timestamps and the
// clock: an update is in progress for a while, a new version is pending for a
// while. So the same code runs on the wall clock and on a virtual one.
package lambda
