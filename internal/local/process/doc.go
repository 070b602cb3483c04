// Package process is Goldfinch's background process on a developer's machine:
// the local engine on the wall clock, with real function processes, a front
// door on one loopback port, and the operator behind it.
//
// Everything it keeps is in one folder (.goldfinch): state.db, the packages, the
// unpacked functions, the log, alarms.yaml (written by people), and local.json,
// which says where the process answers and holds the token for asking it.
package process
