// Package program is what it takes to run a user's program on this machine: looking whether it can
// run here, unpacking it, ending it with whoever started it, and reading the metrics that it prints.
//
// A package is a zip file whose top has an executable named bootstrap, as AWS Lambda's are. The local cloud's instances run the same.
package program
