package peer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// Terraform is Terraform with a folder of configuration and a state of its own. Its provider for AWS runs once for all
// commands, in the debug mode of the plugin SDK: a command that starts it needs half as long again.
// https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
type Terraform struct {
	t           testing.TB
	program     string
	folder      string
	environment []string
	panics      panics
}

// TerraformOptions say where Terraform works.
type TerraformOptions struct {
	// Endpoints are the addresses of AWS's services, by the names that the provider has for them, such as "elbv2".
	Endpoints map[string]string
}

// StartTerraform starts the provider, and ends it with the test. What can't be had fails the test.
func StartTerraform(t testing.TB, options TerraformOptions) *Terraform {
	t.Helper()
	program, err := Tool("terraform")
	if err != nil {
		t.Fatal(err)
	}
	f := &Terraform{t: t, program: program, folder: t.TempDir()}
	f.environment = append(withoutSettings(os.Environ()), "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_REATTACH_PROVIDERS="+f.startProvider())
	var endpoints strings.Builder
	for _, service := range slices.Sorted(maps.Keys(options.Endpoints)) {
		fmt.Fprintf(&endpoints, "    %s = %q\n", service, options.Endpoints[service])
	}
	f.Write("provider.tf", fmt.Sprintf(provider, endpoints.String()))
	f.run("init", "-input=false")
	return f
}

// provider leads Terraform to services that know no keys.
const provider = `terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
%s  }
}
`

// withoutSettings is an environment in which nothing tells Terraform or AWS's libraries how to work.
func withoutSettings(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool {
		return strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "AWS_")
	})
}

// startProvider starts the provider and returns what leads Terraform to it.
func (f *Terraform) startProvider() string {
	f.t.Helper()
	_, file, _, _ := runtime.Caller(0)
	pattern := filepath.Join(filepath.Dir(file), "..", "..", "build", "tools", "terraform-plugins", "registry.terraform.io", "hashicorp", "aws", "*", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-aws_v*")
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		f.t.Fatalf("Terraform's provider for AWS is not in build/tools/terraform-plugins: run `make tools`")
	}
	command := exec.Command(found[0], "-debug")
	// Each command has it build the schemas of a thousand resources, most of which is collecting garbage.
	command.Env = append(withoutSettings(os.Environ()), "GOGC=400")
	command.Dir, command.Stderr = f.folder, &f.panics
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		f.t.Fatalf("start %s: %v", found[0], err)
	}
	told := make(chan string, 1)
	ended := make(chan error, 1)
	go func() {
		const before = "TF_REATTACH_PROVIDERS='"
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if _, value, is := strings.Cut(lines.Text(), before); is {
				told <- strings.TrimSuffix(value, "'")
				break
			}
		}
		_, _ = io.Copy(io.Discard, output)
		ended <- command.Wait()
	}()
	f.t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	select {
	case attach := <-told:
		return attach
	case err := <-ended:
		ended <- err
		f.t.Fatalf("%s ended at once: %v", found[0], err)
	case <-time.After(ready):
		f.t.Fatalf("%s did not say within %s how it is reached", found[0], ready)
	}
	return ""
}

// Write writes a file of the configuration, such as main.tf.
func (f *Terraform) Write(name, content string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.folder, name), []byte(content), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// Apply makes the account as the configuration says. It returns the outputs, and what it changed as [Terraform.Plan] does.
func (f *Terraform) Apply() (outputs map[string]string, changes map[string]string) {
	f.t.Helper()
	said := f.run("apply", "-input=false", "-auto-approve", "-json")
	outputs = map[string]string{}
	for _, one := range said {
		for name, output := range one.Outputs {
			if text, is := output.Value.(string); is {
				outputs[name] = text
			}
		}
	}
	return outputs, changesIn(said)
}

// Plan is what Terraform would change: actions such as "create", "update", "replace" and "delete" by the addresses of
// resources such as aws_lb.web; "remove" is no more than to forget.
func (f *Terraform) Plan() map[string]string {
	f.t.Helper()
	return changesIn(f.run("plan", "-input=false", "-json"))
}

// A message is a line that Terraform says with -json.
// https://developer.hashicorp.com/terraform/internals/machine-readable-ui
type message struct {
	Text   string `json:"@message"`
	Level  string `json:"@level"`
	Type   string
	Change struct {
		Resource struct{ Addr string }
		Action   string
	}
	Outputs    map[string]struct{ Value any }
	Diagnostic struct{ Summary, Detail string }
}

func changesIn(said []message) map[string]string {
	changes := map[string]string{}
	for _, one := range said {
		if one.Type == "planned_change" && one.Change.Action != "noop" {
			changes[one.Change.Resource.Addr] = one.Change.Action
		}
	}
	return changes
}

// run wants a command to succeed, and returns what it says as JSON.
func (f *Terraform) run(arguments ...string) []message {
	f.t.Helper()
	command := exec.CommandContext(f.t.Context(), f.program, arguments...)
	command.Dir, command.Env = f.folder, f.environment
	output, err := command.CombinedOutput()
	var said []message
	var complaints strings.Builder
	for line := range bytes.Lines(output) {
		var one message
		if json.Unmarshal(line, &one) != nil {
			complaints.Write(line)
			continue
		}
		said = append(said, one)
		if one.Level == "error" {
			fmt.Fprintf(&complaints, "%s\n%s\n", one.Text, one.Diagnostic.Detail)
		}
	}
	if err != nil {
		f.t.Fatalf("terraform %s: %v\n%s%s", arguments[0], err, &complaints, &f.panics)
	}
	return said
}

// panics keeps what a provider writes from its first panic on; before that it is megabytes of log.
type panics struct{ lines }

func (p *panics) Write(written []byte) (int, error) {
	if at := bytes.Index(written, []byte("panic: ")); at >= 0 || p.String() != "" {
		_, err := p.lines.Write(written[max(at, 0):])
		return len(written), err
	}
	return len(written), nil
}
