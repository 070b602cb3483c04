// Package judge says what follows from what was counted: [Judge] takes a
// [Question] and returns a verdict with its evidence.
//
// It is pure. It reads no clock and calls nothing; the same question has the
// same verdict, so any verdict can be recomputed from the ledger. It knows
// nothing of AWS and does not remember: what it must know of the past is in
// the question.
//
// # What is judged
//
// Alarms come as CloudWatch has them now. One that fires because of the
// canary means rollback at once, in every stage. One that was firing before
// the canary got traffic is judged by difference: what it watches must not be
// worse on the canary than on stable.
//
// Metrics are shares of bad requests. The canary's share, over all finalised
// periods since it got traffic, may exceed stable's by the metric's tolerance.
// While settling there is no control group any more: the canary's share since
// then is held against what stable did while it was one.
//
// Two things make a breach: the share is above the limit, and chance is a poor
// explanation of that (see [Question] and the constant chance in this package's
// source). One unlucky request therefore never decides.
//
// # What is missing
//
// "Could not measure" is not "healthy". Whatever lacks data at the end of a
// step falls under the document's noData policy, which is applied after every
// other rule and therefore never hides a breach.
package judge
