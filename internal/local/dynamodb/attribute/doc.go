// Package attribute is DynamoDB's values: which are valid, when two are equal,
// which is greater, how large each is, and how they are written as JSON.
//
// Values and items here are the SDK's. Those that [Normalize] and [NormalizeItem] return
// have numbers in DynamoDB's own notation and share nothing with their argument; the
// other functions expect such values.
//
// The rules are those of
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
// and https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
package attribute
