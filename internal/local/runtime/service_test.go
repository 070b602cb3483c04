package runtime_test

import (
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/program"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// The local Lambda runs real processes, and lets go of those of replaced code.
func TestUnderTheLocalLambda(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	m, _ := manager(t, runtime.Options{Directory: directory})
	service, err := lambda.New(lambda.Options{Store: store.Memory(), Runner: m, Check: program.Check})
	if err != nil {
		t.Fatal(err)
	}
	name := aws.String("test")
	create := &sdk.CreateFunctionInput{
		FunctionName: name, Role: aws.String("arn:role"), Handler: aws.String("bootstrap"), Runtime: types.RuntimeProvidedal2023,
		Code: &types.FunctionCode{ZipFile: []byte("no zip")},
	}
	if _, err := service.CreateFunction(t.Context(), create); err == nil {
		t.Error("a package that cannot run is accepted")
	}
	create.Code.ZipFile = function
	if _, err := service.CreateFunction(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	address, next := lifelines(t)
	out, err := service.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: name, Payload: []byte(`{"do":"dial","text":"` + address + `"}`)})
	if err != nil || out.FunctionError != nil {
		t.Fatalf("%+v, %v", out, err)
	}
	old := next()
	update := &sdk.UpdateFunctionCodeInput{FunctionName: name, ZipFile: archive(t, script("exit 9"))}
	if _, err := service.UpdateFunctionCode(t.Context(), update); err != nil {
		t.Fatal(err)
	}
	old.dead(t)
	answer, err := service.Run(t.Context(), "test", "", []byte("{}"))
	if err != nil || decode[failure](t, answer.Result).ErrorType != "Runtime.ExitError" {
		t.Errorf("the new code: %s, %v", answer.Payload, err)
	}
	if folders, err := os.ReadDir(directory); err != nil || len(folders) != 1 {
		t.Errorf("folders: %v, %v", folders, err)
	}
}
