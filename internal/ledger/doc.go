// Package ledger is the durable record of every release, lease and split that
// was ever intended, in one DynamoDB table. It decides nothing: it keeps what
// the workflow writes, and refuses a write from somebody whose time is over.
//
// # Leases and fences
//
// One release at a time may change a service in an environment. It holds a
// [Lease] with a fence: a number that grows with every new owner and never
// shrinks. Every write names its owner and fence, so an old owner that wakes up
// cannot write after a newer one. A lease that has expired is not taken
// silently: [Ledger.Acquire] reports it, the caller recovers the dead release,
// and [Ledger.TakeOver] hands its lease on, on the condition that owner, fence and
// end are those that the caller has judged: an owner who renews meanwhile keeps it.
//
// # Calling again
//
// Every method may be called again with the same arguments after an error that
// left open whether it took effect: it then finds its own effect, and nothing is doubled.
//
// # Errors
//
// Errors say what the ledger was doing. A [release.Failure] in their tree
// classifies those that the workflow must tell apart: KindConflict when the
// lease is lost, KindTransient when another copy of the handler changed the
// record first (read it again), KindRefused when the lock is held ([HeldError])
// or the release's id is taken. Throttling and faults of DynamoDB are not classified.
//
// # Keys
//
// The table has a partition key pk and a sort key sk, both strings. All reads are
// strongly consistent, and there are no indexes. S/E is SERVICE/ENVIRONMENT.
//
//	pk             sk                      what
//	service#S/E    lock                    owner, release, fence, since, until, active; person, when a person locked it
//	service#S/E    stable                  the stable version
//	service#S/E    rejected#IDENTITY       an artifact that was rolled back: release, reason
//	service#S/E    queue#ID                a release that waits for its turn: at
//	service#S/E    release#CREATED#ID      one per release; CREATED has nanoseconds, so that keys sort by time
//	service#S/E    evaluation#SCHEDULED    a verdict on the live version, without a release; SCHEDULED as CREATED
//	release#ID     record                  the release: record, revision, sequence (of its last entry), change (digest of the last one)
//	release#ID     entry#SEQUENCE          a line of its timeline: service, environment, and of the last one outcome and
//	                                       goingBackSince; SEQUENCE has twelve digits
//	release#ID     signal#SIGNAL           a signal, consumed once it has been acted on
//	release#ID     token                   the task token that a signal will answer
//	active         S/E                     exists exactly while a lease is held
//	services       S/E                     exists once there was a release
//
// Records, entries, signals, evaluations and stable versions are kept as JSON text in the attribute
// "value"; what conditions name has an attribute of its own. DynamoDB's limit of
// 400 KB for an item holds for each.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
//
// # What expires
//
// Entries, signals, task tokens and evaluations have the time to live attribute
// [ExpiresAttribute], which is [Retention] after they were written, and are deleted some
// time after that. Nothing of a release that runs can be among them: it would have to be
// older than a year, and no execution of Step Functions is; a document's timeouts.release is 300 days at most.
//
// All else stays: records and the index of releases, so that what was ever released can be
// told without its timeline; stable and rejected versions and locks, which decide about
// releases to come; and queues and active leases, which are deleted when they are over.
//
// # The stream
//
// Entries and evaluations are written once and never changed, so that their insertion, in the
// order of the table's stream, is what there is to tell ([IsNews], [ReadLine], [ReadEvaluation]).
// Deletions by time to live are in that stream, too, and are no news.
package ledger
