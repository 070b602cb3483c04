// Package flight flies releases through simulated worlds: a [Pilot] is shown
// each period and says which share of traffic the canary gets next, and what
// users suffered meanwhile is counted.
//
// A flight is a function of its settings and its number alone. [Trials] flies many,
// on all cores, and finds the same whatever their order.
package flight
