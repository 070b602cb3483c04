package release

// APIVersion is the only document version that this Goldfinch reads.
const APIVersion = "goldfinch/v1"

// A Document describes one release. Its first five keys are a whole document;
// [Default] fills in the others.
//
// The same document is written as YAML in a repository and as JSON when it is
// the input of the workflow's execution.
type Document struct {
	// APIVersion is always "goldfinch/v1".
	APIVersion string `json:"apiVersion" jsonschema:"enum=goldfinch/v1"`
	// Service names what is released. With Environment it is what a lock is taken on.
	Service string `json:"service" jsonschema:"minLength=1,maxLength=40,pattern=^[a-z0-9][a-z0-9-]*$,example=echo"`
	// Environment names where it is released to.
	Environment string `json:"environment" jsonschema:"minLength=1,maxLength=40,pattern=^[a-z0-9][a-z0-9-]*$,example=production"`
	// Artifact is what is released.
	Artifact Artifact `json:"artifact"`
	// Target is what is changed, and how traffic reaches it.
	Target Target `json:"target"`
	// Strategy is how traffic moves.
	Strategy Strategy `json:"strategy,omitzero"`
	// Verify lists the checks made on the offline version before it gets traffic.
	Verify []Check `json:"verify,omitempty"`
	// Analysis is how the canary is judged.
	Analysis Analysis `json:"analysis,omitzero"`
	// Timeouts bound the phases of the release.
	Timeouts Timeouts `json:"timeouts,omitzero"`
	// Notify lists who is told how the release ended.
	Notify []Notification `json:"notify,omitempty"`
	// Drift is what is done when something else runs than was released.
	Drift Drift `json:"drift,omitzero"`
	// Request says who asked for the release, and why. The command line and
	// the triggers fill it in; a file leaves it out.
	Request Request `json:"request,omitzero"`
}

// An Artifact is the immutable thing to release: exactly one of Package,
// Container, AMI and Image. A document may write a package as a plain string. In the ledger, an image
// that is baked has its AMI too.
type Artifact struct {
	// Package is a function package: a local path, or "s3://bucket/key".
	Package string `json:"package,omitempty" jsonschema:"minLength=1,example=build/echo.zip,example=s3://bucket/echo.zip"`
	// Container is an image reference by digest.
	Container string `json:"container,omitempty" jsonschema:"pattern=@sha256:[0-9a-f]{64}$"`
	// AMI is an Amazon Machine Image id.
	AMI string `json:"ami,omitempty" jsonschema:"pattern=^ami-[0-9a-f]{8}([0-9a-f]{9})?$"`
	// Image is a golden image that EC2 Image Builder bakes, unless it has been baked of the same inputs before.
	Image *Image `json:"image,omitempty"`
	// SHA256 is the hexadecimal SHA-256 of the package: 64 lower-case digits. Without
	// it, a package in S3 is taken as it is found.
	SHA256 string `json:"sha256,omitempty" jsonschema:"pattern=^[0-9a-fA-F]{64}$"`
	// VersionID is the package's S3 object version.
	VersionID string `json:"versionId,omitempty"`
}

// An Image is a golden Amazon Machine Image, by what it is baked of.
type Image struct {
	// Pipeline is the ARN of the EC2 Image Builder pipeline.
	Pipeline string `json:"pipeline" jsonschema:"pattern=^arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:[0-9]{12}:image-pipeline/[a-z0-9_-]+$"`
	// Commit is the source commit that the image is made of.
	Commit string `json:"commit,omitempty" jsonschema:"maxLength=128"`
	// Inputs are whatever else the image depends on and the pipeline's recipe does not name, such as the version of a package.
	Inputs map[string]string `json:"inputs,omitempty"`
	// Accounts are those of other environments, which may launch the image too.
	Accounts []string `json:"accounts,omitempty" jsonschema:"uniqueItems=true"`
}

// A Target is what a release changes: exactly one of its fields is set.
type Target struct {
	// Lambda releases a function by moving the weights of an alias.
	Lambda *LambdaTarget `json:"lambda,omitempty"`
	// ALB releases instances behind an Application Load Balancer, by the weights of two target groups.
	ALB *ALBTarget `json:"alb,omitempty"`
	// ASG releases instances by the share that each version has of them.
	ASG *ASGTarget `json:"asg,omitempty"`
	// Route53 releases a whole stack, by weighted DNS records.
	Route53 *Route53Target `json:"route53,omitempty"`
	// APIGateway releases a function behind a REST API, by the canary of a stage.
	APIGateway *APIGatewayTarget `json:"apigateway,omitempty"`
	// Custom is a target that is none of Goldfinch's own: a build of Goldfinch that does not know its kind refuses it.
	Custom *CustomTarget `json:"custom,omitempty"`
}

// A CustomTarget is a target of a package that somebody has added.
type CustomTarget struct {
	// Kind is the name that the package has in the table of kinds.
	Kind string `json:"kind" jsonschema:"minLength=1,maxLength=40,pattern=^[a-z0-9][a-z0-9-]*$"`
	// Settings are what the package wants to know.
	Settings any `json:"settings,omitempty"`
}

// A LambdaTarget is a Lambda function whose callers use an alias.
type LambdaTarget struct {
	// Function is the function's name (not its ARN).
	Function string `json:"function" jsonschema:"minLength=1,maxLength=64,pattern=^[a-zA-Z0-9_-]*$,example=echo"`
	// Alias is the name of the alias that callers use.
	Alias string `json:"alias" jsonschema:"minLength=1,maxLength=128,pattern=^[0-9]*[a-zA-Z_-][a-zA-Z0-9_-]*$,example=live"`
	// KeepVersions is how many published versions retire keeps, 2–100; default 10.
	KeepVersions int `json:"keepVersions,omitempty" jsonschema:"minimum=2,maximum=100,default=10"`
	// UnqualifiedCallers says what to do about callers of the function without
	// a qualifier, who would get the new code before any test: "refuse"
	// (default) or "warn".
	UnqualifiedCallers string `json:"unqualifiedCallers,omitempty" jsonschema:"enum=refuse,enum=warn,default=refuse"`
	// RestoreLatest puts the stable version's code back on $LATEST after a
	// rollback; default false, because $LATEST takes no traffic.
	RestoreLatest bool `json:"restoreLatest,omitempty" jsonschema:"default=false"`
}

// What LambdaTarget.UnqualifiedCallers may say.
const (
	RefuseUnqualifiedCallers = "refuse"
	WarnUnqualifiedCallers   = "warn"
)

// An ALBTarget is instances behind a listener of an Application Load Balancer. Its versions are those of a launch
// template, each with an Auto Scaling group of its own, attached to one of a pair of target groups.
type ALBTarget struct {
	// Listener is the ARN of the listener that users' requests come to.
	Listener string `json:"listener" jsonschema:"pattern=^arn:aws[a-z-]*:elasticloadbalancing:"`
	// Rule is the ARN of the listener's rule whose weights are moved; left out, its default action.
	Rule string `json:"rule,omitempty" jsonschema:"pattern=^arn:aws[a-z-]*:elasticloadbalancing:"`
	// TargetGroups are the ARNs of the pair: one has the stable version, the other is idle.
	TargetGroups []string `json:"targetGroups" jsonschema:"minItems=2,maxItems=2,uniqueItems=true"`
	// Test is how a new version is reached before users reach it; left out, its checks are made on no version.
	Test *ALBTest `json:"test,omitempty"`
	// AudiencePriority is the first of the priorities that rules for audiences get, 1–49900; default 1000.
	AudiencePriority int `json:"audiencePriority,omitempty" jsonschema:"minimum=1,maximum=49900,default=1000"`
}

// An ALBTest is a way to a version that has no traffic: a listener of its own, or a header's value.
type ALBTest struct {
	// Listener is the ARN of a listener that gets a last rule before its default action, which leads to the new version while it is tested.
	Listener string `json:"listener,omitempty" jsonschema:"pattern=^arn:aws[a-z-]*:elasticloadbalancing:"`
	// Header, with Value, is a header by which requests on the users' own listener reach the new version while it is tested.
	Header string `json:"header,omitempty" jsonschema:"maxLength=40"`
	// Value is the header's value: a secret of a kind, so that nobody finds it by accident.
	Value string `json:"value,omitempty" jsonschema:"maxLength=128"`
	// URL is where checks go: scheme, host and port; left out, the load balancer's DNS name and the listener's port.
	URL string `json:"url,omitempty" jsonschema:"format=uri"`
}

// An ASGTarget is instances in one target group. Its versions are those of a launch template.
type ASGTarget struct {
	// Group is the name of the Auto Scaling group that is replaced (instance refresh), or that the first release
	// clones (groups).
	Group string `json:"group" jsonschema:"minLength=1,maxLength=255"`
	// TargetGroup is the ARN of the target group that all versions' instances are in.
	TargetGroup string `json:"targetGroup" jsonschema:"pattern=^arn:aws[a-z-]*:elasticloadbalancing:"`
	// Mode is "groups" (default: a new group beside the old one) or "instanceRefresh" (AWS's own rolling update of one group).
	Mode string `json:"mode,omitempty" jsonschema:"enum=groups,enum=instanceRefresh,default=groups"`
	// TestPort is the port at which checks reach an instance by its private address; left out, the target group's.
	TestPort int `json:"testPort,omitempty" jsonschema:"minimum=1,maximum=65535"`
	// Metrics are what instances count by themselves: a load balancer does not tell apart the versions in one target group.
	Metrics GroupMetrics `json:"metrics,omitzero"`
}

// What ASGTarget.Mode may say.
const (
	ModeGroups          = "groups"
	ModeInstanceRefresh = "instanceRefresh"
)

// GroupMetrics are what instances publish to CloudWatch with dimensions AutoScalingGroupName, or
// LaunchTemplateVersion where one group has both versions (instance refresh).
type GroupMetrics struct {
	// Namespace is the CloudWatch namespace; default "Goldfinch/Instances".
	Namespace string `json:"namespace,omitempty" jsonschema:"maxLength=255,default=Goldfinch/Instances"`
	// Requests is the name of the count of requests; default "Requests".
	Requests string `json:"requests,omitempty" jsonschema:"maxLength=255,default=Requests"`
	// Errors is the name of the count of those that failed; default "Errors".
	Errors string `json:"errors,omitempty" jsonschema:"maxLength=255,default=Errors"`
	// Duration is the name of the time that each took, in milliseconds; default "Duration".
	Duration string `json:"duration,omitempty" jsonschema:"maxLength=255,default=Duration"`
}

// A Route53Target is a whole CloudFormation stack per release, whose endpoint has one of the weighted records of a name.
// Its versions are the set identifiers of those records.
type Route53Target struct {
	// HostedZone is the id of the hosted zone.
	HostedZone string `json:"hostedZone" jsonschema:"pattern=^Z[A-Z0-9]+$"`
	// Record is the name that users look up, such as app.example.com.
	Record string `json:"record" jsonschema:"minLength=1,maxLength=255"`
	// Type is the records' type: A (default), AAAA or CNAME.
	Type string `json:"type,omitempty" jsonschema:"enum=A,enum=AAAA,enum=CNAME,default=A"`
	// TTL is for how long resolvers keep an answer, of records that are no aliases; default 60s.
	TTL Duration `json:"ttl,omitempty" jsonschema:"default=60s"`
	// MaxRollback is how long a rollback may take until the last resolver has heard of it; default 5m.
	MaxRollback Duration `json:"maxRollback,omitempty" jsonschema:"default=5m"`
	// Template is the CloudFormation template of the stack: "s3://bucket/key", or a local path, which deploy uploads.
	Template string `json:"template" jsonschema:"minLength=1"`
	// Parameters are the template's, beside those that Goldfinch gives.
	Parameters map[string]string `json:"parameters,omitempty"`
	// ImageParameter is the template's parameter that gets the AMI's id; default ImageId.
	ImageParameter string `json:"imageParameter,omitempty" jsonschema:"default=ImageId"`
	// ReleaseParameter is the template's parameter that gets the release's id; default Release.
	ReleaseParameter string `json:"releaseParameter,omitempty" jsonschema:"default=Release"`
	// Capabilities are what the stack may do, such as CAPABILITY_IAM.
	Capabilities []string `json:"capabilities,omitempty"`
	// Role is the ARN of the role with which CloudFormation makes the stack.
	Role string `json:"role,omitempty" jsonschema:"pattern=^arn:aws[a-z-]*:iam::"`
	// Outputs are the names of the template's outputs that Goldfinch reads.
	Outputs StackOutputs `json:"outputs,omitzero"`
}

// What Route53Target.Type may say.
const (
	RecordA     = "A"
	RecordAAAA  = "AAAA"
	RecordCNAME = "CNAME"
)

// StackOutputs are the names of a stack's outputs.
type StackOutputs struct {
	// Endpoint is the DNS name (or, for A and AAAA without EndpointHostedZone, the address) that the record leads to; default Endpoint.
	Endpoint string `json:"endpoint,omitempty" jsonschema:"default=Endpoint"`
	// EndpointHostedZone is the hosted zone of the endpoint, which makes the record an alias; default EndpointHostedZone. The stack need not have it.
	EndpointHostedZone string `json:"endpointHostedZone,omitempty" jsonschema:"default=EndpointHostedZone"`
	// HealthCheck is the id of a health check of the endpoint; default HealthCheck. The stack need not have it.
	HealthCheck string `json:"healthCheck,omitempty" jsonschema:"default=HealthCheck"`
	// LoadBalancer is the load balancer's full name, app/NAME/ID, by which its metrics are found; default LoadBalancer.
	LoadBalancer string `json:"loadBalancer,omitempty" jsonschema:"default=LoadBalancer"`
	// TestURL is where checks go; default TestURL. Without such an output they go to http://ENDPOINT.
	TestURL string `json:"testUrl,omitempty" jsonschema:"default=TestURL"`
}

// An APIGatewayTarget is a Lambda function behind a stage of a REST API. Its versions are deployments of the API, each of
// which leads to one version of the function.
type APIGatewayTarget struct {
	// RestAPI is the id of the REST API. HTTP APIs and WebSocket APIs have no canary.
	RestAPI string `json:"restApi" jsonschema:"pattern=^[a-z0-9]{1\\,64}$,example=a1b2c3d4e5"`
	// Stage is the stage that users call.
	Stage string `json:"stage" jsonschema:"minLength=1,maxLength=128,pattern=^[a-zA-Z0-9_-]+$,example=prod"`
	// Function is the function's name (not its ARN).
	Function string `json:"function" jsonschema:"minLength=1,maxLength=64,pattern=^[a-zA-Z0-9_-]*$,example=echo"`
	// Variable is the stage variable that holds the function's version: the API's integrations invoke
	// FUNCTION:${stageVariables.VARIABLE}; default version.
	Variable string `json:"variable,omitempty" jsonschema:"pattern=^[a-zA-Z0-9_]+$,default=version"`
	// URL is where checks go; left out, the new version of the function is invoked with the event that the API would send.
	URL string `json:"url,omitempty" jsonschema:"format=uri"`
	// KeepVersions is how many published versions of the function, and deployments, retire keeps, 2–100; default 10.
	KeepVersions int `json:"keepVersions,omitempty" jsonschema:"minimum=2,maximum=100,default=10"`
}

// A Strategy is how traffic moves from the stable version to the canary.
// A document gives at most one of Steps, Canary, Linear, Adaptive and Exposure. After
// [Default] it is Steps, followed by an implied step to 100%; those of Adaptive and
// Exposure depend on traffic, and are filled in when the canary begins.
type Strategy struct {
	// Audience is an ordered ladder of who gets the canary before the steps, or instead of them: each
	// rung adds people to those of the rungs before it. After [Default] the rungs are the first of Steps, with a weight of
	// 0; without steps, canary and linear they are all of them, and promotion follows the last rung.
	Audience []Audience `json:"audience,omitempty" jsonschema:"maxItems=10"`
	// Steps is the free form: weights that rise, waits and approvals.
	Steps []Step `json:"steps,omitempty" jsonschema:"minItems=1,maxItems=100"`
	// Canary is shorthand for one step.
	Canary *CanaryStrategy `json:"canary,omitempty"`
	// Linear is shorthand for equal steps.
	Linear *LinearStrategy `json:"linear,omitempty"`
	// Adaptive climbs from a small share, which live traffic decides, on evidence.
	Adaptive *AdaptiveStrategy `json:"adaptive,omitempty"`
	// Exposure derives the steps from how many failed requests a release may cost.
	Exposure *ExposureStrategy `json:"exposure,omitempty"`
	// Settle is how long the old version is kept, and the new one watched,
	// after the new one has all traffic; default 5m in whole periods, and ten periods when Adaptive,
	// but at least Analysis.Delay + 2 periods, so that one of them is counted.
	Settle *Duration `json:"settle,omitempty" jsonschema:"default=5m"`
	// Holdback is the percent of traffic that the old version keeps while settling, so that
	// there is something to compare with; 0 gives the new one all. It may not take away what the last step gave
	// the new one. Default 0; when Adaptive, live traffic
	// decides: 20 from 500 requests a period on, 0 below.
	Holdback *float64 `json:"holdback,omitempty" jsonschema:"minimum=0,maximum=50"`
	// OnNewRelease says what this release does when it finds another release
	// of the same service and environment running: "reject" (default), "queue" or "supersede".
	OnNewRelease string `json:"onNewRelease,omitempty" jsonschema:"enum=reject,enum=queue,enum=supersede,default=reject"`
}

// What Strategy.OnNewRelease may say.
const (
	RejectNewRelease    = "reject"
	QueueNewRelease     = "queue"
	SupersedeOldRelease = "supersede"
)

// A Step either moves traffic and watches it, or waits for a person.
type Step struct {
	// Weight is the canary's percent, above 0 and below 100, with at most two decimals.
	Weight float64 `json:"weight,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=100,example=10"`
	// Wait is how long the weight is watched.
	Wait Duration `json:"wait,omitempty" jsonschema:"example=5m"`
	// Audience is the name of the last rung of strategy.audience whose people get the canary, whatever the weight. [Default]
	// fills it in; a file leaves it out.
	Audience string `json:"audience,omitempty"`
	// Share is the percent of Audience's people that get the canary; 0 means all. [Default] fills it in; a file leaves it out.
	Share float64 `json:"share,omitempty" jsonschema:"minimum=0,exclusiveMaximum=100"`
	// Approve, instead of Weight and Wait, waits for a person while the canary is still watched.
	Approve *Approval `json:"approve,omitempty"`
}

// An Audience is a rung of the ladder: some people, before all others.
type Audience struct {
	// Name is how the rung is reported, such as staff.
	Name string `json:"name" jsonschema:"minLength=1,maxLength=40,pattern=^[a-z0-9][a-z0-9-]*$"`
	// Match says who they are: exactly one of its fields.
	Match Match `json:"match"`
	// Share is the percent of them that get the canary, above 0, with at most two decimals; default 100. From the next rung, or
	// the first step, on they all do.
	Share float64 `json:"share,omitempty" jsonschema:"exclusiveMinimum=0,maximum=100,default=100"`
	// Wait is how long the rung is watched.
	Wait Duration `json:"wait" jsonschema:"example=10m"`
}

// A Match tells an audience's requests from others: exactly one of its fields is set.
type Match struct {
	// Header is a header that has one of some values, in lower or upper case; * and ? are wildcards.
	Header *NamedValues `json:"header,omitempty"`
	// Cookie is a cookie that has one of some values, whole.
	Cookie *NamedValues `json:"cookie,omitempty"`
	// Query is a parameter of the query that has one of some values; * and ? are wildcards.
	Query *NamedValues `json:"query,omitempty"`
	// Path is the paths of the requests; * and ? are wildcards.
	Path []string `json:"path,omitempty" jsonschema:"maxItems=5"`
	// Source is the networks (CIDR) that the requests come from.
	Source []string `json:"source,omitempty" jsonschema:"maxItems=5"`
	// Country is the two-letter codes (ISO 3166-1) of the countries that the requests come from.
	Country []string `json:"country,omitempty" jsonschema:"maxItems=5"`
	// Flag is a rule of an AWS AppConfig feature flag.
	Flag *FlagMatch `json:"flag,omitempty"`
}

// NamedValues are the values that something of a name may have.
type NamedValues struct {
	// Name is the header's, the cookie's or the parameter's.
	Name string `json:"name" jsonschema:"minLength=1,maxLength=40"`
	// Values are those of the audience.
	Values []string `json:"values" jsonschema:"minItems=1,maxItems=5"`
}

// A FlagMatch is a variant of a feature flag in AWS AppConfig, which the service asks for on behalf of its users.
type FlagMatch struct {
	// Application is the id or name of the AppConfig application.
	Application string `json:"application" jsonschema:"minLength=1,maxLength=128"`
	// Environment is the id or name of its environment.
	Environment string `json:"environment" jsonschema:"minLength=1,maxLength=128"`
	// Profile is the id or name of the configuration profile that the flag is in.
	Profile string `json:"profile" jsonschema:"minLength=1,maxLength=128"`
	// Flag is the key of the flag.
	Flag string `json:"flag" jsonschema:"pattern=^[a-z][a-zA-Z0-9_-]{0\\,63}$"`
	// Variant is the name of the variant that the audience gets.
	Variant string `json:"variant" jsonschema:"minLength=1,maxLength=128"`
	// Rule is AppConfig's rule for the variant, such as (eq $plan "paying"); an audience's share is a split of it. Left
	// out, everybody, of whom the audience has a share.
	Rule string `json:"rule,omitempty" jsonschema:"maxLength=1024"`
	// Key is what users are told apart by in a split, such as $userId; needed with a share below 100.
	Key string `json:"key,omitempty" jsonschema:"pattern=^[$][a-zA-Z][a-zA-Z0-9_]*$"`
}

// An Approval waits for a person, for as long as Timeout.
type Approval struct {
	// Timeout is how long to wait; default 1h.
	Timeout Duration `json:"timeout,omitempty" jsonschema:"default=1h"`
	// Otherwise is what happens at the timeout: "abort" (default) or "promote" (goes on with the next step).
	Otherwise string `json:"otherwise,omitempty" jsonschema:"enum=abort,enum=promote,default=abort"`
}

// What Approval.Otherwise may say.
const (
	OtherwiseAbort   = "abort"
	OtherwisePromote = "promote"
)

// A CanaryStrategy is one step, then 100%.
type CanaryStrategy struct {
	// Weight is the canary's percent, above 0 and below 100, with at most two decimals.
	Weight float64 `json:"weight" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=100,example=10"`
	// Wait is how long the weight is watched.
	Wait Duration `json:"wait" jsonschema:"example=5m"`
}

// A LinearStrategy adds Weight percent every Every, until 100%.
type LinearStrategy struct {
	// Weight is the percent added by each step, above 0 and below 100, with at most two decimals.
	Weight float64 `json:"weight" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=100,example=10"`
	// Every is how long each weight is watched.
	Every Duration `json:"every" jsonschema:"example=1m"`
}

// An AdaptiveStrategy begins with a weight that gives the canary about ten requests a
// period, of as many as the mean of the last 60 periods that had any, and goes on through 2 %, 10 % and 33 % as soon as there is evidence
// that the canary is good, or the rung has lasted its time without evidence of harm.
type AdaptiveStrategy struct {
	// Profile is "default", "careful" (longer rungs, stricter proof) or "fast".
	Profile string `json:"profile,omitempty" jsonschema:"enum=careful,enum=default,enum=fast,default=default"`
}

// What AdaptiveStrategy.Profile may say.
const (
	ProfileCareful = "careful"
	ProfileDefault = "default"
	ProfileFast    = "fast"
)

// An ExposureStrategy bounds what a bad release may cost.
type ExposureStrategy struct {
	// MaxFailedRequests is how many requests the canary may fail, with 95 % probability, before a
	// regression of any size is taken back, at the traffic of the last hour: the mean of the last 60
	// periods, or of all 1,440 where those had no requests; at least 1.
	MaxFailedRequests float64 `json:"maxFailedRequests" jsonschema:"minimum=1,example=50"`
}

// A Check invokes the offline version and compares what comes back. For targets other than lambda it is an HTTP request:
// Payload has method, path, headers and body, and Expect has status, headers and body, each of which may be left out.
type Check struct {
	// Name is how the check is reported; default "check N".
	Name string `json:"name,omitempty"`
	// Payload is the JSON document the version is invoked with.
	Payload any `json:"payload"`
	// Expect is what must come back: every key and value in it must be in the
	// response; keys that it does not name are free. Left out: any response
	// that is not an error.
	Expect any `json:"expect,omitempty"`
}

// An Analysis is how the canary is judged against the stable version.
type Analysis struct {
	// Period is one tick of the judge: the length over which metrics are counted.
	// CloudWatch's metrics of Lambda, load balancers and API Gateway have periods of one minute.
	Period Duration `json:"period,omitempty" jsonschema:"default=1m"`
	// Delay is how many periods pass before a period's evidence is believed, 0–15.
	Delay *int `json:"delay,omitempty" jsonschema:"minimum=0,maximum=15,default=1"`
	// FalseRollbackRate bounds the probability that a release which is no worse than the
	// tolerances allow is rolled back for its metrics, however often they are looked at: 0.0001–0.1; default 0.01.
	FalseRollbackRate *float64 `json:"falseRollbackRate,omitempty" jsonschema:"minimum=0.0001,maximum=0.1,default=0.01"`
	// Alarms names CloudWatch alarms, metric or composite. One that does not exist blocks the release.
	Alarms []string `json:"alarms,omitempty" jsonschema:"maxItems=100,uniqueItems=true"`
	// Metrics are compared between canary and stable over the same periods.
	Metrics *Metrics `json:"metrics,omitempty"`
	// MinimumSamples is how many requests each version must have had before a release goes on because
	// its time is over; default 30, and 10 of Adaptive's profile fast. Going back needs no minimum.
	MinimumSamples *int `json:"minimumSamples,omitempty" jsonschema:"minimum=1,maximum=1000000000,default=30"`
	// NoData is what happens while there are fewer.
	NoData NoData `json:"noData,omitzero"`
}

// Metrics lists what is compared. After [Default], a nil entry is not compared.
type Metrics struct {
	// Errors is the share of invocations that ended in a function error, as
	// Lambda counts them: a returned statusCode of 500 is not one.
	Errors *ErrorMetric `json:"errors,omitempty"`
	// Latency is the share of invocations that took longer than a limit.
	Latency *LatencyMetric `json:"latency,omitempty"`
	// ServerErrors is the share of invocations that the service itself counted
	// as failed, such as HTTP 5xx responses.
	ServerErrors *ServiceMetric `json:"serverErrors,omitempty"`
}

// A Threshold says how much worse than the stable version a canary may truly be: its share
// of bad requests may be Ratio × stable's + Tolerance.
type Threshold struct {
	// Tolerance is by how much the canary's true share of bad requests may exceed Ratio × stable's, 0–1; default 0.0002.
	Tolerance *float64 `json:"tolerance,omitempty" jsonschema:"minimum=0,maximum=1,default=0.0002"`
	// Ratio is how many times stable's share the canary's may truly be, before Tolerance is added;
	// at least 1 and below 1.45; default 1.1.
	Ratio *float64 `json:"ratio,omitempty" jsonschema:"minimum=1,exclusiveMaximum=1.45,default=1.1"`
	// Burst is how many bad requests come together, 1–100, such as the tries of a client that
	// retries; left out, it is estimated from the 1,440 periods before the release.
	Burst *float64 `json:"burst,omitempty" jsonschema:"minimum=1,maximum=100"`
}

// An ErrorMetric compares function errors.
type ErrorMetric struct {
	Threshold
}

// A LatencyMetric compares slow requests.
type LatencyMetric struct {
	// SlowerThan is the duration beyond which a request counts as slow; default 1s.
	SlowerThan Duration `json:"slowerThan,omitempty" jsonschema:"default=1s"`
	Threshold
}

// A ServiceMetric compares a count that the service emits itself, with a
// dimension ExecutedVersion (embedded metric format does this from within a function).
type ServiceMetric struct {
	// Namespace is the CloudWatch namespace.
	Namespace string `json:"namespace" jsonschema:"minLength=1,maxLength=255"`
	// Name is the metric's name; its Sum is the number of failed requests.
	Name string `json:"name" jsonschema:"minLength=1,maxLength=255"`
	Threshold
}

// NoData is what happens while there are fewer samples than the minimum.
type NoData struct {
	// Policy is "hold" (default: wait for more), "pass" (treat as healthy) or "rollback".
	Policy string `json:"policy,omitempty" jsonschema:"enum=hold,enum=pass,enum=rollback,default=hold"`
	// Limit is how long a hold may last, at least Delay + 2 periods; default 30m, or Delay + 3 periods.
	Limit Duration `json:"limit,omitempty" jsonschema:"default=30m"`
	// Then is what happens at the limit: "rollback" (default, reason "inconclusive") or "promote" (goes on).
	Then string `json:"then,omitempty" jsonschema:"enum=rollback,enum=promote,default=rollback"`
}

// What NoData.Policy and NoData.Then may say.
const (
	NoDataHold     = "hold"
	NoDataPass     = "pass"
	NoDataRollback = "rollback"
	NoDataPromote  = "promote"
)

// Timeouts bound the phases of a release.
type Timeouts struct {
	// Bake bounds making the artifact; default 1h.
	Bake Duration `json:"bake,omitempty" jsonschema:"default=1h"`
	// Deploy bounds deploying offline; default 30m.
	Deploy Duration `json:"deploy,omitempty" jsonschema:"default=30m"`
	// Release bounds the whole release, waiting in a queue included; default 24h, or 72 + 4 × Delay periods.
	Release Duration `json:"release,omitempty" jsonschema:"default=24h"`
}

// A Notification is one address that is told the outcome.
type Notification struct {
	// Topic is the ARN of an SNS topic.
	Topic string `json:"topic" jsonschema:"pattern=^arn:aws[a-z-]*:sns:,example=arn:aws:sns:eu-west-1:123456789012:releases"`
}

// Drift is what is done when something else runs than the ledger says. By default it is only reported.
type Drift struct {
	// Routing is what is done when traffic is elsewhere: "report" (default), "pause" (no release of the service begins
	// until a person has looked) or "restore" (traffic goes back where the ledger says).
	Routing string `json:"routing,omitempty" jsonschema:"enum=report,enum=pause,enum=restore,default=report"`
	// Instances is what is done about instances that were changed in place, or are of another image: "report" (default) or "replace".
	Instances string `json:"instances,omitempty" jsonschema:"enum=report,enum=replace,default=report"`
	// AtOnce is how many instances are replaced at once; default 1.
	AtOnce int `json:"atOnce,omitempty" jsonschema:"minimum=1,maximum=100,default=1"`
	// HealthyPercent is the floor: no instance is terminated while fewer percent of the wanted ones would be healthy; default 90.
	// A group of which it allows none gets one more instance for the time.
	HealthyPercent *float64 `json:"healthyPercent,omitempty" jsonschema:"minimum=0,maximum=100,default=90"`
	// Repeats is after how many replacements in a day it is left to a person; default 3.
	Repeats int `json:"repeats,omitempty" jsonschema:"minimum=1,maximum=100,default=3"`
}

// What Drift.Routing and Drift.Instances may say.
const (
	DriftReport  = "report"
	DriftPause   = "pause"
	DriftRestore = "restore"
	DriftReplace = "replace"
)

// A Request says who asked for a release, and why.
type Request struct {
	// By is the person or the system that asked.
	By string `json:"by,omitempty"`
	// Reason is why.
	Reason string `json:"reason,omitempty"`
	// Label is the artifact's label for people, such as "v2".
	Label string `json:"label,omitempty"`
	// Again releases an artifact that was rolled back before; Reason must say why.
	Again bool `json:"again,omitempty"`
	// Version returns to a published version instead of baking an artifact:
	// its steps are skipped, because it was stable before.
	Version string `json:"version,omitempty" jsonschema:"pattern=^[A-Za-z0-9][A-Za-z0-9-]*$"`
	// From is the release whose artifact is taken onward.
	From string `json:"from,omitempty"`
}
