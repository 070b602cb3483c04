package policy

import (
	"math"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

// A Deployment is AWS CodeDeploy's: traffic moves by the clock, and alarms stop it.
//
// The share is First in the beginning and grows by Step every Every minutes until it is 1.
// At the end of each minute the alarms are looked at; one that fires sends everything back.
// An alarm of the alias is looked at before the first minute too, and refuses the deployment,
// which counts as a rollback.
type Deployment struct {
	// First is the canary's share in the beginning, Step by how much it grows.
	First float64 `json:"first"`
	Step  float64 `json:"step,omitempty"`
	// Every is after how many minutes it grows; 0 for a deployment that shifts everything at once.
	Every int `json:"every,omitempty"`
	// Bake is for how many minutes after that the alarms still roll back, as with ECS.
	Bake int `json:"bake,omitempty"`
	// Alarms stop it.
	Alarms []Alarm `json:"alarms"`
}

type deploymentPilot struct {
	course
	Deployment
	delay    int
	readings [][]reading // of each alarm
	waiting  []ladder.Period
}

func (d Deployment) launch(briefing *flight.Briefing) flight.Pilot {
	p := &deploymentPilot{course: begin(d.First), Deployment: d, delay: briefing.Model.Delay, readings: make([][]reading, len(d.Alarms))}
	if slices.ContainsFunc(d.Alarms, func(a Alarm) bool { return a.Of == Alias }) {
		for _, period := range recent(briefing, evaluationRange+p.delay) {
			p.see(period)
		}
	}
	p.decide()
	return p
}

// recent are so many minutes before the release, apart from those of the other releases that share a history.
func recent(briefing *flight.Briefing, minutes int) []ladder.Period {
	history := briefing.History()
	end := len(history) - briefing.Number*minutes
	return history[end-minutes : end]
}

func (p *deploymentPilot) Tick(period ladder.Period) flight.Outcome {
	if p.over() { // before it began
		return p.outcome
	}
	p.ticks++
	p.see(period)
	p.decide()
	return p.outcome
}

// steps is how often the share grows.
func (d Deployment) steps() int {
	if d.Every == 0 {
		return 0
	}
	return int(math.Round((1 - d.First) / d.Step))
}

// decide says what comes next.
func (p *deploymentPilot) decide() {
	steps := p.steps()
	grown := steps
	if p.Every > 0 {
		grown = min(p.ticks/p.Every, steps)
	}
	switch {
	case slices.ContainsFunc(p.readings, firing):
		p.rollBack()
	case p.ticks >= p.Every*steps+p.Bake:
		p.complete()
	case grown == steps:
		p.promote()
	default:
		p.share = p.First + float64(grown)*p.Step
	}
}

// see passes a minute on to the alarms when CloudWatch shows it.
func (p *deploymentPilot) see(period ladder.Period) {
	p.waiting = append(p.waiting, period)
	if len(p.waiting) <= p.delay {
		return
	}
	for i, alarm := range p.Alarms {
		p.readings[i] = append(p.readings[i], alarm.read(p.waiting[0]))
	}
	p.waiting = p.waiting[1:]
}
