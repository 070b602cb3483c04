// Package cloudwatch is the local cloud's CloudWatch: metrics in memory, and alarms that are evaluated.
package cloudwatch
