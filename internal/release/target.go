package release

// TargetKinds are the names of the kinds of target, as documents write them.
func TargetKinds() []string {
	return []string{kindLambda, kindALB, kindASG, kindRoute53, kindAPIGateway}
}

const (
	kindLambda     = "lambda"
	kindALB        = "alb"
	kindASG        = "asg"
	kindRoute53    = "route53"
	kindAPIGateway = "apigateway"
	// kindCustom stands for every kind that is not one of Goldfinch's own.
	kindCustom = "custom"
)

// Given are the kinds that the target is of: exactly one, unless the document is wrong.
func (t Target) Given() []string {
	given := map[string]bool{
		kindLambda: t.Lambda != nil, kindALB: t.ALB != nil, kindASG: t.ASG != nil, kindRoute53: t.Route53 != nil, kindAPIGateway: t.APIGateway != nil,
		kindCustom: t.Custom != nil,
	}
	var kinds []string
	for _, kind := range append(TargetKinds(), kindCustom) {
		if given[kind] {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Kind is the target's kind, which of a custom one is its own; empty when it has none, or several.
func (t Target) Kind() string {
	kinds := t.Given()
	switch {
	case len(kinds) != 1:
		return ""
	case t.Custom != nil:
		return t.Custom.Kind
	default:
		return kinds[0]
	}
}
