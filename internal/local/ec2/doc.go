// Package ec2 is the local cloud's Amazon EC2: launch templates, machine images
// with their snapshots, tags, and instances that a [Runner] runs. Its errors
// have AWS's codes.
//
// An image's ImageLocation is "s3://bucket/key" of the user's program, and an
// instance is that program. There are no networks, disks or instance types:
// what a launch template says of them is kept and told, and has no effect.
//
// As in AWS, a new image may be unknown for a moment
// ([Options.VisibleAfter]), a client token makes a creation idempotent, and
// what a running instance was launched from may be deregistered under it.
package ec2
