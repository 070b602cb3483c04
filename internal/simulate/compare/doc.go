// Package compare flies policies through the same worlds and says what became of their
// releases: how many were rolled back, what users suffered, and how long it took.
//
// [Run] compares policies in one world. [Survey] compares them in all worlds of docs/comparison.md,
// which [Survey.Document] writes; everything in it follows from a seed.
package compare
