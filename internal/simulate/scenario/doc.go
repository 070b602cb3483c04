// Package scenario is what a release is rehearsed in, as people write it: a file
// (see [Read]) or a few words on a command line ([Scenario.SetRequests],
// [Scenario.Fault], …), which describe the same simulated world, and the alarms in it.
//
// In a file rates and shares are 0–1 and times are periods; on a command line rates
// are percent and times durations, which must be whole periods.
package scenario
