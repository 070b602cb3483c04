// Package fleet makes, tests and deletes versions that are Auto Scaling groups. A version is the number of a launch
// template version; its instances are in a group of its own, cloned from the group that users have now.
//
// Nothing is remembered between calls. A group is found by its tags, a launch template version by its description, and both
// are named after the release or the version, so that whoever comes after a crash finds what is there and goes on.
//
// # Whose groups
//
// A group belongs to the document's service and environment when its tag goldfinch:service is the service, and its tag
// goldfinch:environment is the environment. The user's own first group may lack the second tag: without it, it belongs when it is the one that
// [Options].First names, or is attached to one of [Options].Attached, so that two environments of one service in one account are never mixed up.
// Goldfinch deletes only what it made, which is what has the tag goldfinch:release and the name of its version as well. The user's own group is emptied instead, and
// only when it was attached to the target groups whose traffic the release moved ([Fleet.Replaces]); any other group of the service is left alone.
//
// # What a clone is
//
// A clone has the present size of the original (not the one somebody once wrote into a template), its subnets, health checks, hooks,
// tags, scaling policies, scheduled actions, notifications, metrics, suspended processes and mixed instances. It does not have the original's deletion protection, because
// Goldfinch must be able to delete it, and no target groups but those it is given.
//
// # Floors
//
// While two versions share traffic, each of them has less work than it will have when the other one is gone, and a scaling policy would take
// its instances away. So the minimum of a group that is on trial, and of the one that rollback needs, is its size ([Fleet.Hold]); what it was before
// stands in the tag goldfinch:minimum, and comes back with [Fleet.Free]. Both may still grow.
package fleet
