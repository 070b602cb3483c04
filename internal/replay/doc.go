// Package replay asks again what was asked once: the judge is pure, and the ledger keeps each of
// its questions beside the verdict that it gave, so any release can be judged again without AWS,
// today or years later.
//
// [Replay] holds every verdict of a release to the one that comes out now, byte for byte.
// [Under] asks the same questions under another policy, and finds the first look at which that
// would have led elsewhere.
package replay
