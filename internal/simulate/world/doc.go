// Package world is the simulated world of a release: how many requests arrive, how
// many of them are bad on either version, and what goes wrong on the way.
//
// A [Model] is data. A [World] draws periods from it:
//
//	N(t)      requests in period t, from the model's traffic
//	canary    ~ Poisson(N·w), stable ~ Poisson(N·(1−w)), where w is the canary's share
//	p_s(t)    a metric's base rate × its steps, sines and ramps + its outages, at most 1
//	p_c(t)    p_s(t) + what the canary adds, at most 1
//	bad       ~ Binomial(requests, p × noise), or in bursts
//
// Periods are numbered from the first shift on, 0, 1, …. What comes before is the past, in which
// nothing drifts. Everything is drawn from one source of chance: the same seed gives the same world.
package world
