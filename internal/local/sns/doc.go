// Package sns is the local cloud's SNS: it takes messages, logs them, and keeps the last of them. It has no subscriptions and delivers nothing.
package sns
