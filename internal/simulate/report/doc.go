// Package report says what many rehearsals of a release came to: how releases ended, what
// users suffered and how long it took, with intervals, and what was assumed.
package report
