package conformance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"strings"
	"testing"
	"time"
)

// root is the repository's folder.
const root = "../.."

// An installed function is one of Goldfinch's, as the stack has it.
type installed struct {
	// name is what it is called in AWS, folder where its package is.
	name, folder string
	environment  map[string]string
	timeout      time.Duration
	memoryMB     int
}

// An installation is what the tests need of the stack.
type installation struct {
	// definition is the state machine's, with the functions' ARNs filled in.
	definition string
	functions  []installed
}

// synthesise runs the CDK app, for functions that this machine can run.
func synthesise(t *testing.T) installation {
	t.Helper()
	assembly := t.TempDir()
	architecture, ok := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[goruntime.GOARCH]
	if !ok {
		t.Fatalf("Lambda has no architecture %s", goruntime.GOARCH)
	}
	command := exec.CommandContext(t.Context(), "go", "run", "./infra")
	command.Dir = root
	command.Env = append(os.Environ(), "MAKEFLAGS=", "CDK_OUTDIR="+assembly, fmt.Sprintf(`CDK_CONTEXT_JSON={"architecture":%q,"aws:cdk:enable-asset-metadata":true}`, architecture))
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, said)
	}
	data, err := os.ReadFile(filepath.Join(assembly, "Goldfinch.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	stack := template{t: t}
	if err := json.Unmarshal(data, &stack); err != nil {
		t.Fatal(err)
	}
	return installation{definition: stack.definition(), functions: stack.functions(assembly)}
}

// A template is CloudFormation's. What is not in it as the tests expect fails them.
type template struct {
	t         *testing.T
	Resources map[string]resource
}

type resource struct {
	Type       string
	Properties map[string]any
	Metadata   map[string]any
}

// definition is the one state machine's.
func (s template) definition() string {
	s.t.Helper()
	for _, resource := range s.Resources {
		if resource.Type != "AWS::StepFunctions::StateMachine" {
			continue
		}
		text := s.text(resource.Properties["DefinitionString"])
		values, _ := resource.Properties["DefinitionSubstitutions"].(map[string]any)
		for name, value := range values {
			text = strings.ReplaceAll(text, "${"+name+"}", s.text(value))
		}
		return text
	}
	s.t.Fatal("the template has no state machine")
	return ""
}

// functions are those with a name of ours: the CDK may add others.
func (s template) functions(assembly string) []installed {
	s.t.Helper()
	var found []installed
	for _, resource := range s.Resources {
		if resource.Type != "AWS::Lambda::Function" || resource.Properties["FunctionName"] == nil {
			continue
		}
		timeout, _ := resource.Properties["Timeout"].(float64)
		memory, _ := resource.Properties["MemorySize"].(float64)
		function := installed{
			name: s.text(resource.Properties["FunctionName"]), folder: filepath.Join(assembly, s.text(resource.Metadata["aws:asset:path"])),
			environment: map[string]string{}, timeout: time.Duration(timeout) * time.Second, memoryMB: int(memory),
		}
		environment, _ := resource.Properties["Environment"].(map[string]any)
		variables, _ := environment["Variables"].(map[string]any)
		for name, value := range variables {
			function.environment[name] = s.text(value)
		}
		found = append(found, function)
	}
	return found
}

// text is a value as CloudFormation makes it, as far as Goldfinch's template needs that.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
func (s template) text(value any) string {
	s.t.Helper()
	if plain, ok := value.(string); ok {
		return plain
	}
	intrinsic, _ := value.(map[string]any)
	for function, argument := range intrinsic {
		list, _ := argument.([]any)
		switch {
		case function == "Ref":
			return s.reference(argument.(string))
		case function == "Fn::GetAtt" && len(list) == 2 && list[1] == "Arn":
			return s.arn(list[0].(string))
		case function == "Fn::Join" && len(list) == 2:
			var parts []string
			for _, part := range list[1].([]any) {
				parts = append(parts, s.text(part))
			}
			return strings.Join(parts, list[0].(string))
		case function == "Fn::Sub":
			return placeholder.ReplaceAllStringFunc(argument.(string), func(found string) string { return s.reference(found[2 : len(found)-1]) })
		}
	}
	s.t.Fatalf("the template has a value that this test can't make: %v", value)
	return ""
}

var placeholder = regexp.MustCompile(`\$\{[A-Za-z0-9:]+\}`)

// reference is what Ref gives: a pseudo parameter, or what a resource is known by.
func (s template) reference(id string) string {
	s.t.Helper()
	pseudo := map[string]string{"AWS::Partition": "aws", "AWS::Region": region, "AWS::AccountId": accountID, "AWS::URLSuffix": "amazonaws.com"}
	if value, ok := pseudo[id]; ok {
		return value
	}
	switch resource := s.Resources[id]; resource.Type {
	case "AWS::Lambda::Version":
		function := s.text(resource.Properties["FunctionName"])
		return functionARN(function) + ":1" // the first of a new installation
	case "AWS::Lambda::Function":
		return s.text(resource.Properties["FunctionName"])
	default:
		s.t.Fatalf("the template refers to %s (%s), which this test can't resolve", id, resource.Type)
		return ""
	}
}

func (s template) arn(id string) string {
	s.t.Helper()
	if kind := s.Resources[id].Type; kind != "AWS::Lambda::Function" {
		s.t.Fatalf("the template wants the ARN of %s (%s), which this test can't make", id, kind)
	}
	return functionARN(s.reference(id))
}

func functionARN(name string) string {
	return "arn:aws:lambda:" + region + ":" + accountID + ":function:" + name
}
