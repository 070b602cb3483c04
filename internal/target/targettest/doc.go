// Package targettest holds the laws that every target obeys, whatever it
// changes and however traffic reaches it. A target's tests call [Run] with a
// [Harness] that builds a small cloud around it; a law that fails names itself.
//
// The laws are those of package target's doc comments. They say nothing of how
// a target does its work, and make no call to a real cloud.
package targettest
