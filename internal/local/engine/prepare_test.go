package engine_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A plan says that the function would be created, and creates nothing; a deploy creates it.
func TestOnlyADeployMakesTheFunction(t *testing.T) {
	t.Parallel()
	made, err := engine.New(engine.Options{Clock: clock.Wall{}, Store: store.Memory(), Runner: instant{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Close)
	name := function
	exists := func() bool {
		_, err := made.Lambda.GetFunction(t.Context(), &sdklambda.GetFunctionInput{FunctionName: &name})
		var missing *types.ResourceNotFoundException
		if err != nil && !errors.As(err, &missing) {
			t.Fatal(err)
		}
		return err == nil
	}
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "test",
		Artifact: release.Artifact{Package: "s3://elsewhere/nothing.zip"},
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: function, Alias: alias}},
	}
	if _, err := made.Operator.Deploy(t.Context(), document); err == nil || exists() {
		t.Errorf("a function was made of nothing (%v)", err)
	}
	document.Artifact = stored(t, made)
	preview, err := made.Operator.Plan(t.Context(), document)
	if err != nil {
		t.Fatal(err)
	}
	if exists() {
		t.Error("a plan made the function")
	}
	if !preview.First || len(preview.Refusals) != 0 || !strings.Contains(strings.Join(preview.Notes, "\n"), "no function echo: it would be created") {
		t.Errorf("preview %+v", preview)
	}
	if _, err := made.Operator.Deploy(t.Context(), document); err != nil || !exists() {
		t.Errorf("a deploy made no function: %v", err)
	}
	if preview, err = made.Operator.Plan(t.Context(), document); err != nil || strings.Contains(strings.Join(preview.Notes, "\n"), "would be created") {
		t.Errorf("preview %+v: %v", preview, err)
	}
}

// stored is a package in the local cloud; what is in it does not matter, because nothing runs it.
func stored(t *testing.T, e *engine.Engine) release.Artifact {
	t.Helper()
	packed, err := bundle.Zip([]byte("a program"))
	if err != nil {
		t.Fatal(err)
	}
	key := "echo.zip"
	if _, err := e.S3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: &key, Body: bytes.NewReader(packed)}); err != nil {
		t.Fatal(err)
	}
	return release.Artifact{Package: "s3://" + engine.Bucket + "/" + key}
}
