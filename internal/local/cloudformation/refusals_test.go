package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// A template of one resource, with a section before it.
func with(section string) string {
	return section + "\nResources: {H: {Type: \"AWS::CloudFormation::WaitConditionHandle\"}}\n"
}

func TestTemplatesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, test := range map[string]struct{ template, part string }{
		"no JSON":                   {`{"Resources":`, "JSON not well-formed"},
		"no YAML":                   {"Resources: [", "YAML not well-formed"},
		"no object":                 {"- a", "unsupported structure"},
		"null in JSON":              {`{"Resources":{"H":{"Type":null}}}`, "[/Resources/H/Type] 'null' values are not allowed"},
		"null in a list of JSON":    {`{"Resources":{"H":{"Type":"x","Properties":{"a":[null]}}}}`, "[/Resources/H/Properties/a/0] 'null' values"},
		"null in YAML":              {"Resources: {H: {Type: }}", "'null' values are not allowed"},
		"null in a list of YAML":    {"Resources: {H: {Type: x, Properties: {a: [~]}}}", "/a/0"},
		"null in a function":        {"Resources: {H: {Type: x, Properties: {a: !Join [~]}}}", "/a/0"},
		"an anchor":                 {"Resources: {H: &x {Type: y}}", "is not allowed"},
		"no resources":              {"Resources: {}", "At least one Resources member"},
		"another version":           {with(`AWSTemplateFormatVersion: "2011"`), "AWSTemplateFormatVersion"},
		"an unknown section":        {with("Weather: {}"), "Invalid template property or properties [Weather]"},
		"a macro":                   {with("Transform: AWS::Serverless-2016-10-31"), "no section Transform"},
		"no object as a section":    {with("Parameters: []"), "[Parameters] must be an object"},
		"no object as a member":     {with("Parameters: {A: x}"), "[/Parameters/A] must be an object"},
		"a bad name":                {with("Parameters: {a_b: {Type: String}}"), "Parameter name a_b is non alphanumeric"},
		"a resource without type":   {"Resources: {H: {}}", "must contain a Type"},
		"an unknown member":         {"Resources: {H: {Type: x, Colour: red}}", "Invalid template resource property 'Colour'"},
		"a snapshot":                {"Resources: {H: {Type: x, DeletionPolicy: Snapshot}}", "no DeletionPolicy Snapshot"},
		"a signal":                  {"Resources: {H: {Type: x, CreationPolicy: {ResourceSignal: {Count: 1}}}}", "no CreationPolicy"},
		"properties of no object":   {"Resources: {H: {Type: x, Properties: y}}", "must be an object"},
		"an unknown condition":      {"Resources: {H: {Type: x, Condition: C}}", "Unresolved condition dependency C"},
		"an unknown reference":      {"Resources: {H: {Type: x, Properties: {a: !Ref B, b: !GetAtt C.D, c: !Sub \"${E.F}\"}}}", "Unresolved resource dependencies [B, C, E]"},
		"an unknown dependency":     {"Resources: {H: {Type: x, DependsOn: [B]}}", "Unresolved resource dependencies [B]"},
		"an unknown output":         {with("Outputs: {O: {Value: !Ref B}}"), "in the Outputs block"},
		"an output without value":   {with("Outputs: {O: {Description: x}}"), "must contain a Value"},
		"an export":                 {with("Outputs: {O: {Value: x, Export: {Name: y}}}"), "no exports"},
		"a circle":                  {"Resources: {A: {Type: x, DependsOn: B}, B: {Type: x, DependsOn: A}}", "Circular dependency between resources: [A, B]"},
		"a parameter of SSM":        {with("Parameters: {P: {Type: \"AWS::SSM::Parameter::Value<String>\"}}"), "no parameters of type"},
		"a parameter's colour":      {with("Parameters: {P: {Type: String, Colour: red}}"), "Invalid template parameter property 'Colour'"},
		"a parameter's pattern":     {with("Parameters: {P: {Type: String, AllowedPattern: \"(\"}}"), "AllowedPattern of parameter P"},
		"a parameter's bound":       {with("Parameters: {P: {Type: String, MinLength: few}}"), "MinLength of parameter P"},
		"a template that is longer": {with("Description: " + strings.Repeat("x", 51_200)), "less than or equal to 51200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.ValidateTemplate(t.Context(), &sdk.ValidateTemplateInput{TemplateBody: &test.template})
			refused(t, err, "ValidationError", test.part)
		})
	}
	_, err := w.ValidateTemplate(t.Context(), &sdk.ValidateTemplateInput{TemplateURL: aws.String("https://templates.example/gone.yaml")})
	refused(t, err, "ValidationError", "cannot be read: not found")
	_, err = w.ValidateTemplate(t.Context(), &sdk.ValidateTemplateInput{})
	refused(t, err, "ValidationError", "Either Template URL or Template Body")
}

func TestStacksThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := []string{"ImageId", "ami-1", "Release", "r-1"}
	for name, test := range map[string]struct {
		change     func(*sdk.CreateStackInput)
		code, part string
	}{
		"a name": {func(in *sdk.CreateStackInput) { in.StackName = aws.String("1") }, "ValidationError", "at 'stackName'"},
		"two wishes": {func(in *sdk.CreateStackInput) {
			in.DisableRollback, in.OnFailure = aws.Bool(true), types.OnFailureDelete
		}, "ValidationError", "not both"},
		"notifications": {func(in *sdk.CreateStackInput) { in.NotificationARNs = []string{"x"} }, "ValidationError", "no notifications"},
		"triggers": {func(in *sdk.CreateStackInput) {
			in.RollbackConfiguration = &types.RollbackConfiguration{RollbackTriggers: make([]types.RollbackTrigger, 1)}
		}, "ValidationError", "no rollback triggers"},
		"policies":               {func(in *sdk.CreateStackInput) { in.StackPolicyBody = aws.String("{}") }, "ValidationError", "no stack policies"},
		"types":                  {func(in *sdk.CreateStackInput) { in.ResourceTypes = []string{"AWS::*"} }, "ValidationError", "no resource types"},
		"what is retained":       {func(in *sdk.CreateStackInput) { in.RetainExceptOnCreate = aws.Bool(true) }, "ValidationError", "no RetainExceptOnCreate"},
		"no time":                {func(in *sdk.CreateStackInput) { in.TimeoutInMinutes = aws.Int32(0) }, "ValidationError", "at least 1"},
		"AWS's tags":             {func(in *sdk.CreateStackInput) { in.Tags[0].Key = aws.String("aws:x") }, "ValidationError", "Tag 'aws:x'"},
		"a missing parameter":    {func(in *sdk.CreateStackInput) { in.Parameters = in.Parameters[:1] }, "ValidationError", "Parameters: [Release] must have values"},
		"an unknown parameter":   {func(in *sdk.CreateStackInput) { in.Parameters[0].ParameterKey = aws.String("X") }, "ValidationError", "Parameters: [X] do not exist in the template"},
		"a previous value":       {func(in *sdk.CreateStackInput) { in.Parameters[0].UsePreviousValue = aws.Bool(true) }, "ValidationError", "usePreviousValue"},
		"a pattern":              {func(in *sdk.CreateStackInput) { in.Parameters[1].ParameterValue = aws.String("R") }, "ValidationError", "must match pattern"},
		"a number":               {add("Size", "many"), "ValidationError", "Parameter 'Size' must be a number"},
		"a number too large":     {add("Size", "5"), "ValidationError", "must be within MinValue and MaxValue"},
		"a value":                {add("Audience", "maybe"), "ValidationError", "must be one of AllowedValues"},
		"a text that is short":   {template(with("Parameters: {P: {Type: String, MinLength: 2, Default: x}}")), "ValidationError", "must be within MinLength and MaxLength"},
		"in the template's word": {template(with("Parameters: {P: {Type: String, AllowedValues: [a], Default: x, ConstraintDescription: be a}}")), "ValidationError", "Parameter P failed to satisfy constraint: be a"},
		"IAM":                    {template("Resources: {R: {Type: \"AWS::IAM::Role\"}}"), "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"},
		"IAM by name":            {template("Resources: {R: {Type: \"AWS::IAM::Role\", Properties: {RoleName: x}}}"), "InsufficientCapabilitiesException", "[CAPABILITY_NAMED_IAM]"},
		"nothing":                {template("Conditions: {C: !Equals [a, b]}\nResources: {R: {Type: x, Condition: C}}"), "ValidationError", "leave no resource"},
		"no condition":           {template("Conditions: {C: {a: b}}\nResources: {R: {Type: x, Condition: C}}"), "ValidationError", "a condition is not made of"},
		"a lost condition":       {template("Conditions: {C: !Not [!Condition D]}\nResources: {R: {Type: x, Condition: C}}"), "ValidationError", "unresolved condition D"},
		"a broken condition":     {template("Conditions: {C: !Equals [!ImportValue x, b]}\nResources: {R: {Type: x, Condition: C}}"), "ValidationError", "no function Fn::ImportValue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			input := createInput("web", web, good...)
			test.change(input)
			_, err := w.CreateStack(t.Context(), input)
			refused(t, err, test.code, test.part)
		})
	}
}

func add(name, value string) func(*sdk.CreateStackInput) {
	return func(in *sdk.CreateStackInput) {
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &name, ParameterValue: &value})
	}
}

func template(body string) func(*sdk.CreateStackInput) {
	return func(in *sdk.CreateStackInput) { in.TemplateBody, in.Parameters = &body, nil }
}

func TestFunctionsThatFailTheirStack(t *testing.T) {
	t.Parallel()
	for _, function := range []string{
		"!Select [5, [a]]", "!Select [x, [a]]", "!Join [a, b]", "!Join x", "!If [A, b]", "!If [A, b, c]", "!FindInMap [a, b, c]", "!GetAZs x", "!Base64 [a]",
		"!Ref [a]", "!GetAtt [a]", "!Ref Never", "!Sub \"${Never}\"", "!Join [\",\", [!Select [5, [a]]]]", "{a: !Select [5, [a]]}", "!Base64 {a: !Select [5, [a]]}", "!Ref \"AWS::Weather\"",
		"!Sub [\"${V}\", {V: !Select [5, [a]]}]", "!If [Broken, a, b]",
	} {
		t.Run(function, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.must(w.create("f", "Conditions: {None: !Equals [a, b], Broken: {a: b}}\nOutputs: {O: {Value: "+function+"}}\nResources:\n  H: {Type: \"AWS::CloudFormation::WaitConditionHandle\"}\n  Never: {Type: x, Condition: None}\n"))
			if st := w.settle("f"); st.StackStatus != types.StackStatusRollbackComplete {
				t.Errorf("the stack is %s with outputs %v", st.StackStatus, st.Outputs)
			}
		})
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	nobody := aws.String("nobody")
	w.must(w.create("web", web, "ImageId", "ami-1", "Release", "r-1"))
	web := aws.String("web")
	for name, test := range map[string]struct {
		err  error
		part string
	}{
		"a stack":              {second(w.DescribeStacks(ctx, &sdk.DescribeStacksInput{StackName: nobody})), "Stack with id nobody does not exist"},
		"events":               {second(w.DescribeStackEvents(ctx, &sdk.DescribeStackEventsInput{StackName: nobody})), "does not exist"},
		"a page of events":     {second(w.DescribeStackEvents(ctx, &sdk.DescribeStackEventsInput{StackName: web, NextToken: nobody})), "Token 'nobody'"},
		"resources":            {second(w.DescribeStackResources(ctx, &sdk.DescribeStackResourcesInput{StackName: nobody})), "does not exist"},
		"a resource":           {second(w.DescribeStackResources(ctx, &sdk.DescribeStackResourcesInput{StackName: web, LogicalResourceId: nobody})), "Resource nobody does not exist for stack web"},
		"a physical id":        {second(w.DescribeStackResources(ctx, &sdk.DescribeStackResourcesInput{PhysicalResourceId: nobody})), "no search by physical id"},
		"a template":           {second(w.GetTemplate(ctx, &sdk.GetTemplateInput{StackName: nobody})), "does not exist"},
		"a change set":         {second(w.GetTemplate(ctx, &sdk.GetTemplateInput{StackName: web, ChangeSetName: nobody})), "no change sets"},
		"drift":                {second(w.DetectStackDrift(ctx, &sdk.DetectStackDriftInput{StackName: nobody})), "does not exist"},
		"drift of a resource":  {second(w.DetectStackDrift(ctx, &sdk.DetectStackDriftInput{StackName: web, LogicalResourceIds: []string{"a"}})), "no drift detection of some"},
		"drifts":               {second(w.DescribeStackResourceDrifts(ctx, &sdk.DescribeStackResourceDriftsInput{StackName: nobody})), "does not exist"},
		"a partial deletion":   {second(w.DeleteStack(ctx, &sdk.DeleteStackInput{StackName: web, RetainResources: []string{"a"}})), "no RetainResources"},
		"a page of all stacks": {second(w.DescribeStacks(ctx, &sdk.DescribeStacksInput{NextToken: aws.String("-1")})), "Token '-1'"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, test.err, "ValidationError", test.part) })
	}
}

// second is the error of a call.
func second[Out any](_ Out, err error) error { return err }
