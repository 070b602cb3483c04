package lambda_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

func TestNewNeedsAStoreAndARunner(t *testing.T) {
	t.Parallel()
	if _, err := lambda.New(lambda.Options{Runner: &runner{}}); err == nil {
		t.Error("no store is accepted")
	}
	if _, err := lambda.New(lambda.Options{Store: store.Memory()}); err == nil {
		t.Error("no runner is accepted")
	}
	if _, err := lambda.New(lambda.Options{Store: store.Memory(), Runner: &runner{}}); err != nil {
		t.Error(err)
	}
}

func TestNewRefusesBooksThatItCannotRead(t *testing.T) {
	t.Parallel()
	for _, change := range []store.Change{
		{Bucket: "lambda", Key: "function/echo", Value: []byte("{")},
		{Bucket: "lambda", Key: "version/echo/one", Value: []byte("{}")},
		{Bucket: "lambda", Key: "strange/echo", Value: []byte("{}")},
	} {
		kept := store.Memory()
		if err := kept.Save(change); err != nil {
			t.Fatal(err)
		}
		if _, err := lambda.New(lambda.Options{Store: kept, Runner: &runner{}}); err == nil || !strings.Contains(err.Error(), change.Key) {
			t.Errorf("%s: error %v", change.Key, err)
		}
	}
}

func TestCreateFunction(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	input := creation("echo", "v1")
	input.Environment = &types.Environment{Variables: map[string]string{"COLOUR": "gold"}}
	input.Tags = map[string]string{"goldfinch:service": "echo"}
	input.Layers = []string{"arn:layer"}
	input.VpcConfig = &types.VpcConfig{SubnetIds: []string{"subnet-1"}}
	input.SnapStart = &types.SnapStart{ApplyOn: types.SnapStartApplyOnPublishedVersions}
	input.TracingConfig = &types.TracingConfig{Mode: types.TracingModeActive}
	input.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: aws.String("arn:queue")}
	out := must[*sdk.CreateFunctionOutput](t)(c.CreateFunction(t.Context(), input))

	if out.State != types.StatePending || out.StateReasonCode != types.StateReasonCodeCreating || *out.Version != "$LATEST" {
		t.Errorf("state %s (%s) of %s", out.State, out.StateReasonCode, *out.Version)
	}
	if *out.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:echo" || *out.LastModified != "2030-01-02T03:04:05.678+0000" {
		t.Errorf("ARN %s, last modified %s", *out.FunctionArn, *out.LastModified)
	}
	if out.Environment.Variables["COLOUR"] != "gold" || *out.Layers[0].Arn != "arn:layer" || out.VpcConfig.SubnetIds[0] != "subnet-1" ||
		out.SnapStart.ApplyOn != types.SnapStartApplyOnPublishedVersions || out.TracingConfig.Mode != types.TracingModeActive || *out.DeadLetterConfig.TargetArn != "arn:queue" {
		t.Errorf("configuration %+v", out)
	}
	if *out.Timeout != 3 || *out.MemorySize != 128 || out.CodeSize != 2 || *out.CodeSha256 != hash("v1") {
		t.Errorf("timeout %d, memory %d, size %d, hash %s", *out.Timeout, *out.MemorySize, out.CodeSize, *out.CodeSha256)
	}
	_, err := c.Run(t.Context(), "echo", "", []byte("{}"))
	refused(t, err, "ResourceConflictException", 409, "Pending")
	_, err = c.PublishVersion(t.Context(), &sdk.PublishVersionInput{FunctionName: aws.String("echo")})
	refused(t, err, "ResourceConflictException", 409, "Pending")

	c.pass(3 * time.Second)
	if got := c.configuration(""); got.State != types.StateActive || got.LastUpdateStatus != types.LastUpdateStatusSuccessful {
		t.Errorf("then: state %s, update %s", got.State, got.LastUpdateStatus)
	}
	function := must[*sdk.GetFunctionOutput](t)(c.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("echo")}))
	if function.Tags["goldfinch:service"] != "echo" || *function.Code.RepositoryType != "S3" {
		t.Errorf("function %+v", function)
	}
	if code, err := c.Download(t.Context(), *function.Code.Location); err != nil || string(code) != "v1" {
		t.Errorf("package %q, %v", code, err)
	}
}

func TestCreateFunctionPublishes(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	input := creation("echo", "v1")
	input.Publish = true
	if out := must[*sdk.CreateFunctionOutput](t)(c.CreateFunction(t.Context(), input)); *out.Version != "1" || out.State != types.StatePending {
		t.Errorf("version %s, state %s", *out.Version, out.State)
	}
	c.pass(5 * time.Second)
	if got := c.configuration("1").State; got != types.StatePending {
		t.Errorf("before the function was active and then the version: %s", got)
	}
	c.pass(time.Second)
	if got := c.configuration("1").State; got != types.StateActive {
		t.Errorf("then: %s", got)
	}
}

func TestCreateFunctionRefuses(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *lambda.Options) {
		o.Check = func(zip []byte) error {
			if string(zip) == "bad" {
				return errors.New("built for another machine")
			}
			return nil
		}
	}).echo()
	tests := map[string]struct {
		change func(*sdk.CreateFunctionInput)
		code   string
		status int
		words  string
	}{
		"name":       {func(i *sdk.CreateFunctionInput) { i.FunctionName = aws.String("no spaces") }, "InvalidParameterValueException", 400, "no spaces"},
		"exists":     {func(i *sdk.CreateFunctionInput) { i.FunctionName = aws.String("echo") }, "ResourceConflictException", 409, "Function already exist: echo"},
		"role":       {func(i *sdk.CreateFunctionInput) { i.Role = nil }, "InvalidParameterValueException", 400, "role"},
		"runtime":    {func(i *sdk.CreateFunctionInput) { i.Runtime = "" }, "InvalidParameterValueException", 400, "Runtime and Handler are mandatory"},
		"handler":    {func(i *sdk.CreateFunctionInput) { i.Handler = nil }, "InvalidParameterValueException", 400, "Runtime and Handler are mandatory"},
		"memory":     {func(i *sdk.CreateFunctionInput) { i.MemorySize = aws.Int32(64) }, "InvalidParameterValueException", 400, "between 128 and 10240"},
		"timeout":    {func(i *sdk.CreateFunctionInput) { i.Timeout = aws.Int32(901) }, "InvalidParameterValueException", 400, "between 1 and 900"},
		"no code":    {func(i *sdk.CreateFunctionInput) { i.Code = nil }, "InvalidParameterValueException", 400, "source"},
		"empty code": {func(i *sdk.CreateFunctionInput) { i.Code.ZipFile = nil }, "InvalidParameterValueException", 400, "non-empty zip"},
		"two codes":  {func(i *sdk.CreateFunctionInput) { i.Code.S3Bucket = aws.String("b") }, "InvalidParameterValueException", 400, "only one of"},
		"check":      {func(i *sdk.CreateFunctionInput) { i.Code.ZipFile = []byte("bad") }, "InvalidParameterValueException", 400, "built for another machine"},
		"no S3": {func(i *sdk.CreateFunctionInput) {
			i.Code = &types.FunctionCode{S3Bucket: aws.String("b"), S3Key: aws.String("k")}
		}, "ServiceException", 500, "reads no S3"},
		"foreign ARN": {func(i *sdk.CreateFunctionInput) {
			i.FunctionName = aws.String("arn:aws:lambda:eu-west-1:1:function:new")
		}, "ResourceNotFoundException", 404, "eu-west-1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			input := creation("new", "v1")
			test.change(input)
			_, err := c.CreateFunction(t.Context(), input)
			refused(t, err, test.code, test.status, test.words)
		})
	}
}

func TestFunctionNames(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	for name, want := range map[string]string{
		"echo":                            "$LATEST",
		"echo:1":                          "1",
		"echo:live":                       "1",
		"000000000000:function:echo:live": "1",
		"arn:aws:lambda:us-east-1:000000000000:function:echo":      "$LATEST",
		"arn:aws:lambda:us-east-1:000000000000:function:echo:2":    "2",
		"arn:aws:lambda:us-east-1:000000000000:function:echo:live": "1",
	} {
		got, err := c.GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: aws.String(name)})
		if err != nil || *got.Version != want {
			t.Errorf("%s: %v, want version %s", name, err, want)
		}
	}
	tests := []struct {
		name, qualifier string
		code            string
		status          int
		words           string
	}{
		{"other", "", "ResourceNotFoundException", 404, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:other"},
		{"echo", "9", "ResourceNotFoundException", 404, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:echo:9"},
		{"echo", "none", "ResourceNotFoundException", 404, "Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:echo:none"},
		{"echo:1", "2", "InvalidParameterValueException", 400, "does not match the specified qualifier"},
		{"e c h o", "", "InvalidParameterValueException", 400, "e c h o"},
	}
	for _, test := range tests {
		_, err := c.GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: &test.name, Qualifier: &test.qualifier})
		refused(t, err, test.code, test.status, test.words)
		_, err = c.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: &test.name, Qualifier: &test.qualifier})
		refused(t, err, test.code, test.status, test.words)
	}
	if got := c.configuration("live"); *got.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:echo:live" {
		t.Errorf("ARN of an alias's version: %s", *got.FunctionArn)
	}
}

func TestUpdateFunctionCode(t *testing.T) {
	t.Parallel()
	c := start(t, nil).echo()
	before := c.configuration("")
	update := &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte("v2"), RevisionId: before.RevisionId, Architectures: []types.Architecture{types.ArchitectureArm64}}

	dry := *update
	dry.DryRun = true
	tried := must[*sdk.UpdateFunctionCodeOutput](t)(c.UpdateFunctionCode(t.Context(), &dry))
	if *tried.CodeSha256 == *before.CodeSha256 || *c.configuration("").CodeSha256 != *before.CodeSha256 {
		t.Error("a dry run must tell the new hash and change nothing")
	}

	out := must[*sdk.UpdateFunctionCodeOutput](t)(c.UpdateFunctionCode(t.Context(), update))
	if out.LastUpdateStatus != types.LastUpdateStatusInProgress || out.State != types.StateActive || *out.CodeSha256 != *tried.CodeSha256 || out.Architectures[0] != types.ArchitectureArm64 {
		t.Errorf("update %s, state %s, hash %s", out.LastUpdateStatus, out.State, *out.CodeSha256)
	}
	if *out.RevisionId == *before.RevisionId {
		t.Error("the revision did not change")
	}

	// In progress: nothing else can change it, and the old code answers.
	const busy = "An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:echo"
	_, err := c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte("v3")})
	refused(t, err, "ResourceConflictException", 409, busy)
	_, err = c.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{FunctionName: aws.String("echo"), Timeout: aws.Int32(5)})
	refused(t, err, "ResourceConflictException", 409, busy)
	_, err = c.PublishVersion(t.Context(), &sdk.PublishVersionInput{FunctionName: aws.String("echo")})
	refused(t, err, "ResourceConflictException", 409, busy)
	if got := must[lambda.Answer](t)(c.Run(t.Context(), "echo", "", []byte("{}"))); string(got.Payload) != "v1" {
		t.Errorf("while it is in progress %q answers", got.Payload)
	}

	c.pass(2 * time.Second)
	after := c.configuration("")
	if after.LastUpdateStatus != types.LastUpdateStatusSuccessful || *after.RevisionId == *out.RevisionId {
		t.Errorf("then: update %s, and the revision must change once more", after.LastUpdateStatus)
	}
	if got := must[lambda.Answer](t)(c.Run(t.Context(), "echo", "", []byte("{}"))); string(got.Payload) != "v2" || got.Version != "$LATEST" {
		t.Errorf("then %q of %s answers", got.Payload, got.Version)
	}
	_, err = c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte("v3"), RevisionId: out.RevisionId})
	refused(t, err, "PreconditionFailedException", 412, "Call the GetFunction API")
	if _, err = c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("other"), ZipFile: []byte("v3")}); err == nil {
		t.Error("an unknown function is updated")
	}
	if want := []string{"$LATEST " + hash("v1")}; !slices.Equal(c.runner.forgotten, want) {
		t.Errorf("forgotten %q, want %q", c.runner.forgotten, want)
	}
}

func TestUpdateFunctionCodePublishes(t *testing.T) {
	t.Parallel()
	c := start(t, nil).echo()
	out := must[*sdk.UpdateFunctionCodeOutput](t)(c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte("v2"), Publish: true}))
	if *out.Version != "1" || out.State != types.StatePending || *out.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:echo:1" {
		t.Errorf("version %s, state %s, ARN %s", *out.Version, out.State, *out.FunctionArn)
	}
}

func TestUpdateFunctionCodeFromS3(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *lambda.Options) {
		o.Code = func(_ context.Context, bucket, key, version string) ([]byte, error) {
			switch key {
			case "missing":
				return nil, fmt.Errorf("get: %w", &smithy.GenericAPIError{Code: "NoSuchKey", Message: "The specified key does not exist."})
			case "broken":
				return nil, errors.New("disk on fire")
			}
			return []byte(bucket + "/" + key + "?" + version), nil
		}
	}).echo()
	update := func(key string) error {
		_, err := c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), S3Bucket: aws.String("b"), S3Key: aws.String(key), S3ObjectVersion: aws.String("7")})
		c.pass(2 * time.Second)
		return err
	}
	if err := update("k"); err != nil {
		t.Fatal(err)
	}
	if got := must[lambda.Answer](t)(c.Run(t.Context(), "echo", "", []byte("{}"))); string(got.Payload) != "b/k?7" {
		t.Errorf("code %q", got.Payload)
	}
	refused(t, update("missing"), "InvalidParameterValueException", 400, "S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")
	refused(t, update("broken"), "InvalidParameterValueException", 400, "disk on fire")
}

func TestContainerImages(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	digest := strings.Repeat("ab", 32)
	uri := "000000000000.dkr.ecr.us-east-1.amazonaws.com/echo@sha256:" + digest
	input := &sdk.CreateFunctionInput{FunctionName: aws.String("echo"), Role: aws.String(role), Code: &types.FunctionCode{ImageUri: &uri}, ImageConfig: &types.ImageConfig{WorkingDirectory: aws.String("/w")}}
	out := must[*sdk.CreateFunctionOutput](t)(c.CreateFunction(t.Context(), input))
	if out.PackageType != types.PackageTypeImage || *out.CodeSha256 != digest || *out.ImageConfigResponse.ImageConfig.WorkingDirectory != "/w" {
		t.Errorf("type %s, hash %s", out.PackageType, *out.CodeSha256)
	}
	c.pass(3 * time.Second)
	got := must[*sdk.GetFunctionOutput](t)(c.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("echo")}))
	if *got.Code.RepositoryType != "ECR" || *got.Code.ResolvedImageUri != uri {
		t.Errorf("code %+v", got.Code)
	}
	_, err := c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte("v1")})
	refused(t, err, "InvalidParameterValueException", 400, "package type")
	must[*sdk.UpdateFunctionCodeOutput](t)(c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ImageUri: aws.String("echo:latest")}))
	if after := *c.configuration("").CodeSha256; after == digest || len(after) != 64 {
		t.Errorf("hash of an image without digest %s", after)
	}
	_, err = c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("echo")})
	refused(t, err, "ServiceException", 500, "not the hash of a zip package")
	if _, err := c.Download(t.Context(), "https://elsewhere"); err == nil {
		t.Error("a foreign location is read")
	}
	must[*sdk.DeleteFunctionOutput](t)(c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("echo")}))
}

func TestUpdateFunctionConfiguration(t *testing.T) {
	t.Parallel()
	c := start(t, nil).echo()
	update := func(input *sdk.UpdateFunctionConfigurationInput) (*sdk.UpdateFunctionConfigurationOutput, error) {
		input.FunctionName = aws.String("echo")
		out, err := c.UpdateFunctionConfiguration(t.Context(), input)
		c.pass(2 * time.Second)
		return out, err
	}
	before := c.configuration("")
	first := must[*sdk.UpdateFunctionConfigurationOutput](t)(update(&sdk.UpdateFunctionConfigurationInput{
		RevisionId: before.RevisionId, Timeout: aws.Int32(9), Description: aws.String("echoes"),
		Environment:      &types.Environment{Variables: map[string]string{"A": "1"}},
		DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("arn:queue")},
	}))
	if first.LastUpdateStatus != types.LastUpdateStatusInProgress || *first.Timeout != 9 || *first.MemorySize != 128 || *first.Handler != "bootstrap" || *first.CodeSha256 != *before.CodeSha256 {
		t.Errorf("%+v", first)
	}
	second := must[*sdk.UpdateFunctionConfigurationOutput](t)(update(&sdk.UpdateFunctionConfigurationInput{
		MemorySize: aws.Int32(256), DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("")},
	}))
	if *second.Timeout != 9 || *second.Description != "echoes" || second.Environment.Variables["A"] != "1" || *second.MemorySize != 256 || second.DeadLetterConfig != nil {
		t.Errorf("what is left out must stay, an empty target must go: %+v", second)
	}
	var seen lambda.Version
	c.runner.invoke = func(v lambda.Version, _ lambda.Invocation) (lambda.Result, error) {
		seen = v
		return lambda.Result{}, nil
	}
	must[lambda.Answer](t)(c.Run(t.Context(), "echo", "", []byte("{}")))
	if seen.Timeout != 9*time.Second || seen.MemoryMB != 256 || seen.Environment["A"] != "1" || seen.Handler != "bootstrap" || seen.Function != "echo" {
		t.Errorf("the runner is told %+v", seen)
	}
	_, err := update(&sdk.UpdateFunctionConfigurationInput{RevisionId: before.RevisionId})
	refused(t, err, "PreconditionFailedException", 412, "Revision Id")
	_, err = update(&sdk.UpdateFunctionConfigurationInput{Timeout: aws.Int32(0)})
	refused(t, err, "InvalidParameterValueException", 400, "Timeout")
}

func TestPublishVersion(t *testing.T) {
	t.Parallel()
	c := start(t, nil).echo()
	current := c.configuration("")
	publish := func(change func(*sdk.PublishVersionInput)) (*sdk.PublishVersionOutput, error) {
		input := &sdk.PublishVersionInput{FunctionName: aws.String("echo")}
		change(input)
		return c.PublishVersion(t.Context(), input)
	}
	_, err := publish(func(i *sdk.PublishVersionInput) { i.CodeSha256 = aws.String("other") })
	refused(t, err, "InvalidParameterValueException", 400, "CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ("+*current.CodeSha256+")")
	_, err = publish(func(i *sdk.PublishVersionInput) { i.RevisionId = aws.String("other") })
	refused(t, err, "PreconditionFailedException", 412, "Revision Id")

	first := must[*sdk.PublishVersionOutput](t)(publish(func(i *sdk.PublishVersionInput) {
		i.CodeSha256, i.RevisionId, i.Description = current.CodeSha256, current.RevisionId, aws.String("release 1")
	}))
	if *first.Version != "1" || first.State != types.StatePending || *first.Description != "release 1" || *first.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:echo:1" {
		t.Errorf("%s %s %s %s", *first.Version, first.State, *first.Description, *first.FunctionArn)
	}
	_, err = c.Run(t.Context(), "echo", "1", []byte("{}"))
	refused(t, err, "ResourceConflictException", 409, "Pending")
	c.pass(3 * time.Second)
	if got := c.configuration("1"); got.State != types.StateActive || *got.RevisionId == *first.RevisionId {
		t.Errorf("then: %s", got.State)
	}

	// Equal code and configuration: no new version, whatever the description.
	again := must[*sdk.PublishVersionOutput](t)(publish(func(i *sdk.PublishVersionInput) { i.Description = aws.String("release 2") }))
	if *again.Version != "1" || *again.Description != "release 1" {
		t.Errorf("again: version %s, %s", *again.Version, *again.Description)
	}
	must[*sdk.UpdateFunctionConfigurationOutput](t)(c.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{FunctionName: aws.String("echo"), Timeout: aws.Int32(4)}))
	c.pass(2 * time.Second)
	if got := c.publish(); got != "2" {
		t.Errorf("another configuration is version %s", got)
	}
	c.update("v2")
	if got := c.publish(); got != "3" {
		t.Errorf("other code is version %s", got)
	}
	// A version stays what it was, and its number is never used again.
	if got := must[lambda.Answer](t)(c.Run(t.Context(), "echo", "1", []byte("{}"))); string(got.Payload) != "v1" || got.Version != "1" {
		t.Errorf("version %s answers %q", got.Version, got.Payload)
	}
	must[*sdk.DeleteFunctionOutput](t)(c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("echo"), Qualifier: aws.String("3")}))
	if got := c.publish(); got != "4" {
		t.Errorf("after 3 is deleted: %s", got)
	}
}

func TestListVersionsByFunction(t *testing.T) {
	t.Parallel()
	c := start(t, nil).echo()
	for i := range 55 {
		c.update(fmt.Sprint("code ", i))
		c.publish()
	}
	var got []string
	pages := 0
	for p := sdk.NewListVersionsByFunctionPaginator(c, &sdk.ListVersionsByFunctionInput{FunctionName: aws.String("echo"), MaxItems: aws.Int32(1000)}); p.HasMorePages(); pages++ {
		out := must[*sdk.ListVersionsByFunctionOutput](t)(p.NextPage(t.Context()))
		for _, version := range out.Versions {
			got = append(got, *version.Version)
			if want := "arn:aws:lambda:us-east-1:000000000000:function:echo:" + *version.Version; *version.FunctionArn != want {
				t.Errorf("ARN %s, want %s", *version.FunctionArn, want)
			}
		}
	}
	if pages != 2 || len(got) != 56 || got[0] != "$LATEST" || got[10] != "10" || got[55] != "55" {
		t.Errorf("%d pages: %v", pages, got)
	}
	few := must[*sdk.ListVersionsByFunctionOutput](t)(c.ListVersionsByFunction(t.Context(), &sdk.ListVersionsByFunctionInput{FunctionName: aws.String("echo"), MaxItems: aws.Int32(2)}))
	if len(few.Versions) != 2 || few.NextMarker == nil {
		t.Errorf("%d versions, marker %v", len(few.Versions), few.NextMarker)
	}
}

func TestDeleteFunction(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	remove := func(qualifier string) error {
		_, err := c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("echo"), Qualifier: aws.String(qualifier)})
		return err
	}
	refused(t, remove("1"), "ResourceConflictException", 409, "aliases reference it: [live]")
	c.route("1", "2", 0.1)
	refused(t, remove("2"), "ResourceConflictException", 409, "aliases reference it: [live]")
	refused(t, remove("live"), "InvalidParameterValueException", 400, "aliases")
	refused(t, remove("$LATEST"), "InvalidParameterValueException", 400, "$LATEST")
	refused(t, remove("9"), "ResourceNotFoundException", 404, "echo:9")
	c.route("2", "", 0)
	c.runner.forgotten = nil
	if err := remove("1"); err != nil {
		t.Fatal(err)
	}
	refused(t, remove("1"), "ResourceNotFoundException", 404, "echo:1")
	if want := []string{"1 " + hash("v1")}; !slices.Equal(c.runner.forgotten, want) {
		t.Errorf("forgotten %q, want %q", c.runner.forgotten, want)
	}
	if _, err := c.Download(t.Context(), "goldfinch-local:"+hash("v1")); err == nil {
		t.Error("the package that nobody uses is still stored")
	}

	if _, err := c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("echo")}); err != nil {
		t.Fatal(err)
	}
	_, err := c.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("echo")})
	refused(t, err, "ResourceNotFoundException", 404, "Function not found")
	if err := c.store.Load("lambda", func(key string, _ []byte) error { return errors.New(key) }); err != nil {
		t.Errorf("still stored: %v", err)
	}
}
