// Package evidence turns counts of requests into evidence that can be looked at
// as often as one likes: the betting e-processes of the judge. It is pure
// arithmetic and knows no releases, clocks or documents.
//
// # The idea
//
// A game is played against the claim "the canary is acceptable", with an initial
// capital of 1. Each failure of the canary pays, each failure of stable costs, and
// each request to the canary pays rent for the tolerance. The stakes make the game
// unfavourable in every minute in which the claim is true, whatever the base rate is
// then: only how failures split between the two versions counts. By Ville's
// inequality an acceptable canary's capital ever reaches 1/alpha with a probability of
// at most alpha, however often somebody looks and however the rates drift. So a
// capital of 1/alpha is reason to roll back.
//
// Promotion has a game of its own with the roles swapped, and settling, where stable
// has no requests, one against the rate that the past allows.
//
// Everything is kept as natural logarithms, because capital overflows: 500 failures
// in a minute are worth e^1069.
//
// # Sources
//
//   - A. Ramdas, P. Grünwald, V. Vovk, G. Shafer: Game-theoretic statistics and safe
//     anytime-valid inference, https://arxiv.org/abs/2210.01948 (e-processes, Ville's inequality, averages of e-processes).
//   - R. Turner, P. Grünwald: Safe anytime-valid inference for stratified count data,
//     https://arxiv.org/abs/2302.11401 (each minute is a stratum, so a ramp is no Simpson's paradox).
//   - M. Lindon, A. Malek: Anytime-valid inference for multinomial count data,
//     https://arxiv.org/abs/2011.03567 (a time-varying base rate cancels when only the split of failures is used).
package evidence
