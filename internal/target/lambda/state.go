package lambda

import (
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// isInvocable reports whether a version that was ready once can be given traffic
// now. One that was idle for long is Inactive; Lambda wakes it when it is
// invoked, and it is Pending until then, as a version is that was never ready; see
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html . A state
// that AWS may add is none of those that keep a version from taking traffic.
func isInvocable(version types.FunctionConfiguration) bool {
	switch version.State {
	case types.StateFailed, types.StateActiveNonInvocable, types.StateDeactivating, types.StateDeactivated, types.StateDeleting:
		return false
	case types.StatePending:
		return version.StateReasonCode != types.StateReasonCodeCreating
	default:
		return true
	}
}
