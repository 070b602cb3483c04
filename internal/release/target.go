package release

// TargetKinds are the names of the kinds of target, as documents write them.
func TargetKinds() []string { return []string{"lambda", "alb", "asg", "route53", "apigateway"} }

// Given are the kinds that the target is of: exactly one, unless the document is wrong.
func (t Target) Given() []string {
	given := map[string]bool{
		"lambda": t.Lambda != nil, "alb": t.ALB != nil, "asg": t.ASG != nil, "route53": t.Route53 != nil, "apigateway": t.APIGateway != nil,
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
