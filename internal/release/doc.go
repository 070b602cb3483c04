// Package release is the domain of Goldfinch: what a release is, how its
// document is read, and the words in which everything else speaks of it.
//
// A release asks for one artifact of one service to be put into one
// environment. It is described by a [Document], moves traffic in [Split]s, is
// judged by [Verdict]s and ends in exactly one [Outcome].
//
// The package performs no I/O and knows nothing of AWS's APIs: reading a
// document takes bytes ([Decode]), filling it in takes nothing else
// ([Default]), and checking it reports every mistake at once ([Validate]).
// [Read] is all three. [NewPlan] tells what a document will do and when, and
// [Schema] describes documents to editors.
package release
