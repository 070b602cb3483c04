package lambda_test

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

func TestAliasLife(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	before := c.alias()
	if *before.FunctionVersion != "1" || before.RoutingConfig != nil || *before.AliasArn != "arn:aws:lambda:us-east-1:000000000000:function:echo:live" {
		t.Errorf("created: %+v", before)
	}
	c.route("1", "2", 0.1)
	shifted := c.alias()
	if *shifted.FunctionVersion != "1" || !maps.Equal(shifted.RoutingConfig.AdditionalVersionWeights, map[string]float64{"2": 0.1}) || *shifted.RevisionId == *before.RevisionId {
		t.Errorf("shifted: %+v", shifted)
	}

	// What is left out stays: also the weight, and also with a nil map, which the SDK does not send.
	name, live := aws.String("echo"), aws.String("live")
	for _, input := range []*sdk.UpdateAliasInput{
		{FunctionName: name, Name: live, Description: aws.String("users")},
		{FunctionName: name, Name: live, RoutingConfig: &types.AliasRoutingConfiguration{}},
	} {
		out := must[*sdk.UpdateAliasOutput](t)(c.UpdateAlias(t.Context(), input))
		if out.RoutingConfig == nil || *out.FunctionVersion != "1" || *out.Description != "users" {
			t.Errorf("updated: %+v", out)
		}
	}

	stale := routing("2", "", 0)
	stale.RevisionId = shifted.RevisionId
	_, err := c.UpdateAlias(t.Context(), stale)
	refused(t, err, "PreconditionFailedException", 412, "Call the GetAlias API")
	fresh := routing("2", "", 0)
	fresh.RevisionId = c.alias().RevisionId
	promoted := must[*sdk.UpdateAliasOutput](t)(c.UpdateAlias(t.Context(), fresh))
	if *promoted.FunctionVersion != "2" || promoted.RoutingConfig != nil {
		t.Errorf("promoted: %+v", promoted)
	}

	remove := &sdk.DeleteAliasInput{FunctionName: name, Name: live}
	must[*sdk.DeleteAliasOutput](t)(c.DeleteAlias(t.Context(), remove))
	must[*sdk.DeleteAliasOutput](t)(c.DeleteAlias(t.Context(), remove)) // is deleted already
	_, err = c.GetAlias(t.Context(), &sdk.GetAliasInput{FunctionName: name, Name: live})
	refused(t, err, "ResourceNotFoundException", 404, "Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:echo:live")
}

func TestCreateAliasRefuses(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	weights := func(weights map[string]float64) *types.AliasRoutingConfiguration {
		return &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights}
	}
	tests := map[string]struct {
		input  sdk.CreateAliasInput
		code   string
		status int
		words  string
	}{
		"exists":            {sdk.CreateAliasInput{Name: aws.String("live"), FunctionVersion: aws.String("1")}, "ResourceConflictException", 409, "Alias already exists: arn:aws:lambda:us-east-1:000000000000:function:echo:live"},
		"digits":            {sdk.CreateAliasInput{Name: aws.String("12"), FunctionVersion: aws.String("1")}, "InvalidParameterValueException", 400, "digits alone"},
		"characters":        {sdk.CreateAliasInput{Name: aws.String("a b"), FunctionVersion: aws.String("1")}, "InvalidParameterValueException", 400, "a b"},
		"too long":          {sdk.CreateAliasInput{Name: aws.String(strings.Repeat("a", 129)), FunctionVersion: aws.String("1")}, "InvalidParameterValueException", 400, "aaa"},
		"no version":        {sdk.CreateAliasInput{Name: aws.String("new")}, "InvalidParameterValueException", 400, "version"},
		"unknown version":   {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("9")}, "ResourceNotFoundException", 404, "function:echo:9"},
		"an alias":          {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("live")}, "ResourceNotFoundException", 404, "function:echo:live"},
		"two weights":       {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("1"), RoutingConfig: weights(map[string]float64{"2": 0.1, "3": 0.1})}, "InvalidParameterValueException", 400, "cannot be greater than 1"},
		"unknown second":    {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("1"), RoutingConfig: weights(map[string]float64{"9": 0.1})}, "ResourceNotFoundException", 404, "function:echo:9"},
		"same version":      {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("1"), RoutingConfig: weights(map[string]float64{"1": 0.1})}, "InvalidParameterValueException", 400, "already included"},
		"weight of $LATEST": {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("1"), RoutingConfig: weights(map[string]float64{"$LATEST": 0.1})}, "InvalidParameterValueException", 400, "$LATEST is not supported"},
		"beside $LATEST":    {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("$LATEST"), RoutingConfig: weights(map[string]float64{"1": 0.1})}, "InvalidParameterValueException", 400, "$LATEST is not supported"},
		"above one":         {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("1"), RoutingConfig: weights(map[string]float64{"2": 10})}, "InvalidParameterValueException", 400, "between 0.0 and 1.0"},
		"below zero":        {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("1"), RoutingConfig: weights(map[string]float64{"2": -0.1})}, "InvalidParameterValueException", 400, "between 0.0 and 1.0"},
		"not a number":      {sdk.CreateAliasInput{Name: aws.String("new"), FunctionVersion: aws.String("1"), RoutingConfig: weights(map[string]float64{"2": math.NaN()})}, "InvalidParameterValueException", 400, "between 0.0 and 1.0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.input.FunctionName = aws.String("echo")
			_, err := c.CreateAlias(t.Context(), &test.input)
			refused(t, err, test.code, test.status, test.words)
		})
	}
	_, err := c.CreateAlias(t.Context(), &sdk.CreateAliasInput{FunctionName: aws.String("other"), Name: aws.String("live"), FunctionVersion: aws.String("1")})
	refused(t, err, "ResourceNotFoundException", 404, "function:other")
	must[*sdk.CreateAliasOutput](t)(c.CreateAlias(t.Context(), &sdk.CreateAliasInput{FunctionName: aws.String("echo"), Name: aws.String("dev"), FunctionVersion: aws.String("$LATEST")}))
}

func TestVersionsThatShareAnAlias(t *testing.T) {
	t.Parallel()
	change := func(c *cloud, input *sdk.UpdateFunctionConfigurationInput) {
		input.FunctionName = aws.String("echo")
		must[*sdk.UpdateFunctionConfigurationOutput](t)(c.UpdateFunctionConfiguration(t.Context(), input))
		c.pass(2 * time.Second)
		c.publish()
	}
	c := released(t, nil)
	change(c, &sdk.UpdateFunctionConfigurationInput{Role: aws.String(role + "-other")})
	change(c, &sdk.UpdateFunctionConfigurationInput{Role: aws.String(role), DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("arn:queue")}})
	_, err := c.UpdateAlias(t.Context(), routing("1", "3", 0.1))
	refused(t, err, "InvalidParameterValueException", 400, "same execution role")
	_, err = c.UpdateAlias(t.Context(), routing("1", "4", 0.1))
	refused(t, err, "InvalidParameterValueException", 400, "same dead-letter configuration")
	c.route("4", "", 0) // alone it may
}

func TestListAliases(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	c.route("1", "2", 0.5)
	for i := range 60 {
		must[*sdk.CreateAliasOutput](t)(c.CreateAlias(t.Context(), &sdk.CreateAliasInput{FunctionName: aws.String("echo"), Name: aws.String(fmt.Sprintf("team-%02d", i)), FunctionVersion: aws.String("1")}))
	}
	var names []string
	for p := sdk.NewListAliasesPaginator(c, &sdk.ListAliasesInput{FunctionName: aws.String("echo")}); p.HasMorePages(); {
		for _, alias := range must[*sdk.ListAliasesOutput](t)(p.NextPage(t.Context())).Aliases {
			names = append(names, *alias.Name)
		}
	}
	if len(names) != 61 || names[0] != "live" || names[60] != "team-59" {
		t.Errorf("aliases %v", names)
	}
	second := must[*sdk.ListAliasesOutput](t)(c.ListAliases(t.Context(), &sdk.ListAliasesInput{FunctionName: aws.String("echo"), FunctionVersion: aws.String("2")}))
	if len(second.Aliases) != 1 || *second.Aliases[0].Name != "live" || second.Aliases[0].RoutingConfig.AdditionalVersionWeights["2"] != 0.5 {
		t.Errorf("of version 2: %+v", second.Aliases)
	}
}

func TestAliasSplitsByWeight(t *testing.T) {
	t.Parallel()
	draws := 0
	c := released(t, func(o *lambda.Options) {
		o.Random = func() float64 { draws++; return float64(draws%100) / 100 }
	})
	for _, weight := range []float64{0, 0.01, 0.1, 0.5, 1} {
		c.route("1", "2", weight)
		got := map[string]int{}
		c.meter.measured = nil
		for range 200 {
			answer := must[lambda.Answer](t)(c.Run(t.Context(), "echo", "live", []byte("{}")))
			got[answer.Version]++
			if want := "v" + answer.Version; string(answer.Payload) != want {
				t.Fatalf("version %s answers %q", answer.Version, answer.Payload)
			}
		}
		if want := int(math.Round(200 * weight)); got["2"] != want || got["1"] != 200-want {
			t.Errorf("weight %v: %v", weight, got)
		}
		counted := map[string]int{}
		for _, m := range c.meter.measured {
			if m.Function != "echo" || m.Alias != "live" || m.Error || m.Throttled || m.Duration != 5*time.Millisecond || !m.Start.Equal(c.clock.Now()) {
				t.Fatalf("measured %+v", m)
			}
			counted[m.Version]++
		}
		if !maps.Equal(counted, got) {
			t.Errorf("weight %v: %v ran, %v were measured", weight, got, counted)
		}
	}
}

func TestProvisionedConcurrency(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	name := aws.String("echo")
	put := func(qualifier string, n int32) (*sdk.PutProvisionedConcurrencyConfigOutput, error) {
		return c.PutProvisionedConcurrencyConfig(t.Context(), &sdk.PutProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: &qualifier, ProvisionedConcurrentExecutions: &n})
	}
	get := func(qualifier string) (*sdk.GetProvisionedConcurrencyConfigOutput, error) {
		return c.GetProvisionedConcurrencyConfig(t.Context(), &sdk.GetProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: &qualifier})
	}
	remove := func(qualifier string) {
		t.Helper()
		must[*sdk.DeleteProvisionedConcurrencyConfigOutput](t)(c.DeleteProvisionedConcurrencyConfig(t.Context(), &sdk.DeleteProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: &qualifier}))
	}
	_, err := put("$LATEST", 1)
	refused(t, err, "InvalidParameterValueException", 400, "unpublished")
	_, err = put("live", 0)
	refused(t, err, "InvalidParameterValueException", 400, "at least 1")
	_, err = get("live")
	refused(t, err, "ProvisionedConcurrencyConfigNotFoundException", 404, "No Provisioned Concurrency Config")

	out := must[*sdk.PutProvisionedConcurrencyConfigOutput](t)(put("live", 5))
	if out.Status != types.ProvisionedConcurrencyStatusEnumInProgress || *out.RequestedProvisionedConcurrentExecutions != 5 || *out.AllocatedProvisionedConcurrentExecutions != 0 {
		t.Errorf("%+v", out)
	}
	c.pass(3 * time.Second)
	if got := must[*sdk.GetProvisionedConcurrencyConfigOutput](t)(get("live")); got.Status != types.ProvisionedConcurrencyStatusEnumReady || *got.AllocatedProvisionedConcurrentExecutions != 5 {
		t.Errorf("then: %+v", got)
	}

	// While it is on the alias: no weights, no second one on the version; another version is allocated anew.
	_, err = c.UpdateAlias(t.Context(), routing("1", "2", 0.1))
	refused(t, err, "InvalidParameterValueException", 400, "Alias with weights can not be used with Provisioned Concurrency")
	_, err = c.UpdateAlias(t.Context(), routing("$LATEST", "", 0))
	refused(t, err, "InvalidParameterValueException", 400, "unpublished")
	_, err = put("1", 1)
	refused(t, err, "ResourceConflictException", 409, "pointed by a Provisioned Concurrency alias")
	c.route("1", "", 0)
	if got := must[*sdk.GetProvisionedConcurrencyConfigOutput](t)(get("live")); got.Status != types.ProvisionedConcurrencyStatusEnumReady {
		t.Errorf("on the same version: %s", got.Status)
	}
	c.route("2", "", 0)
	if got := must[*sdk.GetProvisionedConcurrencyConfigOutput](t)(get("live")); got.Status != types.ProvisionedConcurrencyStatusEnumInProgress {
		t.Errorf("on another version: %s", got.Status)
	}
	must[*sdk.PutProvisionedConcurrencyConfigOutput](t)(put("1", 2))
	_, err = c.UpdateAlias(t.Context(), routing("1", "", 0))
	refused(t, err, "ResourceConflictException", 409, "already Provisioned version")
	listed := must[*sdk.ListProvisionedConcurrencyConfigsOutput](t)(c.ListProvisionedConcurrencyConfigs(t.Context(), &sdk.ListProvisionedConcurrencyConfigsInput{FunctionName: name}))
	if got := listed.ProvisionedConcurrencyConfigs; len(got) != 2 || !strings.HasSuffix(*got[0].FunctionArn, ":echo:1") || !strings.HasSuffix(*got[1].FunctionArn, ":echo:live") {
		t.Errorf("listed %+v", got)
	}

	// On versions it may be, with weights on the alias.
	remove("live")
	c.route("1", "2", 0.1)
	_, err = put("live", 1)
	refused(t, err, "InvalidParameterValueException", 400, "Alias with weights")
	must[*sdk.PutProvisionedConcurrencyConfigOutput](t)(put("2", 2))
	c.route("2", "", 0)
	must[*sdk.DeleteFunctionOutput](t)(c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: name, Qualifier: aws.String("1")}))
	listed = must[*sdk.ListProvisionedConcurrencyConfigsOutput](t)(c.ListProvisionedConcurrencyConfigs(t.Context(), &sdk.ListProvisionedConcurrencyConfigsInput{FunctionName: name}))
	if got := listed.ProvisionedConcurrencyConfigs; len(got) != 1 || !strings.HasSuffix(*got[0].FunctionArn, ":echo:2") {
		t.Errorf("when version 1 is deleted: %+v", got)
	}
}
