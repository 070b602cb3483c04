package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// Config is what differs between installations: the CDK's context values,
// decoded and checked. docs/context.md explains each to people.
type config struct {
	// Name begins every name in AWS: "goldfinch-intake", "goldfinch-outcomes".
	Name string
	// Account and Region pin the installation; empty ones are those of whoever deploys.
	Account, Region string
	// Architecture is that of every function.
	Architecture architecture
	// LogRetentionDays is how long every log group keeps its lines.
	LogRetentionDays int
	// ArtifactRetentionDays is how long the artifact bucket keeps what was overwritten or deleted.
	ArtifactRetentionDays int
	// PermissionsBoundary is the ARN of the managed policy that bounds every role; empty is none.
	PermissionsBoundary string
	// Subnets and SecurityGroups put the functions into a VPC; both or neither.
	Subnets, SecurityGroups []string
	// ArtifactBucket is the name of an existing bucket; empty makes one.
	ArtifactBucket string
	// KMSKey is the ARN of an existing key for all that is stored; empty leaves it to keys of AWS.
	KMSKey string
	// ReservedConcurrency keeps room in the account for what brings a release home.
	ReservedConcurrency bool
	// NotificationEmail is told of outcomes and alarms; empty is nobody.
	NotificationEmail string
	// SweepMinutes is the time between two sweeps.
	SweepMinutes int
	// DriftMinutes is the time between two looks for drift; 0 is never.
	DriftMinutes int
	// EvaluateLive is how often what is live is evaluated: "hourly", "daily" or "never".
	EvaluateLive string
	// Targets are the kinds of targets that releases have.
	Targets []string
	// HostedZones are the ids of the zones of Route 53 whose records releases change.
	HostedZones []string
	// InstanceRoles and StackRoles are the names, with their paths, of roles that are passed on to EC2 and Auto
	// Scaling, and to CloudFormation. One that ends in an asterisk is all that begin so.
	InstanceRoles, StackRoles []string
	// Pipeline is the pipeline from a commit to its release; nil is none.
	Pipeline *pipelineConfig
}

// A pipelineConfig says where the commits come from.
type pipelineConfig struct {
	// Connection is the ARN of the connection to the host of the repository.
	Connection string
	// Repository is OWNER/NAME.
	Repository string
	// Branch is the branch whose commits are released.
	Branch string
}

// An architecture is that of Lambda's processors, by Lambda's name.
type architecture string

// goName is what Go calls it.
func (a architecture) goName() string {
	if a == "x86_64" {
		return "amd64"
	}
	return string(a)
}

// A contextValue is one thing that `--context KEY=VALUE`, or the "context" of
// cdk.json, can set.
type contextValue struct {
	key string
	// form says what to write; it ends the message about a value that is not so.
	form string
	// missing is the value when none is given; "" sets nothing.
	missing string
	// set puts a value into the config; false when it is not of the form.
	set func(c *config, value string) bool
}

// contextValues are all there are, in the order of docs/context.md.
var contextValues = []contextValue{
	{"name", "1 to 32 lower-case letters, digits and hyphens, a letter first", "goldfinch",
		matching(`[a-z][a-z0-9-]{0,30}[a-z0-9]|[a-z]`, func(c *config) *string { return &c.Name })},
	{"account", "the 12 digits of an AWS account", "",
		matching(`[0-9]{12}`, func(c *config) *string { return &c.Account })},
	{"region", "an AWS Region, such as eu-central-1", "",
		matching(`[a-z]{2}(-[a-z]+)+-[0-9]`, func(c *config) *string { return &c.Region })},
	{"architecture", "arm64 or x86_64", "arm64", func(c *config, value string) bool {
		c.Architecture = architecture(value)
		return value == "arm64" || value == "x86_64"
	}},
	{"logRetentionDays", "a number of days that CloudWatch Logs knows: " + spoken(logRetentions), "90",
		number(func(days int) bool { return slices.Contains(logRetentions, days) }, func(c *config) *int { return &c.LogRetentionDays })},
	{"artifactRetentionDays", "a number of days from 1 to 3650", "90",
		number(func(days int) bool { return 1 <= days && days <= 3650 }, func(c *config) *int { return &c.ArtifactRetentionDays })},
	{"permissionsBoundary", "the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME", "",
		matching(`arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]{1,512}`, func(c *config) *string { return &c.PermissionsBoundary })},
	{"vpcSubnets", "the ids of subnets, subnet-…, separated by commas", "",
		list(`subnet-[0-9a-f]{8,17}`, func(c *config) *[]string { return &c.Subnets })},
	{"vpcSecurityGroups", "the ids of one to five security groups, sg-…, separated by commas", "",
		list(`sg-[0-9a-f]{8,17}`, func(c *config) *[]string { return &c.SecurityGroups })},
	{"artifactBucket", "the name of an S3 bucket", "",
		matching(`[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]`, func(c *config) *string { return &c.ArtifactBucket })},
	{"kmsKey", "the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID", "",
		matching(`arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,256}`, func(c *config) *string { return &c.KMSKey })},
	{"reservedConcurrency", "true or false", "true", func(c *config, value string) bool {
		c.ReservedConcurrency = value == "true"
		return value == "true" || value == "false"
	}},
	{"notificationEmail", "an e-mail address", "",
		matching(`[^@\s]+@[^@\s]+\.[^@\s]+`, func(c *config) *string { return &c.NotificationEmail })},
	{"sweepMinutes", "a number of minutes from 1 to 5", "2",
		number(func(minutes int) bool { return 1 <= minutes && minutes <= 5 }, func(c *config) *int { return &c.SweepMinutes })},
	{"drift", "a number of minutes from 5 to 1440, or never", "15", func(c *config, value string) bool {
		if value == "never" {
			return true
		}
		return number(func(minutes int) bool { return 5 <= minutes && minutes <= 1440 }, func(c *config) *int { return &c.DriftMinutes })(c, value)
	}},
	{"evaluateLive", "hourly, daily or never", "hourly", func(c *config, value string) bool {
		c.EvaluateLive = value
		return value == "hourly" || value == "daily" || value == "never"
	}},
	{"targets", "kinds of targets, separated by commas: " + strings.Join(access.Kinds(), ", "), strings.Join(access.Kinds(), ","),
		list(strings.Join(access.Kinds(), "|"), func(c *config) *[]string { return &c.Targets })},
	{"hostedZones", "the ids of hosted zones, Z…, separated by commas", "",
		list(`Z[A-Z0-9]{1,31}`, func(c *config) *[]string { return &c.HostedZones })},
	{"instanceRoles", "the names of roles, with their paths and perhaps an asterisk at the end, separated by commas", "",
		list(roleNames, func(c *config) *[]string { return &c.InstanceRoles })},
	{"stackRoles", "the names of roles, with their paths and perhaps an asterisk at the end, separated by commas", "",
		list(roleNames, func(c *config) *[]string { return &c.StackRoles })},
	{"pipelineConnection", "the ARN of a connection, arn:aws:codeconnections:REGION:ACCOUNT:connection/ID", "",
		matching(`arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[A-Za-z0-9-]+`, func(c *config) *string { return &c.pipeline().Connection })},
	{"pipelineRepository", "a repository, OWNER/NAME", "",
		matching(`[\w.-]+(/[\w.-]+)+`, func(c *config) *string { return &c.pipeline().Repository })},
	{"pipelineBranch", "the name of a branch; main if the pipeline has no other", "",
		matching(`[\w./-]{1,255}`, func(c *config) *string { return &c.pipeline().Branch })},
}

// logRetentions are the days that a log group can keep its lines
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html).
var logRetentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// roleNames are names of roles as IAM has them (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html),
// without the comma, which separates them here.
const roleNames = `[\w+=.@/-]{1,512}\*?`

// configOf reads the app's context. Its error names every mistake, a line each.
func configOf(app awscdk.App) (config, error) {
	given, _ := app.Node().GetAllContext(nil).(map[string]any)
	return decode(given)
}

// decode reads context values as the CDK has them: text from the command
// line, anything of JSON from cdk.json. Keys with a punctuation mark belong to
// the CDK; of all others it knows those of contextValues.
func decode(given map[string]any) (config, error) {
	var c config
	var mistakes []string
	refuse := func(key, what, mend string) {
		mistakes = append(mistakes, fmt.Sprintf("context value %s: %s; %s", key, what, mend))
	}
	for _, value := range contextValues {
		text, ok := value.missing, true
		if one, present := given[value.key]; present {
			text, ok = textOf(one)
		}
		if text == "" && ok {
			continue
		}
		if !ok || !value.set(&c, text) {
			refuse(value.key, fmt.Sprintf("is %s", quoted(given[value.key])), "write "+value.form)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		known := slices.ContainsFunc(contextValues, func(value contextValue) bool { return value.key == key })
		if !known && !strings.ContainsAny(key, ":@/") {
			refuse(key, "there is no such value", nearest(key))
		}
	}
	if (len(c.Subnets) == 0) != (len(c.SecurityGroups) == 0) {
		refuse("vpcSubnets, vpcSecurityGroups", "one is given without the other", "give both, or neither for functions outside of a VPC")
	}
	if len(c.SecurityGroups) > 5 {
		refuse("vpcSecurityGroups", fmt.Sprintf("names %d security groups", len(c.SecurityGroups)), "name at most five")
	}
	if c.Pipeline != nil && (c.Pipeline.Connection == "" || c.Pipeline.Repository == "") {
		refuse("pipelineConnection, pipelineRepository, pipelineBranch", "are not enough for a pipeline", "give the connection and the repository, or none of the three for no pipeline")
	}
	if c.Pipeline != nil && c.Pipeline.Branch == "" {
		c.Pipeline.Branch = "main"
	}
	if len(mistakes) > 0 {
		return config{}, fmt.Errorf("%s\ndocs/context.md explains every context value", strings.Join(mistakes, "\n"))
	}
	return c, nil
}

// pipeline is there as soon as something of it is given.
func (c *config) pipeline() *pipelineConfig {
	if c.Pipeline == nil {
		c.Pipeline = &pipelineConfig{}
	}
	return c.Pipeline
}

// textOf is a value as the command line would have it: lists with commas.
func textOf(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case bool, float64, int:
		return fmt.Sprint(value), true
	case []any:
		var texts []string
		for _, one := range value {
			text, ok := one.(string)
			if !ok {
				return "", false
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, ","), true
	default:
		return "", false
	}
}

// quoted shows a value in a message.
func quoted(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%v", value)
	}
	return string(text)
}

// nearest says how to mend a key that nobody knows.
func nearest(key string) string {
	best, distance := "", len(key)/3+2
	for _, value := range contextValues {
		if d := levenshtein.ComputeDistance(strings.ToLower(key), strings.ToLower(value.key)); d < distance {
			best, distance = value.key, d
		}
	}
	if best == "" {
		return "leave it out"
	}
	return "write " + best
}

// matching sets a text that is wholly of a pattern.
func matching(pattern string, field func(*config) *string) func(*config, string) bool {
	whole := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(c *config, value string) bool {
		*field(c) = value
		return whole.MatchString(value)
	}
}

// number sets a whole number that is allowed.
func number(allowed func(int) bool, field func(*config) *int) func(*config, string) bool {
	return func(c *config, value string) bool {
		return json.Unmarshal([]byte(value), field(c)) == nil && allowed(*field(c))
	}
}

// list sets texts that are wholly of a pattern, separated by commas.
func list(pattern string, field func(*config) *[]string) func(*config, string) bool {
	whole := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(c *config, value string) bool {
		for one := range strings.SplitSeq(value, ",") {
			one = strings.TrimSpace(one)
			*field(c) = append(*field(c), one)
			if !whole.MatchString(one) {
				return false
			}
		}
		return true
	}
}

// spoken lists numbers for people.
func spoken(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, one := range numbers {
		texts[i] = fmt.Sprint(one)
	}
	return strings.Join(texts, ", ")
}
