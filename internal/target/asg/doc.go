// Package asg releases instances that are all in one target group. There are two modes; a version is the number of a launch template version
// in both.
//
// # Groups
//
// Each version has an Auto Scaling group of its own, and a split is a share of whole instances. The version with the larger share is the
// one whose group is attached to the target group, so that Auto Scaling registers, heals and scales it as ever; of the other one, whose
// group is attached to nothing, as many instances are registered by their ids as the weight says. So every share of whole instances can be
// had at once, nothing is started or stopped by a shift, and a version that had the traffic is still running, and at its full size, when it is to
// have it again. (Standby would do the same, but takes a group below its minimum, and has Auto Scaling rebalance zones meanwhile.)
//
// Of n instances of the larger version, the smaller one with a weight of w percent gets the whole number nearest to n × w / (100 − w): at least one, at
// most what it has. Up to 50 % all instances of the stable version stay in service, above it all of the canary: the capacity in service
// is never below what it was before.
//
// What is wanted stands in one tag of the target group, [TagSplit], written by one call: that is what Split reads, as long as the target group
// has instances of these two versions alone, and its attachments are as wanted. Anything else is somebody else's change. What
// requests meet, [Target.Arrives] tells. It also does what a shift has to do later: an instance of one version is only taken out when enough of the other are
// healthy in the target group, so that no shift ever leaves less than the document's drift.healthyPercent in service. Where all traffic goes home, that is a share of the stable version's
// instances that are in service, and one healthy instance is enough when the others have had their first health checks: a bad canary never stays because an instance of the stable version can't be had. How far that has come
// stands in the tag [TagArrived].
//
// Nothing that AWS offers takes an instance out on a condition. A handler that stood still for a minute or more between its last look and a call
// that takes the stable version out, while the release went back, takes it out nevertheless; the workflow looks again after [Target.UnlockedFor] and
// puts it back. In between, there may be nobody to answer.
//
// # Instance refresh
//
// One group, and AWS's own rolling update of it: see refresh.go.
package asg
