// Package sns is the local cloud's SNS: it takes messages, logs them, and
// keeps the last of them for those who want to look.
//
// Every topic with a well-formed ARN exists. There are no subscriptions, and
// nothing is delivered.
package sns
