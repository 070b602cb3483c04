package scenario

import (
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// SetRequests makes traffic constant: "500/1m", or "500", which is per period.
func (s *Scenario) SetRequests(text string) error {
	requests, err := s.rate(text)
	if err != nil {
		return err
	}
	s.Traffic = world.Traffic{Constant: requests}
	return nil
}

// SetDaily makes constant traffic rise and fall with the hour: "60%@14" swings by 60 % around
// its mean, with the peak at two o'clock, and "60%@14,9" also begins the release at nine; without that it begins at the peak.
func (s *Scenario) SetDaily(text string) error {
	const form = "write it as 60%@14 (swing at the hour of the peak) or 60%@14,9 (and the hour of the release)"
	swing, hours, ok := strings.Cut(text, "@")
	amplitude, err := percent(swing)
	if !ok || err != nil {
		return fmt.Errorf("%q is no daily curve; %s", text, form)
	}
	peakText, startText, given := strings.Cut(hours, ",")
	if !given {
		startText = peakText
	}
	peak, peakErr := number(peakText)
	start, startErr := number(startText)
	if peakErr != nil || startErr != nil || peak > 24 || start > 24 {
		return fmt.Errorf("%q is no daily curve; %s", text, form)
	}
	mean := s.Traffic.Constant
	if s.Traffic.Daily != nil {
		mean = s.Traffic.Daily.Mean
	}
	if len(s.Traffic.List) > 0 {
		return fmt.Errorf("%q makes no sense for traffic that is known period by period; leave one of them out", text)
	}
	s.Traffic = world.Traffic{Daily: &world.Daily{Mean: mean, Amplitude: amplitude, PeakHour: peak, StartHour: start}}
	return nil
}

// SetBase says which share of requests is bad on either version in the metric of that name: "0.1%".
func (s *Scenario) SetBase(metric, text string) error {
	base, err := percent(text)
	if err != nil {
		return err
	}
	s.metric(metric).Base = base
	return nil
}

// Faults are what [Scenario.Fault] understands, with what each means, for a help text.
func Faults() [][2]string {
	return [][2]string{
		{"errors:+2%", "the canary fails 2 % more of its requests"},
		{"latency:+20%", "20 % more of its requests are slow"},
		{"onset:6m", "what the canary does worse begins 6 minutes after the first shift"},
		{"load:33%", "and only while it has at least a third of the traffic"},
		{"outage:+20%@3m-6m", "20 % more of both versions' requests fail for a while"},
		{"drift:x5@4m", "both versions' failures become five times as many; drift:x5@0m-15m: bit by bit"},
		{"wave:80%@10m", "they rise and fall by 80 % every 10 minutes"},
		{"bursts:5", "failures come five at a time; bursts:~5: on average"},
		{"noise:0.5", "each version's share of failures varies from period to period, with this coefficient of variation"},
		{"delay:2", "metrics are complete two periods after the end of a period"},
		{"dead-alarm", "the file's alarms never fire"},
	}
}

// Fault adds a fault; see [Faults]. What both versions suffer are errors; slow requests with their own drifts need a file.
func (s *Scenario) Fault(text string) error {
	kind, value, _ := strings.Cut(text, ":")
	failures := func() *world.Metric { return s.metric(world.Errors) }
	switch kind {
	case "errors":
		return set(value, percent, func(add float64) { failures().Add = add })
	case "latency":
		return set(value, percent, func(add float64) { s.metric(world.Slow).Add = add })
	case "onset":
		return set(value, s.periods, func(onset int) { s.each(func(m *world.Metric) { m.Onset = onset }) })
	case "load":
		return set(value, percent, func(share float64) { s.each(func(m *world.Metric) { m.FromShare = share }) })
	case "outage":
		return set(value, s.outage, func(drift world.Drift) { failures().Drifts = append(failures().Drifts, drift) })
	case "drift":
		return set(value, s.drift, func(drift world.Drift) { failures().Drifts = append(failures().Drifts, drift) })
	case "wave":
		return set(value, s.wave, func(drift world.Drift) { failures().Drifts = append(failures().Drifts, drift) })
	case "bursts":
		return set(value, bursts, func(bursts world.Bursts) { failures().Bursts = &bursts })
	case "noise":
		return set(value, number, func(noise float64) { failures().Noise = noise })
	case "delay":
		return set(value, whole, func(delay int) { s.Delay = delay })
	case "dead-alarm":
		s.DeadAlarm = true
		return nil
	default:
		return fmt.Errorf("there is no fault %q; there are %s", kind, strings.Join(kinds(), ", "))
	}
}

// kinds are the kinds of faults.
func kinds() []string {
	var names []string
	for _, fault := range Faults() {
		name, _, _ := strings.Cut(fault[0], ":")
		names = append(names, name)
	}
	return names
}

// set reads a value and uses it.
func set[T any](text string, read func(string) (T, error), use func(T)) error {
	value, err := read(text)
	if err == nil {
		use(value)
	}
	return err
}

func (s *Scenario) each(change func(*world.Metric)) {
	for i := range s.Metrics {
		change(&s.Metrics[i])
	}
}

func whole(text string) (int, error) {
	value, err := number(text)
	if err != nil || value != float64(int(value)) {
		return 0, fmt.Errorf("%q is no whole number", text)
	}
	return int(value), nil
}

// outage reads "+20%@3m-6m".
func (s *Scenario) outage(text string) (world.Drift, error) {
	size, when, ok := strings.Cut(text, "@")
	if !ok {
		return world.Drift{}, fmt.Errorf("%q is no outage; write it as +20%%@3m-6m", text)
	}
	add, err := percent(size)
	if err != nil {
		return world.Drift{}, err
	}
	from, to, err := s.span(when)
	return world.Drift{Outage: &world.Outage{Add: add, From: from, To: to - 1}}, err
}

// drift reads "x5@4m" and "x5@0m-15m".
func (s *Scenario) drift(text string) (world.Drift, error) {
	size, when, ok := strings.Cut(text, "@")
	times, isFactor := strings.CutPrefix(size, "x")
	factor, err := number(times)
	if !ok || !isFactor || err != nil {
		return world.Drift{}, fmt.Errorf("%q is no drift; write it as x5@4m, or x5@0m-15m", text)
	}
	if !strings.Contains(when, "-") {
		from, err := s.periods(when)
		return world.Drift{Step: &world.Step{Factor: factor, From: from}}, err
	}
	from, to, err := s.span(when)
	return world.Drift{Ramp: &world.Ramp{Factor: factor, From: from, Length: to - from}}, err
}

// wave reads "80%@10m".
func (s *Scenario) wave(text string) (world.Drift, error) {
	size, every, ok := strings.Cut(text, "@")
	if !ok {
		return world.Drift{}, fmt.Errorf("%q is no wave; write it as 80%%@10m", text)
	}
	amplitude, err := percent(size)
	if err != nil {
		return world.Drift{}, err
	}
	length, err := s.periods(every)
	return world.Drift{Sine: &world.Sine{Amplitude: amplitude, Length: float64(length)}}, err
}

// bursts reads "5" and "~5".
func bursts(text string) (world.Bursts, error) {
	mean, geometric := strings.CutPrefix(text, "~")
	size, err := number(mean)
	return world.Bursts{Size: size, Geometric: geometric}, err
}
