package fleet

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// Stands reports whether the group is there to stay, and is to have instances.
func (g Group) Stands() bool { return g.Exists() && !g.Deleting && g.Desired > 0 }

// Working reports whether the instance is InService, healthy or not.
func (i Instance) Working() bool { return i.State == string(types.LifecycleStateInService) }

// Starting reports whether the instance is about to be InService.
func (i Instance) Starting() bool {
	return strings.HasPrefix(i.State, string(types.LifecycleStatePending)) // and Pending:Wait, and Pending:Proceed
}
