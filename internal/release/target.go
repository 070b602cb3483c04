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
)

// Given are the kinds that the target is of: exactly one, unless the document is wrong.
func (t Target) Given() []string {
	given := map[string]bool{
		kindLambda: t.Lambda != nil, kindALB: t.ALB != nil, kindASG: t.ASG != nil, kindRoute53: t.Route53 != nil, kindAPIGateway: t.APIGateway != nil,
	}
	var kinds []string
	for _, kind := range TargetKinds() {
		if given[kind] {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Kind is the target's kind; empty when it has none, or several.
func (t Target) Kind() string {
	if kinds := t.Given(); len(kinds) == 1 {
		return kinds[0]
	}
	return ""
}
