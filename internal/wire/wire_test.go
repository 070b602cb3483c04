package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/wire"
)

func TestEveryFolderIsAFunctionAndEveryFunctionHasAFolder(t *testing.T) {
	entries, err := os.ReadDir("../../functions")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, entry := range entries {
		folders = append(folders, entry.Name())
	}
	handlers := wire.Workflow(wire.Clients{}, wire.Settings{}, wire.UTC, nil, slog.New(slog.DiscardHandler))
	if diff := cmp.Diff(folders, slices.Sorted(maps.Keys(wire.Functions(handlers, wire.Triggers(wire.Clients{}, wire.Settings{}), wire.Announcer(wire.Clients{}, wire.Settings{}, io.Discard, slog.New(slog.DiscardHandler)), detector())))); diff != "" {
		t.Errorf("functions (-folders +table):\n%s", diff)
	}
}

func detector() *drift.Detector {
	return wire.Detector(wire.Clients{}, wire.Settings{}, wire.UTC, nil, slog.New(slog.DiscardHandler))
}

// A function that breaks must reach the workflow under a name that it knows.
func TestAFunctionTranslatesEveryError(t *testing.T) {
	handlers := wire.Workflow(wire.Clients{}, wire.Settings{}, wire.UTC, nil, slog.New(slog.DiscardHandler))
	functions := wire.Functions(handlers, wire.Triggers(wire.Clients{}, wire.Settings{}), wire.Announcer(wire.Clients{}, wire.Settings{}, io.Discard, slog.New(slog.DiscardHandler)), detector())
	for _, test := range []struct {
		function, payload string
		want              release.Kind
	}{
		{"intake", `not JSON`, release.KindRefused},
		{"intake", `{"state":"Unknown"}`, release.KindRefused},
		{"intake", `{"state":"Intake","name":"r","input":{"apiVersion":"x"}}`, release.KindRefused},
		{"shift", `{"state":"Shift","name":"r","input":{"release":"other"}}`, release.KindRefused},
		{"shift", `{"state":"Shift","name":"r","input":{"release":"r"}}`, release.KindTransient}, // there is no DynamoDB: it panics
	} {
		_, err := functions[test.function](context.Background(), json.RawMessage(test.payload))
		var named messages.InvokeResponse_Error
		if !errors.As(err, &named) || named.Type != string(test.want) {
			t.Errorf("%s with %s: %#v, want %s", test.function, test.payload, err, test.want)
		}
	}
}

func TestMissingSettingsAreNamed(t *testing.T) {
	settings := wire.SettingsFromEnvironment(func(name string) string {
		return map[string]string{"GOLDFINCH_TABLE": "t"}[name]
	})
	if diff := cmp.Diff([]string{"GOLDFINCH_BUCKET", "GOLDFINCH_STATE_MACHINE"}, settings.Missing()); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

func TestClientsOfAWSAreMadeWithoutACall(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	clients, err := wire.AWS(context.Background(), "eu-central-1", "")
	if err != nil || clients.DynamoDB == nil || clients.Lambda == nil || clients.CloudWatch == nil || clients.S3 == nil || clients.StepFunctions == nil {
		t.Errorf("clients %+v: %v", clients, err)
	}
	if _, err := wire.AWS(context.Background(), "", "no-such-profile"); err == nil {
		t.Error("a profile that does not exist was taken")
	}
}
