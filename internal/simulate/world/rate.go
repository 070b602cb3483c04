package world

import "math"

// Requests is how many requests a period has on average, on both versions
// together. Periods before the first shift have negative numbers.
func (m Model) Requests(period int) float64 {
	switch t := m.Traffic; {
	case t.Daily != nil:
		seconds := m.PeriodSeconds
		if seconds == 0 {
			seconds = 60
		}
		hour := t.Daily.StartHour + float64(period)*seconds/3600
		return t.Daily.Mean * (1 + t.Daily.Amplitude*math.Cos(2*math.Pi*(hour-t.Daily.PeakHour)/24))
	case len(t.List) > 0:
		n := len(t.List)
		return t.List[(period%n+n)%n]
	default:
		return t.Constant
	}
}

// StableRate is the bad rate of stable in a period, without noise.
func (m Metric) StableRate(period int) float64 {
	rate := m.Base
	if period < 0 {
		return rate
	}
	for _, drift := range m.Drifts {
		rate *= drift.factor(period)
	}
	for _, drift := range m.Drifts {
		if outage := drift.Outage; outage != nil && period >= outage.From && period <= outage.To {
			rate += outage.Add
		}
	}
	return min(rate, 1)
}

// CanaryRate is the bad rate of the canary in a period in which it has that share of traffic, without noise.
func (m Metric) CanaryRate(period int, share float64) float64 {
	rate := m.StableRate(period)
	if period >= m.Onset && share >= m.FromShare {
		rate += m.Add
	}
	return min(rate, 1)
}

func (d Drift) factor(period int) float64 {
	switch {
	case d.Step != nil && period >= d.Step.From:
		return d.Step.Factor
	case d.Sine != nil:
		return 1 + d.Sine.Amplitude*math.Sin(2*math.Pi*float64(period)/d.Sine.Length)
	case d.Ramp != nil && period >= d.Ramp.From:
		risen := min(float64(period-d.Ramp.From)/float64(d.Ramp.Length), 1)
		return 1 + (d.Ramp.Factor-1)*risen
	default:
		return 1
	}
}
