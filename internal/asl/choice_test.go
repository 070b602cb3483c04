package asl_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
)

// TestChoiceRules evaluates one rule each against a document.
func TestChoiceRules(t *testing.T) {
	t.Parallel()
	const document = `{"s":"abc","s2":"abd","n":5,"f":5.5,"same":5.0,"t":"2024-01-02T03:04:05Z","later":"2024-01-02T05:04:05.5+01:00",
		"yes":true,"no":false,"null":null,"list":[1,[2,3]],"a-b":{"c d":1},"star":"a*b","back":"a\\b"}`
	for _, c := range []struct {
		rule string
		want bool
	}{
		{`"Variable":"$.s","StringEquals":"abc"`, true},
		{`"Variable":"$.s","StringEquals":"ABC"`, false},
		{`"Variable":"$.n","StringEquals":"5"`, false},
		{`"Variable":"$.s","StringEqualsPath":"$.s"`, true},
		{`"Variable":"$.s","StringEqualsPath":"$.s2"`, false},
		{`"Variable":"$.s","StringLessThan":"abd"`, true},
		{`"Variable":"$.s","StringLessThan":"abc"`, false},
		{`"Variable":"$.s","StringLessThanPath":"$.s2"`, true},
		{`"Variable":"$.s2","StringGreaterThan":"abc"`, true},
		{`"Variable":"$.s2","StringGreaterThanPath":"$.s2"`, false},
		{`"Variable":"$.s","StringLessThanEquals":"abc"`, true},
		{`"Variable":"$.s2","StringLessThanEqualsPath":"$.s"`, false},
		{`"Variable":"$.s","StringGreaterThanEquals":"abc"`, true},
		{`"Variable":"$.s","StringGreaterThanEqualsPath":"$.s2"`, false},
		{`"Variable":"$.s","StringMatches":"a*"`, true},
		{`"Variable":"$.s","StringMatches":"*b*"`, true},
		{`"Variable":"$.s","StringMatches":"*"`, true},
		{`"Variable":"$.s","StringMatches":"a*b"`, false},
		{`"Variable":"$.s","StringMatches":"abc"`, true},
		{`"Variable":"$.s","StringMatches":"abcd*"`, false},
		{`"Variable":"$.s","StringMatches":"ab*bc"`, false},
		{`"Variable":"$.s","StringMatches":"*x*"`, false},
		{`"Variable":"$.s","StringMatches":"*a*b*c*"`, true},
		{`"Variable":"$.star","StringMatches":"a\\*b"`, true},
		{`"Variable":"$.s","StringMatches":"a\\*c"`, false},
		{`"Variable":"$.back","StringMatches":"a\\\\b"`, true},
		{`"Variable":"$.n","StringMatches":"*"`, false},
		{`"Variable":"$.n","NumericEquals":5`, true},
		{`"Variable":"$.n","NumericEquals":5.0`, true},
		{`"Variable":"$.s","NumericEquals":5`, false},
		{`"Variable":"$.n","NumericEqualsPath":"$.same"`, true},
		{`"Variable":"$.n","NumericLessThan":5.5`, true},
		{`"Variable":"$.f","NumericLessThanPath":"$.n"`, false},
		{`"Variable":"$.f","NumericGreaterThan":5`, true},
		{`"Variable":"$.n","NumericGreaterThanPath":"$.f"`, false},
		{`"Variable":"$.n","NumericLessThanEquals":5`, true},
		{`"Variable":"$.f","NumericLessThanEqualsPath":"$.n"`, false},
		{`"Variable":"$.n","NumericGreaterThanEquals":5`, true},
		{`"Variable":"$.n","NumericGreaterThanEqualsPath":"$.f"`, false},
		{`"Variable":"$.yes","BooleanEquals":true`, true},
		{`"Variable":"$.no","BooleanEquals":true`, false},
		{`"Variable":"$.null","BooleanEquals":false`, false},
		{`"Variable":"$.yes","BooleanEqualsPath":"$.yes"`, true},
		{`"Variable":"$.yes","BooleanEqualsPath":"$.s"`, false},
		{`"Variable":"$.t","TimestampEquals":"2024-01-02T04:04:05+01:00"`, true},
		{`"Variable":"$.s","TimestampEquals":"2024-01-02T04:04:05+01:00"`, false},
		{`"Variable":"$.n","TimestampEquals":"2024-01-02T04:04:05+01:00"`, false},
		{`"Variable":"$.t","TimestampEqualsPath":"$.later"`, false},
		{`"Variable":"$.t","TimestampLessThan":"2024-01-02T03:04:05.001Z"`, true},
		{`"Variable":"$.t","TimestampLessThanPath":"$.later"`, true},
		{`"Variable":"$.t","TimestampGreaterThan":"2024-01-02T03:04:05Z"`, false},
		{`"Variable":"$.later","TimestampGreaterThanPath":"$.t"`, true},
		{`"Variable":"$.t","TimestampLessThanEquals":"2024-01-02T03:04:05Z"`, true},
		{`"Variable":"$.later","TimestampLessThanEqualsPath":"$.t"`, false},
		{`"Variable":"$.t","TimestampGreaterThanEquals":"2024-01-02T03:04:05Z"`, true},
		{`"Variable":"$.t","TimestampGreaterThanEqualsPath":"$.later"`, false},
		{`"Variable":"$.null","IsNull":true`, true},
		{`"Variable":"$.s","IsNull":false`, true},
		{`"Variable":"$.s","IsNull":true`, false},
		{`"Variable":"$.null","IsPresent":true`, true},
		{`"Variable":"$.gone","IsPresent":true`, false},
		{`"Variable":"$.gone.deeper[3]","IsPresent":false`, true},
		{`"Variable":"$.f","IsNumeric":true`, true},
		{`"Variable":"$.s","IsNumeric":true`, false},
		{`"Variable":"$.s","IsString":true`, true},
		{`"Variable":"$.n","IsString":false`, true},
		{`"Variable":"$.no","IsBoolean":true`, true},
		{`"Variable":"$.null","IsBoolean":true`, false},
		{`"Variable":"$.t","IsTimestamp":true`, true},
		{`"Variable":"$.s","IsTimestamp":true`, false},
		{`"Not":{"Variable":"$.n","NumericEquals":5}`, false},
		{`"Not":{"Variable":"$.gone","IsPresent":true}`, true},
		{`"And":[{"Variable":"$.n","IsNumeric":true},{"Variable":"$.n","NumericEquals":5}]`, true},
		{`"And":[{"Variable":"$.n","IsString":true},{"Variable":"$.gone","NumericEquals":5}]`, false},
		{`"Or":[{"Variable":"$.n","NumericEquals":6},{"Variable":"$.n","NumericEquals":5}]`, true},
		{`"Or":[{"Variable":"$.n","NumericEquals":5},{"Variable":"$.gone","NumericEquals":5}]`, true},
		{`"Or":[{"Variable":"$.n","NumericEquals":6},{"And":[{"Not":{"Variable":"$.yes","BooleanEquals":true}}]}]`, false},
		{`"Variable":"$.list[1][0]","NumericEquals":2`, true},
		{`"Variable":"$.list[-2]","NumericEquals":1`, true},
		{`"Variable":"$.list[2]","IsPresent":true`, false},
		{`"Variable":"$['list'][0]","NumericEquals":1`, true},
		{`"Variable":"$.a-b['c d']","NumericEquals":1`, true},
		{`"Variable":"$$.Execution.Name","StringEquals":"echo-1"`, true},
		{`"Comment":"why","Variable":"$.s","StringEqualsPath":"$$.Execution.Input.s"`, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			machine := load(t, fmt.Sprintf(`{"StartAt":"Q","States":{
				"Q":{"Type":"Choice","Choices":[{%s,"Next":"Yes"}],"Default":"No"},
				"Yes":{"Type":"Pass","Result":true,"End":true},"No":{"Type":"Pass","Result":false,"End":true}}}`, c.rule))
			x := run(t, machine, document)
			if got := string(x.Output()); got != fmt.Sprint(c.want) {
				t.Errorf("got %s %v, want %v", got, x.Err(), c.want)
			}
		})
	}
}

// TestMissingVariablesBreakARule holds for every operator but IsPresent.
func TestMissingVariablesBreakARule(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		`"Variable":"$.gone","IsNull":true`,
		`"Variable":"$.gone","StringMatches":"*"`,
		`"Variable":"$.here","NumericEqualsPath":"$.gone"`,
		`"Not":{"Variable":"$.gone","IsString":true}`,
	} {
		x := run(t, load(t, fmt.Sprintf(`{"StartAt":"Q","States":{"Q":{"Type":"Choice","Choices":[{%s,"Next":"Yes"}],"Default":"Yes"},
			"Yes":{"Type":"Succeed"}}}`, rule)), `{"here":1}`)
		if err := x.Err(); err == nil || err.Name != asl.ErrorRuntime {
			t.Errorf("%s: got error %v, want States.Runtime", rule, err)
		}
	}
}

// run executes a machine without tasks to its end.
func run(t *testing.T, machine *asl.Machine, input string) *asl.Execution {
	t.Helper()
	virtual := clock.NewVirtual(epoch)
	engine := asl.NewEngine(asl.Options{Clock: virtual, Random: func() float64 { return 0.5 }, NewToken: func() string { return "unique" }})
	x, err := engine.Start(machine, "echo-1", executionARN, json.RawMessage(input))
	if err != nil {
		t.Fatal(err)
	}
	virtual.Run(nil)
	<-x.Done()
	return x
}
