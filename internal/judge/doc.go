// Package judge says what follows from what was counted: [Judge] takes a
// [Question] and returns a verdict with its evidence.
//
// It is pure. It reads no clock and calls nothing; the same question has the
// same verdict, so any verdict can be recomputed from the ledger. It knows
// nothing of AWS and does not remember: what it must know of the past is in
// the question, and all evidence is reckoned anew from the list of finalised periods.
//
// # What is judged
//
// Alarms come as CloudWatch has them now. One that fires because of the
// canary means rollback at once, in every stage. One that was firing before
// the canary got traffic is judged by difference: what it watches must not be
// worse on the canary than on stable.
//
// Metrics are shares of bad requests. The canary's true share may be ratio × stable's +
// tolerance in every period, whatever stable's is then. Package evidence bets against that: a canary
// for which it is true is rolled back with a probability of at most
// falseRollbackRate, however often somebody looks. The metrics' evidence is averaged, errors
// counting more than slowness; a sentence names a metric's evidence times its
// part in that average, so that the same number is enough whichever metric it is.
//
// While settling there is no control group any more, unless the strategy holds one
// back: then what the canary does with all traffic is held against what the past allows.
//
// # When a step ends
//
// Package ladder has the rules. Fixed steps last exactly as long as the document says,
// and adaptive ones end sooner when every metric is proven good. Evidence of harm that is not
// enough to go back holds a step.
//
// # What is missing
//
// "Could not measure" is not "healthy". Whatever lacks data at the end of a
// step falls under the document's noData policy, which is applied after every
// other rule and therefore never hides a breach.
package judge
