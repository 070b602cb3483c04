package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

// TestMakeDeploy runs make with programs that note what they are asked for.
func TestMakeDeploy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		want      string
	}{
		"nothing said":    {nil, "npx --no-install cdk deploy Goldfinch"},
		"context values":  {[]string{"CONTEXT=name=finch vpcSubnets=subnet-0a1b2c3d,subnet-1a1b2c3d"}, "npx --no-install cdk deploy Goldfinch --context name=finch --context vpcSubnets=subnet-0a1b2c3d,subnet-1a1b2c3d"},
		"nobody to ask":   {[]string{"YES=true"}, "npx --no-install cdk deploy Goldfinch --require-approval never"},
		"after a destroy": {[]string{"ADOPT=true"}, "npx --no-install cdk deploy Goldfinch --import-existing-resources"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMake(t, "exit 0")
			if output, err := m.run("", append([]string{"deploy"}, test.arguments...)...); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			if asked := m.asked(); asked != "npm ci --no-audit --no-fund\n"+test.want+"\n" {
				t.Errorf("asked for %q, want npm ci and then %q", asked, test.want)
			}
		})
	}
	t.Run("that fails", func(t *testing.T) {
		t.Parallel()
		output, err := newMake(t, "echo 'not bootstrapped' >&2; exit 1").run("", "deploy")
		if err == nil {
			t.Error("make ends well")
		}
		for _, part := range []string{"not bootstrapped\n", "npx cdk bootstrap aws://ACCOUNT/REGION\n", "already exists, kept", "make deploy ADOPT=true\n", `CONTEXT="reservedConcurrency=false"`, "docs/install.md"} {
			if !strings.Contains(output, part) {
				t.Errorf("does not say %q:\n%s", part, output)
			}
		}
	})
}

// TestMakeDestroy wants to hear before and after what is kept, and nothing deleted without the name.
func TestMakeDestroy(t *testing.T) {
	t.Parallel()
	const kept = "  the ledger      table  finch\n  the artifacts   bucket finch-ACCOUNT-REGION\n"
	for name, test := range map[string]struct {
		answer    string
		arguments []string
		// deletes: the stack is deleted.
		deletes bool
		// says, in this order.
		says []string
	}{
		"the name is written": {"finch\n", []string{"CONTEXT=region=eu-west-1 name=finch"}, true, []string{
			"This deletes the stack finch:", kept, "Write finch to delete it:", "deleting", "The stack is gone.", kept,
			`make deploy ADOPT=true CONTEXT="region=eu-west-1 name=finch"`, "aws dynamodb update-table --table-name finch --no-deletion-protection-enabled\n", "aws dynamodb delete-table --table-name finch\n",
			"aws s3api delete-bucket --bucket finch-ACCOUNT-REGION\n"}},
		"another name":            {"finches\n", []string{"CONTEXT=name=finch"}, false, []string{kept, "Write finch to delete it:", "Nothing was deleted."}},
		"nobody answers":          {"", []string{"CONTEXT=name=finch"}, false, []string{"Nothing was deleted."}},
		"nobody is asked":         {"", []string{"YES=true", "CONTEXT=name=finch"}, true, []string{kept, "deleting", kept}},
		"by its usual name":       {"goldfinch\n", nil, true, []string{"Write goldfinch to delete it:", "deleting", "table  goldfinch\n", "bucket goldfinch-ACCOUNT-REGION\n", "make deploy ADOPT=true\n"}},
		"a bucket that was there": {"", []string{"YES=true", "CONTEXT=artifactBucket=artifacts"}, true, []string{"bucket artifacts\n", "deleting", "delete-bucket --bucket artifacts\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMake(t, "echo deleting")
			output, err := m.run(test.answer, append([]string{"destroy"}, test.arguments...)...)
			if (err == nil) != test.deletes || strings.Contains(m.asked(), "cdk destroy Goldfinch") != test.deletes {
				t.Errorf("%v; asked for %q", err, m.asked())
			}
			rest := output
			for _, part := range test.says {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Fatalf("does not say %q where it should:\n%s", part, output)
				}
				rest = after
			}
		})
	}
}

// A fakeMake is make with programs in the place of npm and npx.
type fakeMake struct {
	t         *testing.T
	directory string
}

// newMake makes npx do what a line of shell says.
func newMake(t *testing.T, npx string) fakeMake {
	t.Helper()
	m := fakeMake{t, t.TempDir()}
	note := "#!/bin/sh\necho \"$(basename \"$0\")\" \"$@\" >> " + filepath.Join(m.directory, "asked") + "\n"
	for name, text := range map[string]string{"npm": note, "npx": note + npx + "\n"} {
		if err := os.WriteFile(filepath.Join(m.directory, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m fakeMake) run(answer string, arguments ...string) (string, error) {
	m.t.Helper()
	// As if package-lock.json had just changed, wherever the last npm ci was.
	command := exec.CommandContext(m.t.Context(), "make", append([]string{"--no-print-directory", "-W", "package-lock.json"}, arguments...)...)
	command.Dir = ".."
	command.Env = append(os.Environ(), "PATH="+m.directory+string(os.PathListSeparator)+os.Getenv("PATH"), "MAKEFLAGS=")
	command.Stdin = strings.NewReader(answer)
	output, err := command.CombinedOutput()
	return string(output), err
}

func (m fakeMake) asked() string {
	return string(read(m.t, filepath.Join(m.directory, "asked")))
}

// checkCommandLine goes with the pinned command line and the real template
// as far as a peer of AWS lets it: without bootstrap it says so; with it, a difference is shown.
// The peer's CloudFormation can't read a template from a bucket, so the deployment itself ends there.
func checkCommandLine(t *testing.T, s *synthesis) {
	moto := peer.StartMoto(t, peer.MotoOptions{})
	installed := t.TempDir()
	for _, file := range []string{"package.json", "package-lock.json", ".npmrc"} {
		write(t, filepath.Join(installed, file), string(read(t, filepath.Join("..", file))))
	}
	run := func(name string, arguments ...string) (string, error) {
		command := exec.CommandContext(t.Context(), name, arguments...)
		command.Dir = installed
		command.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+moto.URL, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_REGION=eu-west-1",
			"AWS_EC2_METADATA_DISABLED=true", "CDK_HOME="+installed, "CI=true", "CDK_DISABLE_CLI_TELEMETRY=true")
		output, err := command.CombinedOutput()
		return string(output), err
	}
	cdk := func(arguments ...string) (string, error) {
		return run("npx", append([]string{"--no-install", "cdk", "--app", filepath.Dir(s.file), "--no-notices"}, arguments...)...)
	}
	if output, err := run("npm", "ci", "--no-audit", "--no-fund"); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, output)
	}
	var pinned struct{ DevDependencies map[string]string }
	parse(t, read(t, "../package.json"), &pinned)
	if output, err := cdk("--version"); err != nil || !strings.Contains(output, pinned.DevDependencies["aws-cdk"]+" ") {
		t.Fatalf("want version %s: %v\n%s", pinned.DevDependencies["aws-cdk"], err, output)
	}
	if output, err := cdk("deploy", "Goldfinch", "--require-approval", "never"); err == nil || !strings.Contains(output, "Please run 'cdk bootstrap'") {
		t.Errorf("without bootstrap: %v\n%s", err, output)
	}
	if output, err := cdk("bootstrap", "aws://123456789012/eu-west-1"); err != nil {
		t.Fatalf("bootstrap: %v\n%s", err, output)
	}
	output, err := cdk("diff", "Goldfinch", "--no-change-set")
	if err != nil {
		t.Fatalf("diff: %v\n%s", err, output)
	}
	for _, part := range []string{"[+] AWS::StepFunctions::StateMachine StateMachine", "[+] AWS::DynamoDB::Table LedgerTable", "[+] AWS::CloudWatch::Dashboard Dashboard"} {
		if !strings.Contains(output, part) {
			t.Errorf("the difference to an empty account lacks %q:\n%s", part, output)
		}
	}
}

// TestTheLockFileNamesNoRegistry keeps the lock file good for every machine's registry.
func TestTheLockFileNamesNoRegistry(t *testing.T) {
	t.Parallel()
	text := string(read(t, "../package-lock.json"))
	if strings.Contains(text, "resolved") || !strings.Contains(text, `"integrity": "sha512-`) {
		t.Error("package-lock.json says where packages are, or not which; npm install makes it anew with the .npmrc beside it")
	}
}
