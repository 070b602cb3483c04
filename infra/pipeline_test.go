package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// withPipeline is a context that asks for a pipeline.
var withPipeline = map[string]any{
	"pipelineConnection": "arn:aws:codeconnections:eu-central-1:123456789012:connection/0a1b2c3d", "pipelineRepository": "acme/echo", "pipelineBranch": "trunk",
}

func TestPipeline(t *testing.T) {
	s := synthesise(t, withPipeline)
	checkFindings(t, s)
	checkDeployPolicies(t, s)
	checkDeployNames(t, s)
	var pipeline struct {
		Name, PipelineType, ExecutionMode string
		Stages                            []struct {
			Actions []struct {
				ActionTypeID                    struct{ Category, Owner, Provider string }
				Configuration                   map[string]any
				InputArtifacts, OutputArtifacts []struct{ Name string }
			}
		}
	}
	parse(t, []byte(textOfJSON(t, s.Resources["Pipeline"].Properties)), &pipeline)
	var way []string
	for _, stage := range pipeline.Stages {
		for _, action := range stage.Actions {
			configuration := map[string]string{}
			for key, value := range action.Configuration {
				configuration[key] = joined(value)
			}
			input, output := "", ""
			if len(action.InputArtifacts) > 0 {
				input = action.InputArtifacts[0].Name
			}
			if len(action.OutputArtifacts) > 0 {
				output = action.OutputArtifacts[0].Name
			}
			way = append(way, action.ActionTypeID.Provider+" "+input+">"+output+" "+textOfJSON(t, configuration))
		}
	}
	want := []string{
		`CodeStarSourceConnection >Commit {"BranchName":"trunk","ConnectionArn":"arn:aws:codeconnections:eu-central-1:123456789012:connection/0a1b2c3d","DetectChanges":"true","FullRepositoryId":"acme/echo","OutputArtifactFormat":"CODE_ZIP"}`,
		`CodeBuild Commit>Release {"ProjectName":"Build"}`,
		`StepFunctions Release> {"ExecutionNamePrefix":"pipeline","Input":"release.json","InputType":"FilePath","StateMachineArn":"arn:AWS::Partition:states:AWS::Region:AWS::AccountId:stateMachine:goldfinch"}`,
	}
	if diff := cmp.Diff(want, way); diff != "" {
		t.Errorf("the way of a commit (-want +got):\n%s", diff)
	}
	build := s.Resources["Build"].Properties
	if source := build["Source"].(map[string]any); source["BuildSpec"] != buildspec {
		t.Error("the build does not do what buildspec.yaml says")
	}
	if environment := build["Environment"].(map[string]any); environment["Type"] != "ARM_CONTAINER" || environment["PrivilegedMode"] != false {
		t.Errorf("the build runs in %v", environment)
	}
	// Whoever pushes a commit decides what the build does: it may only store packages, and start nothing.
	if roles := textOfJSON(t, s.Resources["BuildRole"].Properties); strings.Contains(roles, "states:") || strings.Contains(roles, "lambda:") || strings.Contains(roles, "dynamodb:") {
		t.Errorf("the build may do too much: %s", roles)
	}
	starts := textOfJSON(t, s.Resources["PipelineRole"].Properties)
	if part := `"codeconnections:FullRepositoryId":"acme/echo"`; !strings.Contains(starts, part) {
		t.Errorf("the pipeline's role is not bound by %s", part)
	}
	// A start without an alias has no qualifier that a condition could compare.
	if strings.Contains(starts, "states:StateMachineQualifier") {
		t.Errorf("the pipeline may not start the state machine itself: %s", starts)
	}
}

// checkPipelineOfOthers looks at a pipeline with bucketContext: a bucket, a key and a connection that were there before.
func checkPipelineOfOthers(t *testing.T, s *synthesis) {
	if store := textOfJSON(t, s.Resources["Pipeline"].Properties["ArtifactStore"]); store != `{"EncryptionKey":{"Id":"arn:aws:kms:eu-central-1:123456789012:key/0a1b","Type":"KMS"},"Location":"acme-artifacts","Type":"S3"}` {
		t.Errorf("the store is %s", store)
	}
	if kind := s.Resources["Build"].Properties["Environment"].(map[string]any)["Type"]; kind != "LINUX_CONTAINER" {
		t.Errorf("x86_64 is built in %v", kind)
	}
	role := textOfJSON(t, s.Resources["PipelineRole"].Properties)
	for _, part := range []string{"codestar-connections:UseConnection", "kms:GenerateDataKey", ":s3:::acme-artifacts/a-rather-long-name-p/*"} {
		if !strings.Contains(role, part) {
			t.Errorf("the pipeline's role lacks %s: %s", part, role)
		}
	}
}

// TestTheBuildMakesARelease runs the commands of buildspec.yaml as CodeBuild would,
// with an aws that only notes what it is asked for and a pip that installs nothing.
func TestTheBuildMakesARelease(t *testing.T) {
	t.Parallel()
	directory := newRepository(t, `apiVersion: goldfinch/v1
service: echo
environment: production
artifact: build/echo.zip
target: {lambda: {function: echo, alias: live}}
strategy: {canary: {weight: 5, wait: 10m}}
`, "package:\n\tmkdir -p build && printf code > build/echo.zip\n")
	if output, err := runBuild(t, directory); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	document, _, err := release.Read(read(t, filepath.Join(directory, "release.json")))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("code"))
	digest := hex.EncodeToString(sum[:])
	wantArtifact := release.Artifact{Package: "s3://artifacts/packages/echo/" + digest + ".zip", SHA256: digest, VersionID: "3HL4kqtJlcpXroDTDmJ"}
	if diff := cmp.Diff(wantArtifact, document.Artifact); diff != "" {
		t.Errorf("artifact (-want +got):\n%s", diff)
	}
	wantRequest := release.Request{By: "pipeline goldfinch-pipeline", Reason: "commit 0123456789abcdef0123456789abcdef01234567", Label: "0123456789ab"}
	if diff := cmp.Diff(wantRequest, document.Request); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	asked := string(read(t, filepath.Join(directory, "asked")))
	if want := "s3api put-object --bucket artifacts --key packages/echo/" + digest + ".zip --body build/echo.zip --checksum-algorithm SHA256 --output json\n"; asked != want {
		t.Errorf("aws was asked %q, want %q", asked, want)
	}
}

func TestABuildThatFailsStartsNothing(t *testing.T) {
	t.Parallel()
	const document = "apiVersion: goldfinch/v1\nservice: echo\nenvironment: production\nartifact: build/echo.zip\ntarget: {lambda: {function: echo, alias: live}}\n"
	for name, test := range map[string]struct{ document, makefile, want string }{
		"the target fails":        {document, "package:\n\tfalse\n", "Error 1"},
		"it makes something else": {document, "package:\n\ttouch other.zip\n", "release.yaml: artifact: make package has not made 'build/echo.zip'"},
		"no service":              {"artifact: build/echo.zip\n", "package:\n\ttrue\n", "release.yaml: service: is missing"},
		"a path as service":       {"service: ../up\nartifact: build/echo.zip\n", "package:\n\ttrue\n", "release.yaml: service: is missing, or not a usable name"},
		"not a mapping":           {"- echo\n", "package:\n\ttrue\n", "release.yaml: service: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := newRepository(t, test.document, test.makefile)
			output, err := runBuild(t, directory)
			if err == nil || !strings.Contains(output, test.want) {
				t.Errorf("%v, want %q\n%s", err, test.want, output)
			}
			for _, file := range []string{"release.json", "asked"} {
				if _, err := os.Stat(filepath.Join(directory, file)); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("there is a file %s (%v)", file, err)
				}
			}
		})
	}
}

// newRepository is a user's repository, with the programs that the build is to use instead of the real ones.
func newRepository(t *testing.T, document, makefile string) string {
	t.Helper()
	directory := t.TempDir()
	for name, text := range map[string]string{
		"release.yaml": document, "Makefile": makefile,
		"programs/aws":     "#!/bin/sh\necho \"$@\" >> asked\necho '{\"ETag\": \"x\", \"VersionId\": \"3HL4kqtJlcpXroDTDmJ\"}'\n",
		"programs/pip":     "#!/bin/sh\ntest \"$1\" = install\n",
		"programs/python3": "#!/bin/sh\nexec " + pythonWithYAML(t) + " \"$@\"\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(directory, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

// pythonWithYAML is the Python that runs moto: it has a YAML library, as CodeBuild's has after the install phase.
func pythonWithYAML(t *testing.T) string {
	t.Helper()
	moto, err := peer.Tool("moto_server")
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(moto), "python3"), "-c", "import sys, yaml; print(sys.executable)").Output()
	if err != nil {
		t.Fatalf("ask moto's Python where it is: %v", err)
	}
	return strings.TrimSpace(string(path))
}

// runBuild runs the commands of each phase, and the last phase also after a failure, as CodeBuild does.
func runBuild(t *testing.T, directory string) (output string, failure error) {
	t.Helper()
	var spec struct {
		Phases map[string]struct{ Commands []string }
	}
	if err := yaml.Unmarshal([]byte(buildspec), &spec); err != nil {
		t.Fatal(err)
	}
	succeeding := "1"
	for _, phase := range []string{"install", "build", "post_build"} {
		if len(spec.Phases[phase].Commands) == 0 {
			t.Fatalf("buildspec.yaml has no phase %s", phase)
		}
		for _, text := range spec.Phases[phase].Commands {
			command := exec.CommandContext(t.Context(), "bash", "-c", text)
			command.Dir = directory
			command.Env = append(os.Environ(),
				"PATH="+strings.Join([]string{filepath.Join(directory, "programs"), os.Getenv("PATH")}, string(os.PathListSeparator)),
				"CODEBUILD_BUILD_SUCCEEDING="+succeeding, "CODEBUILD_RESOLVED_SOURCE_VERSION=0123456789abcdef0123456789abcdef01234567",
				"GOLDFINCH_BUCKET=artifacts", "GOLDFINCH_PIPELINE=goldfinch-pipeline", "MAKEFLAGS=")
			said, err := command.CombinedOutput()
			output += string(said)
			if err != nil {
				failure, succeeding = errors.Join(failure, err), "0"
				break
			}
		}
	}
	return output, failure
}
