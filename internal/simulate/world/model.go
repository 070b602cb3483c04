package world

// A Model says what a world is like. Rates and shares are 0–1; times are in periods,
// of which the first, 0, begins with the first shift.
type Model struct {
	// Traffic is how many requests arrive in a period, of both versions together.
	Traffic Traffic `json:"traffic"`
	// PeriodSeconds is how long a period is; 0 means 60. Only a daily curve asks.
	PeriodSeconds float64 `json:"periodSeconds,omitempty"`
	// Metrics are counted apart from each other. There is at least one.
	Metrics []Metric `json:"metrics"`
	// Delay is how many periods pass before the counts of one are complete.
	Delay int `json:"delay,omitempty"`
}

// Traffic is how many requests a period has on average; how many they are is
// Poisson-distributed. At most one of its fields is set; without any there are no requests.
type Traffic struct {
	// Constant is the same in every period.
	Constant float64 `json:"constant,omitempty"`
	// Daily rises and falls with the hour.
	Daily *Daily `json:"daily,omitempty"`
	// List has one number for each period. It begins anew at its end, and before its beginning.
	List []float64 `json:"list,omitempty"`
}

// Daily is traffic of Mean × (1 + Amplitude × cos(2π (hour − PeakHour)/24)) requests a period.
type Daily struct {
	Mean float64 `json:"mean"`
	// Amplitude is 0–1.
	Amplitude float64 `json:"amplitude"`
	// PeakHour is the hour of most traffic, StartHour that of the first shift; 0–24.
	PeakHour  float64 `json:"peakHour"`
	StartHour float64 `json:"startHour"`
}

// A Metric is one way in which requests are bad, independent of the others.
type Metric struct {
	Name string `json:"name"`
	// Base is stable's bad rate.
	Base float64 `json:"base"`
	// Add is what the canary adds to it from the period Onset on; the sum is at most 1.
	Add   float64 `json:"add,omitempty"`
	Onset int     `json:"onset,omitempty"`
	// FromShare is the canary's share from which on it adds: for damage that shows only under load.
	FromShare float64 `json:"fromShare,omitempty"`
	// Drifts change the rate of both versions alike: the product of all factors, then the sum of all outages.
	Drifts []Drift `json:"drifts,omitempty"`
	// Bursts make failures come together. Without it they are independent.
	Bursts *Bursts `json:"bursts,omitempty"`
	// Noise is the coefficient of variation of a factor of mean 1, gamma-distributed, by which each
	// version's rate is multiplied anew in each period; 0 means none.
	Noise float64 `json:"noise,omitempty"`
}

// A Drift is one of its fields.
type Drift struct {
	Step   *Step   `json:"step,omitempty"`
	Sine   *Sine   `json:"sine,omitempty"`
	Ramp   *Ramp   `json:"ramp,omitempty"`
	Outage *Outage `json:"outage,omitempty"`
}

// A Step multiplies the rate by Factor from the period From on.
type Step struct {
	Factor float64 `json:"factor"`
	From   int     `json:"from"`
}

// A Sine multiplies the rate by 1 + Amplitude × sin(2π t/Length).
type Sine struct {
	// Amplitude is 0–1, Length how many periods a swing takes.
	Amplitude float64 `json:"amplitude"`
	Length    float64 `json:"length"`
}

// A Ramp multiplies the rate by what rises from 1 in the period From to Factor after Length periods, evenly, and stays.
type Ramp struct {
	Factor float64 `json:"factor"`
	From   int     `json:"from,omitempty"`
	Length int     `json:"length"`
}

// An Outage adds Add to the rate in the periods From to To, both included.
type Outage struct {
	Add  float64 `json:"add"`
	From int     `json:"from"`
	To   int     `json:"to"`
}

// Bursts say how failures come together: a rate p is still the share of requests that fail.
type Bursts struct {
	// Size is how many fail together: exactly, in groups of neighbours that fail as a whole with
	// probability p, or on average, where Geometric.
	Size      float64 `json:"size"`
	Geometric bool    `json:"geometric,omitempty"`
}

// The names of the metrics that every service has.
const (
	Errors = "errors"
	Slow   = "slow"
)

// slowBase is how many requests are slow in a steady world.
const slowBase = 0.005

// Steady is a world of constant traffic in which errors have that base rate, to
// which the canary adds, and 0.5 % of all requests are slow on both versions. The delay is 1.
func Steady(requests, base, add float64) Model {
	return Model{
		Traffic: Traffic{Constant: requests},
		Metrics: []Metric{{Name: Errors, Base: base, Add: add}, {Name: Slow, Base: slowBase}},
		Delay:   1,
	}
}

// Tested is the index of the metric that the canary is worse in: the first to which it adds, or 0.
func (m Model) Tested() int {
	for i, metric := range m.Metrics {
		if metric.Add > 0 {
			return i
		}
	}
	return 0
}
