package cli

import (
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// localTarget is the kind of target that the local process makes by itself, on a function's first release.
const localTarget = "lambda"

// fitsLocalCloud refuses a release for which the local cloud can have nothing: a function is made when it is first
// released, and no command makes the load balancers, groups, zones and APIs that other targets find in an account.
// A kind that isn't Goldfinch's own is the installation's to judge.
func (s *session) fitsLocalCloud(kind string) error {
	if !s.global.local || kind == localTarget || !slices.Contains(release.TargetKinds(), kind) {
		return nil
	}
	return release.Fail(release.KindRefused, "target %s releases into what its owner made in AWS, and the local cloud has nothing of that, nor a command that makes it: with --local, functions alone are released (target lambda)", kind).
		WithHint("to see a release of it on this machine: goldfinch demo --target %s; to try its strategy: goldfinch simulate", kind)
}
