// Package rehearsal releases in a simulated world with everything real but the
// traffic and the time: the state machine, its handlers, the ledger and the judge run on the embedded
// engine and a virtual clock, as they would for the very release document.
//
// Every flight has an engine of its own with the user's function in it: an alias and
// the version that is stable, with a day of metrics before the first shift. The release changes the
// alias, the world's requests follow the alias as it really stands, period by period, and the
// local CloudWatch shows their metrics as late as the world's delay says.
//
// # What is made up
//
//   - The artifact is a package without meaning; its verify checks get the answers that they expect.
//   - AWS answers at once, so that the first shift falls on the beginning of a period.
//   - Every alarm that the document names is the scenario's; see [scenario.Alarm].
//   - Whoever must approve does so within a period.
//
// A flight is a function of its settings and its number. It draws the same chances as
// the flight of that number of package flight, which flies the judge alone.
package rehearsal
