package targettest

import "testing"

// Run checks every law, each in a world of its own.
func Run(t *testing.T, harness Harness) {
	t.Helper()
	laws := []struct {
		name string
		law  func(t *testing.T, w World)
	}{
		{"split reads where traffic goes", splitReads},
		{"shift reads back what it achieved", shiftReadsBack},
		{"any weight with two decimals comes back, or what is nearest to it", weightsComeBack},
		{"the nearest of a nearest weight is itself", nearestIsNearest},
		{"a shift arrives, with and without its receipt", shiftArrives},
		{"shifting twice is shifting once", shiftTwice},
		{"rolling back before any shift changes nothing", rollBackBeforeShift},
		{"rolling back after a shift gives stable all traffic", rollBackAfterShift},
		{"promoting gives the canary all traffic", promote},
		{"a foreign split is left alone", foreignSplit},
		{"a foreign change between read and write is left alone", foreignBetween},
		{"a foreign change during the check is left alone", foreignDuringCheck},
		{"a failed check prevents the write", checkPrevents},
		{"the check comes after the read", checkAfterRead},
		{"a throttled call may work in a moment", throttled},
		{"touch writes even when traffic is there", touchWrites},
		{"touch defeats a writer that is in flight", touchDefeats},
		{"two shifts at once lose no update", twoAtOnce},
		{"measuring no traffic gives zero counts", measureNothing},
		{"measuring tells the versions apart", measureBoth},
		{"a history of no traffic is a day of zero counts", historyOfNothing},
		{"a history has each period once, oldest first", historyInOrder},
		{"a history is of that version alone when it has any, and ends in time", historyOfOne},
		{"an alarm that does not exist is missing", missingAlarm},
		{"usable tells versions that exist from those that do not", usable},
		{"verify accepts a usable version", verifyUsable},
		{"verify finds a missing version unhealthy", verifyMissing},
		{"bake and deploy are done once", deployTwice},
		{"preflight changes nothing", preflightReads},
		{"preflight refuses traffic that is split already", preflightSplit},
		{"retire deletes nothing that takes traffic or is kept", retire},
		{"retire deletes what had the traffic, where it costs something", retirePrevious},
		{"restore deletes what was not wanted, where it costs something", restore},
	}
	for _, law := range laws {
		t.Run(law.name, func(t *testing.T) {
			t.Parallel()
			law.law(t, harness(t))
		})
	}
}
