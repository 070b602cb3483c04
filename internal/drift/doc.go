// Package drift finds what runs and was not released, and does about it what
// the release document says: detect, nuke, replace.
//
// A schedule looks at every service that the ledger knows. What is found is kept in the
// ledger, from where it becomes an event and metrics (package announce). By default that is all.
// Where the document's drift section asks for more, traffic is put back where the ledger says, releases are held up until a
// person has looked, or instances are replaced; the command line can ask for that once. Nothing is looked at, and
// nothing changed, while a release of the service runs: the lease of the service is held for every change.
//
// A change in place, such as a shell session on an instance, leaves nothing behind by which it could be told later. So events of
// such calls taint the instance when they happen, and the next look finds the taint.
package drift
