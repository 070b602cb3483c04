package release

import (
	"slices"
	"strings"
)

// wholeShare is the percent of a rung that is all of it.
const wholeShare = 100

// defaultAudience gives every rung that says no share all of its people.
func defaultAudience(rungs []Audience) []Audience {
	rungs = slices.Clone(rungs)
	for i := range rungs {
		fill(&rungs[i].Share, wholeShare)
	}
	return rungs
}

// afterAudience are the steps of a strategy, after one for each rung of its audience: weight 0, the rung's wait, name and
// share. The steps behind them keep the last rung's people, all of them. Steps that name an audience are written out
// already. Without steps the rungs are all there is; a ladder that can't be one, or that stands
// before steps that depend on traffic, stays as it is, for [Validate] to report.
func afterAudience(strategy Strategy) []Step {
	unnamed := func(rung Audience) bool { return rung.Name == "" }
	forms := strategyForms(strategy)
	if len(strategy.Audience) == 0 || slices.ContainsFunc(strategy.Audience, unnamed) || slices.ContainsFunc(strategy.Steps, Step.forAudience) ||
		len(forms) > 1 || len(forms) == 1 && len(strategy.Steps) == 0 {
		return slices.Clone(strategy.Steps)
	}
	var steps []Step
	for _, rung := range strategy.Audience {
		step := Step{Wait: rung.Wait, Audience: rung.Name}
		if rung.Share != wholeShare {
			step.Share = rung.Share
		}
		steps = append(steps, step)
	}
	last := strategy.Audience[len(strategy.Audience)-1].Name
	for _, step := range strategy.Steps {
		if step.Approve == nil {
			step.Audience = last
		}
		steps = append(steps, step)
	}
	return steps
}

// forAudience reports whether the step says who gets the canary whatever the weight, as only those do that are written out.
func (s Step) forAudience() bool { return s.Audience != "" || s.Share != 0 }

// isRung reports whether the step is a rung of the audience, before all weights.
func (s Step) isRung() bool { return s.forAudience() && s.Weight == 0 && s.Approve == nil }

// beforeAudience undoes [afterAudience].
func beforeAudience(steps []Step) []Step {
	var plain []Step
	for _, step := range steps {
		if step.isRung() {
			continue
		}
		step.Audience, step.Share = "", 0
		plain = append(plain, step)
	}
	return plain
}

// String says in one phrase who is meant: "header X-Staff: yes".
func (m Match) String() string {
	either := func(values []string) string { return strings.Join(values, " or ") }
	named := func(kind string, values NamedValues) string {
		return kind + " " + values.Name + ": " + either(values.Values)
	}
	switch {
	case m.Header != nil:
		return named("header", *m.Header)
	case m.Cookie != nil:
		return named("cookie", *m.Cookie)
	case m.Query != nil:
		return named("query", *m.Query)
	case len(m.Path) > 0:
		return "path " + either(m.Path)
	case len(m.Source) > 0:
		return "source " + either(m.Source)
	case len(m.Country) > 0:
		return "country " + either(m.Country)
	case m.Flag != nil && m.Flag.Rule != "":
		return "flag " + m.Flag.Flag + " of " + m.Flag.Profile + ": " + m.Flag.Rule
	case m.Flag != nil:
		return "flag " + m.Flag.Flag + " of " + m.Flag.Profile + ", whoever they are"
	default:
		return "nobody"
	}
}
