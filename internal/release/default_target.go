package release

import "time"

// What targets leave out.
const (
	defaultKeepVersions     = 10
	defaultAudiencePriority = 1000
	defaultVariable         = "version"
	defaultTTL              = Duration(time.Minute)
	defaultMaxRollback      = Duration(5 * time.Minute)
)

// defaultTarget fills in what the target's kind leaves out. A document of several kinds gets the defaults of each.
func defaultTarget(target Target) Target {
	target.Lambda = completed(target.Lambda, defaultLambda)
	target.ALB = completed(target.ALB, defaultALB)
	target.ASG = completed(target.ASG, defaultASG)
	target.Route53 = completed(target.Route53, defaultRoute53)
	target.APIGateway = completed(target.APIGateway, defaultAPIGateway)
	return target
}

// completed is a copy of what is given, with its defaults; nil stays nil.
func completed[T any](given *T, complete func(*T)) *T {
	if given == nil {
		return nil
	}
	copied := *given
	complete(&copied)
	return &copied
}

func defaultLambda(function *LambdaTarget) {
	fill(&function.KeepVersions, defaultKeepVersions)
	fill(&function.UnqualifiedCallers, RefuseUnqualifiedCallers)
}

func defaultALB(balancer *ALBTarget) {
	fill(&balancer.AudiencePriority, defaultAudiencePriority)
}

func defaultASG(group *ASGTarget) {
	fill(&group.Mode, ModeGroups)
	fill(&group.Metrics.Namespace, "Goldfinch/Instances")
	fill(&group.Metrics.Requests, "Requests")
	fill(&group.Metrics.Errors, "Errors")
	fill(&group.Metrics.Duration, "Duration")
}

func defaultRoute53(records *Route53Target) {
	fill(&records.Type, RecordA)
	fill(&records.TTL, defaultTTL)
	fill(&records.MaxRollback, defaultMaxRollback)
	fill(&records.ImageParameter, "ImageId")
	fill(&records.ReleaseParameter, "Release")
	fill(&records.Outputs.Endpoint, "Endpoint")
	fill(&records.Outputs.EndpointHostedZone, "EndpointHostedZone")
	fill(&records.Outputs.HealthCheck, "HealthCheck")
	fill(&records.Outputs.LoadBalancer, "LoadBalancer")
	fill(&records.Outputs.TestURL, "TestURL")
}

func defaultAPIGateway(api *APIGatewayTarget) {
	fill(&api.Variable, defaultVariable)
	fill(&api.KeepVersions, defaultKeepVersions)
}
