package release

// An Outcome is how a release ended. A release has exactly one.
type Outcome string

// The five outcomes.
const (
	// Promoted: the new version has all traffic and has settled.
	Promoted Outcome = "promoted"
	// RolledBack: all traffic is on the version that was stable before.
	RolledBack Outcome = "rolled-back"
	// Aborted: a person said so; all traffic is on the version that was stable before.
	Aborted Outcome = "aborted"
	// Refused: no traffic was moved.
	Refused Outcome = "refused"
	// FailedDirty: traffic is not where it should be, and a human must look.
	FailedDirty Outcome = "failed-dirty"
)

// Exit codes of the command line.
const (
	ExitPromoted = 0
	ExitError    = 1
	ExitUsage    = 2
	ExitTimedOut = 7
)

// ExitCode is what the command line exits with when it has waited for a
// release that ended so. A release that has not ended has ExitError.
func (o Outcome) ExitCode() int {
	switch o {
	case Promoted:
		return ExitPromoted
	case RolledBack:
		return 3
	case Aborted:
		return 4
	case Refused:
		return 5
	case FailedDirty:
		return 6
	default:
		return ExitError
	}
}
