package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

// The root of the repository, seen from here.
const root = "../.."

// committed reads a file of the repository's root.
func committed(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(root + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheCommittedTemplateIsTheCDKApps(t *testing.T) {
	t.Chdir(root)
	// What is in the packages makes no difference to the template.
	t.Setenv("GOLDFINCH_ASSETS", emptyPackages(t))
	synthesised, err := synthesise(t.Context(), []string{"make", "--silent", "cdk-app"})
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := render(synthesised)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile("template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(stored), "\n"), strings.Split(string(rendered), "\n")); diff != "" {
		t.Errorf("template.yaml is stale: run `make template` (-committed +rendered)\n%s", diff)
	}
}

// emptyPackages is a folder with a package for each function that does nothing.
func emptyPackages(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	entries, err := os.ReadDir("functions")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if err := os.Mkdir(folder+"/"+entry.Name(), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(folder+"/"+entry.Name()+"/bootstrap", nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// accepted are the rules of cfn-lint that may speak up, each with the reason.
var accepted = map[string]string{}

// cfn-lint applies the SAM transformation first, so it also holds the template to that.
func TestTheFieldsLinterAcceptsTheTemplate(t *testing.T) {
	t.Parallel()
	linter, err := peer.Tool("cfn-lint")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), linter, "--format", "json", "--include-checks", "I", "--", root+"/template.yaml")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	runErr := command.Run() // its exit code says only that there are findings
	var findings []struct {
		Rule     struct{ Id string }
		Message  string
		Location struct{ Path []any }
	}
	if err := json.Unmarshal(stdout.Bytes(), &findings); err != nil {
		t.Fatalf("%v: %v\n%s%s", runErr, err, stdout.String(), stderr.String())
	}
	heard := map[string]bool{}
	for _, finding := range findings {
		heard[finding.Rule.Id] = true
		if accepted[finding.Rule.Id] == "" {
			t.Errorf("%s %v: %s", finding.Rule.Id, finding.Location.Path, finding.Message)
		}
	}
	for rule := range accepted {
		if !heard[rule] {
			t.Errorf("rule %s is accepted, and finds nothing", rule)
		}
	}
}

func TestAMarkerWithoutAParameterIsRefused(t *testing.T) {
	t.Parallel()
	marker := parameters[3].marker
	template := `{"Resources":{"Role":{"Type":"AWS::IAM::Role","Properties":{"Description":"bounded by ` + marker + `"}}}}`
	if out, err := render([]byte(template)); err == nil {
		t.Errorf("rendered:\n%s", out)
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, resource, want string }{
		{
			"a name is the parameter",
			`{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"name-of-the-installation-outcomes"}}`,
			`{"Type":"AWS::SNS::Topic","Properties":{"TopicName":{"Fn::Sub":"${Name}-outcomes"}}}`,
		},
		{
			"the name alone is a reference",
			`{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"name-of-the-installation"}}`,
			`{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":{"Ref":"Name"}}}`,
		},
		{
			"joined parts are one text, and what looks like a reference stays what it is",
			`{"Type":"AWS::IAM::Policy","Properties":{"A":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":${x}:name-of-the-installation/",{"Fn::GetAtt":["R","Arn"]}]]},"B":{"Fn::Join":[",",["a","b"]]}}}`,
			`{"Type":"AWS::IAM::Policy","Properties":{"A":{"Fn::Sub":"arn:${AWS::Partition}:${!x}:${Name}/${R.Arn}"},"B":{"Fn::Join":[",",["a","b"]]}}}`,
		},
		{
			"a boundary is left out where none is given",
			`{"Type":"AWS::IAM::Role","Properties":{"PermissionsBoundary":"arn:aws:iam::000000000000:policy/permissions-boundary-of-the-installation"}}`,
			`{"Type":"AWS::IAM::Role","Properties":{"PermissionsBoundary":{"Fn::If":["HasPermissionsBoundary",{"Ref":"PermissionsBoundary"},{"Ref":"AWS::NoValue"}]}}}`,
		},
		{
			"a role that is named is the parameter",
			`{"Type":"AWS::IAM::Policy","Properties":{"Resource":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::role/stack-role-of-the-installation"]]}}}`,
			`{"Type":"AWS::IAM::Policy","Properties":{"Resource":{"Fn::Sub":"arn:${AWS::Partition}:iam::role/${StackRole}"}}}`,
		},
		{
			"nobody is subscribed where no address is given",
			`{"Type":"AWS::SNS::Subscription","Properties":{"Protocol":"email","Endpoint":"notification@email.of-the-installation"}}`,
			`{"Type":"AWS::SNS::Subscription","Condition":"HasNotificationEmail","Properties":{"Protocol":"email","Endpoint":{"Ref":"NotificationEmail"}}}`,
		},
		{
			"logs are kept as long as the parameter says",
			`{"Type":"AWS::Logs::LogGroup","Properties":{"RetentionInDays":3653}}`,
			`{"Type":"AWS::Logs::LogGroup","Properties":{"RetentionInDays":{"Ref":"LogRetentionDays"}}}`,
		},
		{
			"a function that nobody names a version of publishes none",
			`{"Type":"AWS::Lambda::Function","Metadata":{"aws:cdk:path":"x"},"Properties":{"Code":{"S3Bucket":"b","S3Key":"k"},"Architectures":["arm64"],"ReservedConcurrentExecutions":5,"TracingConfig":{"Mode":"Active"},"Tags":[{"Key":"colour","Value":"yellow"}],"Handler":"bootstrap"}}`,
			`{"Type":"AWS::Serverless::Function","Properties":{"CodeUri":".","Architectures":[{"Ref":"Architecture"}],"ReservedConcurrentExecutions":{"Fn::If":["ReservesConcurrency",5,{"Ref":"AWS::NoValue"}]},"Tracing":"Active","Tags":{"colour":"yellow"},"Handler":"bootstrap"},"Metadata":{"BuildMethod":"makefile"}}`,
		},
		{
			"the workflow stays in its file",
			`{"Type":"AWS::StepFunctions::StateMachine","Properties":{"DefinitionString":"{}","RoleArn":"r","StateMachineType":"STANDARD","Tags":[{"Key":"colour","Value":"yellow"}]}}`,
			`{"Type":"AWS::Serverless::StateMachine","Properties":{"DefinitionUri":"internal/workflow/release.asl.json","Role":"r","Type":"STANDARD","Tags":{"colour":"yellow"}}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rendered := renderedResources(t, `{"Resources":{"It":`+test.resource+`}}`)
			var want any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, rendered["It"]); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAVersionOfTheCDKIsOneOfSAM(t *testing.T) {
	t.Parallel()
	rendered := renderedResources(t, `{"Resources":{
		"BakeFunction":{"Type":"AWS::Lambda::Function","Properties":{"Handler":"bootstrap"}},
		"BakeFunctionCurrentVersion0123":{"Type":"AWS::Lambda::Version","Properties":{"FunctionName":{"Ref":"BakeFunction"}}},
		"Alarm":{"Type":"AWS::CloudWatch::Alarm","Properties":{"AlarmDescription":{"Ref":"BakeFunctionCurrentVersion0123"}}}}}`)
	if _, ok := rendered["BakeFunctionCurrentVersion0123"]; ok || len(rendered) != 2 {
		t.Errorf("the CDK's version is still there: %v", rendered)
	}
	properties := rendered["BakeFunction"].(map[string]any)["Properties"].(map[string]any)
	if properties["AutoPublishAlias"] != "live" || properties["AutoPublishAliasAllProperties"] != true {
		t.Errorf("the function publishes no version: %v", properties)
	}
	alarm := rendered["Alarm"].(map[string]any)["Properties"]
	if diff := cmp.Diff(map[string]any{"AlarmDescription": map[string]any{"Ref": "BakeFunction.Version"}}, alarm); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// renderedResources are the resources of a rendered template, as JSON has them.
func renderedResources(t *testing.T, synthesised string) map[string]any {
	t.Helper()
	text, err := render([]byte(synthesised))
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var template struct{ Resources map[string]any }
	if err := json.Unmarshal(asJSON, &template); err != nil {
		t.Fatal(err)
	}
	return template.Resources
}
