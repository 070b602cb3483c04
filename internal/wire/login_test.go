package wire_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/wire"
)

// moto takes every credential for one of this account, until a role of another one is taken on.
const motoAccount = "123456789012"

// pretendAWS makes AWS's SDK ask a server of moto, with nobody's credentials, and shields it from this machine's configuration.
func pretendAWS(t *testing.T) {
	t.Helper()
	moto := peer.StartMoto(t, peer.MotoOptions{})
	absent := filepath.Join(t.TempDir(), "absent")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": moto.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_REGION": "us-east-1", "AWS_CONFIG_FILE": absent, "AWS_SHARED_CREDENTIALS_FILE": absent, "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

func nothing(string) string { return "" }

func TestAPlaceNamesItsInstallation(t *testing.T) {
	pretendAWS(t)
	production := release.Place{Account: motoAccount, Region: "eu-west-1"}
	elsewhere := release.Place{Account: "210987654321", Region: "eu-central-1", Role: "arn:aws:iam::210987654321:role/goldfinch-operator", Installation: "finch", Bucket: "artifacts"}
	for name, test := range map[string]struct {
		login  wire.Login
		getenv func(string) string
		want   wire.Settings
	}{
		"its own account": {
			wire.Login{Place: production}, nothing,
			wire.Settings{Table: "goldfinch", Bucket: "goldfinch-123456789012-eu-west-1", StateMachine: "arn:aws:states:eu-west-1:123456789012:stateMachine:goldfinch:live", EventBus: "default"},
		},
		"another account by its role": {
			wire.Login{Place: elsewhere}, nothing,
			wire.Settings{Table: "finch", Bucket: "artifacts", StateMachine: "arn:aws:states:eu-central-1:210987654321:stateMachine:finch:live", EventBus: "default"},
		},
		"a region of the caller's choice": {
			wire.Login{Region: "eu-north-1", Place: production}, nothing,
			wire.Settings{Table: "goldfinch", Bucket: "goldfinch-123456789012-eu-north-1", StateMachine: "arn:aws:states:eu-north-1:123456789012:stateMachine:goldfinch:live", EventBus: "default"},
		},
		"variables go before": {
			wire.Login{Place: production}, func(name string) string {
				return map[string]string{"GOLDFINCH_TABLE": "other", "GOLDFINCH_EVENT_BUS": "releases"}[name]
			},
			wire.Settings{Table: "other", Bucket: "goldfinch-123456789012-eu-west-1", StateMachine: "arn:aws:states:eu-west-1:123456789012:stateMachine:goldfinch:live", EventBus: "releases"},
		},
		"nowhere": {wire.Login{}, nothing, wire.Settings{EventBus: "default"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, err := wire.LogIn(t.Context(), test.login, test.getenv)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTheClientsActAsTheRole sees by whose table is read that every call is made in the role's account and region.
func TestTheClientsActAsTheRole(t *testing.T) {
	pretendAWS(t)
	clients, settings, err := wire.LogIn(t.Context(), wire.Login{Place: release.Place{
		Account: "210987654321", Region: "eu-central-1", Role: "arn:aws:iam::210987654321:role/goldfinch-operator",
	}}, nothing)
	if err != nil {
		t.Fatal(err)
	}
	table, err := clients.DynamoDB.(*dynamodb.Client).CreateTable(t.Context(), ledger.CreateTableInput(settings.Table))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := aws.ToString(table.TableDescription.TableArn), "arn:aws:dynamodb:eu-central-1:210987654321:table/goldfinch"; got != want {
		t.Errorf("the table is %s, want %s", got, want)
	}
}

func TestLoggingInIsRefused(t *testing.T) {
	pretendAWS(t)
	_, _, err := wire.LogIn(t.Context(), wire.Login{Place: release.Place{Account: "210987654321", Region: "eu-west-1"}}, nothing)
	if kind, _ := release.KindOf(err); kind != release.KindRefused || !strings.Contains(err.Error(), "are of account 123456789012, and goldfinch.yaml says that the environment is in 210987654321") {
		t.Errorf("into another account: %v", err)
	}
	if _, _, err := wire.LogIn(t.Context(), wire.Login{Profile: "no-such-profile"}, nothing); err == nil {
		t.Error("a profile that does not exist was taken")
	}
	for name, place := range map[string]release.Place{
		"act as arn:aws:iam::123456789012:role/goldfinch-operator, as goldfinch.yaml says: ": {Account: motoAccount, Region: "eu-west-1", Role: "arn:aws:iam::123456789012:role/goldfinch-operator"},
		"ask AWS whose credentials these are: ":                                              {Account: motoAccount, Region: "eu-west-1"},
	} {
		t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
		t.Setenv("AWS_MAX_ATTEMPTS", "1")
		if _, _, err := wire.LogIn(t.Context(), wire.Login{Place: place}, nothing); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("without an answer: %v, want %q", err, name)
		}
	}
}
