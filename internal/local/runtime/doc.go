// Package runtime runs Lambda functions as real processes on this machine: it
// unpacks a package once per version, starts its bootstrap, and serves it the
// Lambda Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
//
// As on AWS a process works on one request at a time and waits for the next one
// when it is done; its start, time-out, exit and panic are reported in AWS's
// words. Unlike there, nothing confines it: it sees this machine's files and
// network, has as much memory as it takes, and no layers or extensions.
//
// On Linux the kernel kills every function when this process dies. Elsewhere a
// function ends by itself, when its next call to the Runtime API fails.
package runtime
