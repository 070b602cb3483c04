package release

// Bounds of what is done about drift.
const (
	mostAtOnce  = 100
	mostRepeats = 100
)

func (v *validation) drift() {
	const path = "drift"
	drift := v.given.Drift
	v.word(path+".routing", drift.Routing, DriftReport, DriftPause, DriftRestore)
	v.word(path+".instances", drift.Instances, DriftReport, DriftReplace)
	if drift.Instances == DriftReplace {
		switch kind := v.given.Target.Kind(); kind {
		case kindLambda, kindAPIGateway:
			v.reject(path+".instances", drift.Instances, "leave it out", "%s has no instances to replace", aTarget(kind))
		case kindRoute53:
			v.reject(path+".instances", drift.Instances, "leave it out", "the instances of %s are its stack's, which Goldfinch does not look into", aTarget(kind))
		}
	}
	v.number(path+".atOnce", drift.AtOnce, 1, mostAtOnce)
	if floor := drift.HealthyPercent; floor != nil && !(*floor >= 0 && *floor <= 100) {
		v.reject(path+".healthyPercent", *floor, "it is a percent: write 90 for nine of ten", "must be between 0 and 100")
	}
	v.number(path+".repeats", drift.Repeats, 1, mostRepeats)
}
