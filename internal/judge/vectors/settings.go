package vectors

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
)

// settings are what a vector can change.
type settings struct {
	parameters evidence.Parameters
	// ratios and shares make the parameters' bets.
	ratios, shares []float64
	// margin (a₁) is that of promotion where a vector gives none.
	margin  float64
	rules   ladder.Rules
	weights []float64 // of the metrics
	length  int       // of a stage, in minutes
	minimum float64   // requests to the canary in a stage
	settle  int       // in minutes
	history []evidence.Past
}

// standard is what holds where the document says nothing else.
func standard() settings {
	s := settings{
		parameters: evidence.Default(), margin: 0.005,
		rules: ladder.Default(), weights: []float64{0.6, 0.4}, length: 4, minimum: 30,
	}
	for _, bet := range s.parameters.Bets {
		s.ratios, s.shares = append(s.ratios, bet.Ratio), append(s.shares, bet.Share)
	}
	return s
}

// A setter takes one setting from the document.
type setter func(s *settings, r *reader, n node)

// parameters are the setters of params_changed and defaults. What needs several
// of them is left to [evidence.Parameters.Check].
var parameters = map[string]setter{
	"rho":   func(s *settings, r *reader, n node) { s.parameters.Ratio = r.number(n, 0) },
	"a":     func(s *settings, r *reader, n node) { s.parameters.Tolerance = r.number(n, 0) },
	"R":     func(s *settings, r *reader, n node) { s.ratios = r.numbers(n, 0) },
	"w":     func(s *settings, r *reader, n node) { s.shares = r.numbers(n, 0) },
	"s0":    func(s *settings, r *reader, n node) { s.parameters.Reserve = r.number(n, 0) },
	"eta":   func(s *settings, r *reader, n node) { s.parameters.Release = r.number(n, 0) },
	"phi":   func(s *settings, r *reader, n node) { s.parameters.Burst = r.number(n, 0) },
	"rho1":  func(s *settings, r *reader, n node) { s.parameters.PromotionRatio = r.number(n, 0) },
	"a1":    func(s *settings, r *reader, n node) { s.margin = r.number(n, 0) },
	"nu":    func(s *settings, r *reader, n node) { s.parameters.PromotionStakes = r.numbers(n, 0) },
	"alpha": func(s *settings, r *reader, n node) { s.rules.Alpha = r.within(n, 0, 1) },
	"beta":  func(s *settings, r *reader, n node) { s.rules.Beta = r.within(n, 0, 1) },
	"rb":    func(s *settings, r *reader, n node) { s.parameters.SettleRatios = r.numbers(n, 0) },
	"kappa": func(s *settings, r *reader, n node) { s.parameters.SettleSlack = r.number(n, 0) },
}

// rules are the setters of engine_changed and engine_defaults.
var rules = map[string]setter{
	"metric_weights": func(s *settings, r *reader, n node) { s.weights = r.weights(n) },
	"stage_max":      func(s *settings, r *reader, n node) { s.length = r.whole(n, 1) },
	"hold":           func(s *settings, r *reader, n node) { s.rules.Hold = r.within(n, 0, math.Inf(1)) },
	"hold_max":       func(s *settings, r *reader, n node) { s.rules.HoldLength = r.whole(n, 0) },
	"strong":         func(s *settings, r *reader, n node) { s.rules.Strong = r.within(n, 0, math.Inf(1)) },
	"n_min":          func(s *settings, r *reader, n node) { s.minimum = r.number(n, 0) },
	"bake_minutes":   func(s *settings, r *reader, n node) { s.settle = r.whole(n, 0) },
	"history":        func(s *settings, r *reader, n node) { s.history = r.history(n) },
}

// defaults reads the document's own defaults. Where they are wrong, ours stand
// in, so that no vector is blamed for them.
func (r *reader) defaults(fields map[string]node) settings {
	before := len(r.problems)
	s := standard()
	r.change(&s, fields["defaults"], parameters)
	r.change(&s, fields["engine_defaults"], rules)
	if len(r.problems) > before {
		return standard()
	}
	return s
}

// changed returns the settings of a vector.
func (r *reader) changed(s settings, fields map[string]node) settings {
	r.change(&s, fields["params_changed"], parameters)
	r.change(&s, fields["engine_changed"], rules)
	return s
}

// change makes the changes of one object, when there is such, and checks what comes of them.
func (r *reader) change(s *settings, n node, setters map[string]setter) {
	if n.text == nil || n.kind() == jsontext.KindNull {
		return
	}
	before := len(r.problems)
	fields := r.object(n)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if set, ok := setters[key]; ok {
			set(s, r, fields[key])
			continue
		}
		r.refuse(fields[key], "there is no such key", "keys are "+strings.Join(slices.Sorted(maps.Keys(setters)), ", "))
	}
	if len(r.problems) == before {
		r.combine(s, n)
	}
}

// combine makes the bets, and checks what several settings say together.
func (r *reader) combine(s *settings, n node) {
	if len(s.history) != 0 && len(s.history) != len(s.weights) {
		r.refuse(n, fmt.Sprintf("history has %d metrics, but metric_weights has %d", len(s.history), len(s.weights)), "give one [BAD, REQUESTS] for each metric")
	}
	if len(s.ratios) != len(s.shares) {
		r.refuse(n, fmt.Sprintf("R has %d ratios, but w has %d shares", len(s.ratios), len(s.shares)), "change both")
		return
	}
	s.parameters.Bets = nil
	for i, ratio := range s.ratios {
		s.parameters.Bets = append(s.parameters.Bets, evidence.Bet{Ratio: ratio, Share: s.shares[i]})
	}
	if err := s.parameters.Check(); err != nil {
		for wrong := range strings.Lines(err.Error()) {
			r.refuse(n, strings.TrimSpace(wrong), "")
		}
	}
}

// metrics are the letters of the metrics' keys in the input of a release.
const metrics = "xyz"

// weights reads the metrics' parts in the average of evidence.
func (r *reader) weights(n node) []float64 {
	before := len(r.problems)
	weights := r.numbers(n, 0)
	if len(r.problems) > before {
		return nil
	}
	sum := 0.0
	for _, weight := range weights {
		sum += weight
	}
	if len(weights) == 0 || len(weights) > len(metrics) {
		r.refuse(n, fmt.Sprintf("has %d weights", len(weights)), fmt.Sprintf("a release has 1 to %d metrics", len(metrics)))
	} else if math.Abs(sum-1) > 1e-9 {
		r.refuse(n, fmt.Sprintf("the weights add up to %v", sum), "they must add up to 1")
	}
	return weights
}

// history reads what stable did before the release.
func (r *reader) history(n node) []evidence.Past {
	if n.kind() == jsontext.KindNull {
		return nil
	}
	var history []evidence.Past
	for _, element := range r.list(n) {
		pair := r.numbers(element, 0)
		if len(pair) != 2 {
			r.refuse(element, "is no pair of numbers", "write [BAD, REQUESTS]")
			continue
		}
		history = append(history, evidence.Past{Bad: pair[0], Requests: pair[1]})
	}
	return history
}
