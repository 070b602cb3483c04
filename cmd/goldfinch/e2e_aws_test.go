package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const operatorRole = "arn:aws:iam::210987654321:role/goldfinch-operator"

// twoAccounts has an environment in the account that moto takes everybody's
// credentials for, without Goldfinch, and one in another account, with it.
const twoAccounts = `apiVersion: goldfinch/v1
environments:
  staging: {account: "123456789012", region: eu-west-1}
  production: {account: "210987654321", region: eu-central-1, role: "` + operatorRole + `"}
`

// TestGoldfinchYAMLLeadsToTheAccount runs the command against a peer of AWS that
// keeps accounts and regions apart, with nothing set but credentials.
func TestGoldfinchYAMLLeadsToTheAccount(t *testing.T) {
	t.Parallel()
	moto := peer.StartMoto(t, peer.MotoOptions{})
	configuration := aws.Config{Region: "eu-central-1", BaseEndpoint: &moto.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	configuration.Credentials = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(configuration), operatorRole)
	if _, err := dynamodb.NewFromConfig(configuration).CreateTable(t.Context(), ledger.CreateTableInput("goldfinch")); err != nil {
		t.Fatal(err)
	}

	p := newPlace(t)
	p.write("goldfinch.yaml", twoAccounts)
	run := func(code int, arguments ...string) result {
		t.Helper()
		command := p.command(arguments...)
		absent := filepath.Join(p.temporary, "absent")
		command.Env = append(command.Env, "AWS_ENDPOINT_URL="+moto.URL, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
			"AWS_CONFIG_FILE="+absent, "AWS_SHARED_CREDENTIALS_FILE="+absent, "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1")
		r := p.finish(command)
		if r.code != code {
			t.Fatalf("exit code %d, want %d\n%s", r.code, code, r)
		}
		return r
	}

	run(release.ExitPromoted, "lock", "echo/production", "--reason", "audit")
	if found := decode[[]operator.Status](t, run(release.ExitPromoted, "list", "--environment", "production", "--output", "json")); len(found) != 0 {
		t.Errorf("releases %+v, want none", found)
	}
	run(release.ExitPromoted, "unlock", "echo/production")

	for name, test := range map[string]struct {
		code      int
		says      string
		arguments []string
	}{
		"no environment": {release.ExitUsage, "which environment? goldfinch.yaml has production, staging; say it by --environment", []string{"list"}},
		"unknown":        {release.ExitUsage, "goldfinch.yaml has no environment test; it has production, staging", []string{"status", "echo/test"}},
		"not installed":  {release.ExitError, "ResourceNotFoundException", []string{"lock", "echo/staging", "--reason", "audit"}},
	} {
		if r := run(test.code, test.arguments...); !strings.Contains(r.stderr, test.says) {
			t.Errorf("%s: want %q\n%s", name, test.says, r)
		}
	}

	p.write("goldfinch.yaml", strings.Replace(twoAccounts, `"123456789012"`, `"111122223333"`, 1))
	if r := run(release.Refused.ExitCode(), "lock", "echo/staging", "--reason", "audit"); !strings.Contains(r.stderr, "are of account 123456789012, and goldfinch.yaml says that the environment is in 111122223333") {
		t.Error(r)
	}
	p.write("goldfinch.yaml", "apiVersion: goldfinch/v1\nenvironments: {production: {account: 210987654321}}\n")
	if r := run(release.ExitUsage, "list"); !strings.Contains(r.stderr, "goldfinch.yaml:2:38: environments.production.account: must be text") || !strings.Contains(r.stderr, "region: is missing") {
		t.Error(r)
	}
	p.write("goldfinch.yaml", "")
}
