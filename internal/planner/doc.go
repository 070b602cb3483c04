// Package planner says what a release would notice, risk, take and cost on a service's
// present traffic, before it begins, and derives steps from a budget of failed requests.
//
// Everything that depends on chance is found by playing the judge's own plan
// ([judge.Ladder]) many times through the world that the service's last day describes: as many
// requests as lately, each metric's bad rate and bursts of the day, and one metric of the new version
// worse from some moment on. Where a probability is promised, the lower limit of its exact 99 % interval
// keeps the promise, and not only its estimate. All chance has fixed seeds: the same document
// and the same day always give the same answer.
//
// What is not in that world, no figure knows of: alarms, approvals that take time, traffic that
// changes, settling. The judge is taken to look once a period, although it looks less often
// in releases that last for many hours.
package planner
