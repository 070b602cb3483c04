// Package chance says how far a simulation's figures can be trusted: exact
// intervals of shares, and intervals of quantiles that assume nothing of what was measured.
//
// A level is a probability below 1, such as 0.95: an interval of that level misses
// the truth in at most 1 − level of all simulations, half of that on each side. A one-sided limit spends all of it on its side.
//
// # Sources
//
//   - C. Clopper, E. Pearson: The use of confidence or fiducial limits illustrated in the
//     case of the binomial, Biometrika 26 (1934), https://doi.org/10.1093/biomet/26.4.404.
//   - H. David, H. Nagaraja: Order Statistics, 3rd edition (2003), section 7.1 (quantiles).
package chance
