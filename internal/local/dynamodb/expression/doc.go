// Package expression is DynamoDB's expression language: conditions (of writes,
// filters and keys), updates and projections.
//
// An expression is parsed once ([ParseCondition], [ParseUpdate],
// [ParseProjection]) and is immutable: it may be used by several goroutines, with another
// [Scope] each time. [Scope.Check] must come before anything is evaluated; it finds every mistake
// that does not depend on an item. Errors are ValidationExceptions in DynamoDB's words.
//
// Items must be normalised (package attribute), and so must a scope's values.
// Nothing here changes an item that it was given.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
package expression
