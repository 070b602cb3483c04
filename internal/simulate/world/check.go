package world

import (
	"errors"
	"fmt"
	"math"
)

// Check returns everything that is wrong with a model, each with its place.
func (m Model) Check() error {
	c := &checker{}
	m.Traffic.check(c.at("traffic"))
	c.atLeast("periodSeconds", m.PeriodSeconds, 0)
	c.require(len(m.Metrics) > 0, "metrics", "there are none; name at least one, such as %s", Errors)
	c.require(m.Delay >= 0, "delay", "is %d; give how many periods pass before counts are complete, at least 0", m.Delay)
	names := map[string]bool{}
	for i, metric := range m.Metrics {
		inside := c.at(fmt.Sprintf("metrics[%d]", i))
		inside.require(metric.Name != "", "name", "is missing; give one")
		inside.require(metric.Name == "" || !names[metric.Name], "name", "is %q, as that of a metric before it; give each another", metric.Name)
		names[metric.Name] = true
		metric.check(inside)
	}
	return errors.Join(c.found()...)
}

func (t Traffic) check(c *checker) {
	kinds := 0
	for _, set := range []bool{t.Constant != 0, t.Daily != nil, len(t.List) > 0} {
		if set {
			kinds++
		}
	}
	c.require(kinds <= 1, "", "has more than one of constant, daily and list; keep one")
	c.atLeast("constant", t.Constant, 0)
	if t.Daily != nil {
		daily := c.at("daily")
		daily.atLeast("mean", t.Daily.Mean, 0)
		daily.between("amplitude", t.Daily.Amplitude, 0, 1)
		daily.between("peakHour", t.Daily.PeakHour, 0, 24)
		daily.between("startHour", t.Daily.StartHour, 0, 24)
	}
	for i, requests := range t.List {
		c.atLeast(fmt.Sprintf("list[%d]", i), requests, 0)
	}
}

func (m Metric) check(c *checker) {
	c.between("base", m.Base, 0, 1)
	c.between("add", m.Add, 0, 1)
	c.require(m.Onset >= 0, "onset", "is %d; give a period, at least 0", m.Onset)
	c.between("fromShare", m.FromShare, 0, 1)
	c.atLeast("noise", m.Noise, 0)
	for i, drift := range m.Drifts {
		drift.check(c.at(fmt.Sprintf("drifts[%d]", i)))
	}
	if m.Bursts != nil {
		c.atLeast("bursts.size", m.Bursts.Size, 1)
		whole := m.Bursts.Geometric || m.Bursts.Size == math.Trunc(m.Bursts.Size)
		c.require(whole, "bursts.size", "is %v; give a whole number, or set geometric", m.Bursts.Size)
	}
}

func (d Drift) check(c *checker) {
	kinds := 0
	if d.Step != nil {
		kinds++
		c.atLeast("step.factor", d.Step.Factor, 0)
	}
	if d.Sine != nil {
		kinds++
		c.between("sine.amplitude", d.Sine.Amplitude, 0, 1)
		c.require(d.Sine.Length > 0 && !math.IsInf(d.Sine.Length, 0), "sine.length", "is %v; give how many periods a swing takes, above 0", d.Sine.Length)
	}
	if d.Ramp != nil {
		kinds++
		c.atLeast("ramp.factor", d.Ramp.Factor, 0)
		c.require(d.Ramp.Length > 0, "ramp.length", "is %d; give how many periods it rises, at least 1", d.Ramp.Length)
	}
	if d.Outage != nil {
		kinds++
		c.between("outage.add", d.Outage.Add, 0, 1)
		c.require(d.Outage.To >= d.Outage.From, "outage.to", "is %d, before its beginning, %d; give the last period of the outage", d.Outage.To, d.Outage.From)
	}
	c.require(kinds == 1, "", "has %d of step, sine, ramp and outage; give one", kinds)
}

// A checker gathers what is wrong, under the path of where it stands.
type checker struct {
	path   string
	errors *[]error
}

// at is the checker of what path holds under name.
func (c *checker) at(name string) *checker {
	if c.errors == nil {
		c.errors = new([]error)
	}
	return &checker{path: join(c.path, name), errors: c.errors}
}

func (c *checker) require(ok bool, name, format string, arguments ...any) {
	if ok {
		return
	}
	inside := c.at(name)
	*inside.errors = append(*inside.errors, fmt.Errorf("%s: "+format, append([]any{inside.path}, arguments...)...))
}

func (c *checker) between(name string, value, low, high float64) {
	c.require(value >= low && value <= high, name, "is %v; give a number from %v to %v", value, low, high)
}

func (c *checker) atLeast(name string, value, low float64) {
	c.require(value >= low && !math.IsInf(value, 0), name, "is %v; give a number, at least %v", value, low)
}

func (c *checker) found() []error {
	if c.errors == nil {
		return nil
	}
	return *c.errors
}

func join(path, name string) string {
	switch {
	case path == "":
		return name
	case name == "":
		return path
	default:
		return path + "." + name
	}
}
