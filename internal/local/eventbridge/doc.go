// Package eventbridge is the local cloud's default event bus: rules are Go values.
package eventbridge
