// Package workflow is the release workflow: its definition in the Amazon
// States Language (release.asl.json), and what each of its states does.
//
// A handler is thin and idempotent, because any of them may be run twice, at
// once, or die between two AWS calls. Each one reads the release's record from
// the ledger, records what it intends, changes the difference through the
// target, and records what it saw. Every write names the revision of the record that it read
// and the lease under which it acts, so a handler that was overtaken can
// write nothing more, neither to the ledger nor, through [target.Guard], to the cloud.
//
// The package speaks to AWS only through the interfaces that it declares, and
// runs the same in a Lambda function and on the embedded engine.
package workflow
