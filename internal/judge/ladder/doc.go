// Package ladder decides from evidence how traffic climbs: when a rung may be left,
// when it is held, and when everything goes back. It is arithmetic on numbers; the
// judge puts sentences, documents and people around it.
//
// [Rules.Decide] is the whole decision of one tick. [Release] plays a release from
// beginning to end, period by period, for simulations and reference vectors.
package ladder
