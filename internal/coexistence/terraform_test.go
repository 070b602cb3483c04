// Package coexistence_test lets Goldfinch release services that Terraform and CloudFormation have made, as the pages of
// docs/targets say, and asks those afterwards what they would change. It has no code of its own.
package coexistence_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

// TestTerraformHasNothingToDo has Terraform make an account as the pages say, and releases a service of each target in it.
// Terraform's own provider must find nothing to change while the canaries run, nor when they are promoted and the old
// versions are gone; and without what the pages say, it would take every release back.
func TestTerraformHasNothingToDo(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	api := newGateway(t)
	terraform := peer.StartTerraform(t, peer.TerraformOptions{Endpoints: map[string]string{
		"apigateway": api.url, "autoscaling": a.url, "ec2": a.url, "elbv2": a.url, "iam": a.url, "lambda": a.url, "route53": a.url, "sts": a.url,
	}})
	first := a.firstRecord()
	parts := map[string]string{}
	files, err := filepath.Glob("testdata/terraform/*.tf")
	must(t, err)
	for _, file := range files {
		parts[filepath.Base(file)] = read(t, file)
		terraform.Write(filepath.Base(file), parts[filepath.Base(file)])
	}
	terraform.Write("account.auto.tfvars", fmt.Sprintf("image = %q\nvpc = %q\nsubnets = [%q, %q]\nrest_api = %q\ndeployment = %q\nzone = %q\n",
		a.image("first"), a.vpc, a.subnets[0], a.subnets[1], api.id, api.first, a.zone))
	terraform.Write("first.zip", string(packed(t, "first")))
	// Somebody has had the record in Terraform until now.
	record := strings.ReplaceAll(read(t, "testdata/record.tf"), "STACK", first)
	adopted := fmt.Sprintf("%s\nimport {\n  to = aws_route53_record.echo\n  id = \"%s_app.example.com_A_%s\"\n}\n", record, a.zone, first)
	terraform.Write("route53.tf", withoutBlock(t, parts["route53.tf"], "removed")+adopted)
	outputs, _ := terraform.Apply()
	terraform.Write("route53.tf", parts["route53.tf"])

	services := []*service{
		a.alb(outputs), a.asg(outputs), a.lambda(), a.route53(first), api.service(),
	}
	for _, s := range services {
		s.deploy(t)
		s.shift(t, 50)
	}
	// An apply in the middle of five releases forgets the record, and that is all.
	if _, changes := terraform.Apply(); !maps.Equal(changes, map[string]string{"aws_route53_record.echo": "remove"}) {
		t.Errorf("while canaries run, Terraform changes %v", changes)
	}
	for _, s := range services {
		s.has(t, 50)
		s.shift(t, 100)
	}
	a.forget()
	for _, s := range services {
		s.retire(t)
	}
	// A package that somebody has built anew is none that was released.
	terraform.Write("first.zip", string(packed(t, "built again")))
	if changes := terraform.Plan(); len(changes) > 0 {
		t.Errorf("after the promotions, Terraform wants to change %v", changes)
	}

	for name, content := range parts {
		terraform.Write(name, ignorant.ReplaceAllString(content, ""))
	}
	terraform.Write("route53.tf", withoutBlock(t, parts["route53.tf"], "removed")+record)
	want := map[string]string{
		"aws_lb_listener_rule.echo":    "update",
		"aws_launch_template.echo":     "update",
		"aws_autoscaling_group.first":  "update",
		"aws_lb_target_group.orders":   "update",
		"aws_launch_template.orders":   "update",
		"aws_autoscaling_group.orders": "update",
		"aws_lambda_function.echo":     "update",
		"aws_lambda_alias.live":        "update",
		"aws_route53_record.echo":      "create",
		"aws_api_gateway_stage.prod":   "update",
	}
	if unwise := terraform.Plan(); !maps.Equal(unwise, want) {
		t.Errorf("without what the pages say, Terraform wants to change %v, want %v", unwise, want)
	}
	if t.Failed() {
		return
	}
	measured.Log(t, "terraform apply in the middle of a release of each of five targets, and terraform plan after their promotions: no changes; without what the pages say, it would take all of them back (%d resources)", len(want))
}

// ignorant are the lines that tell Terraform what to leave alone.
var ignorant = regexp.MustCompile(`(?m)^ +(lifecycle \{ )?ignore_changes = .*$`)

// withoutBlock takes a block, with the line before it, out of a configuration.
func withoutBlock(t *testing.T, configuration, kind string) string {
	t.Helper()
	before, rest, found := strings.Cut(configuration, kind+" {\n")
	_, after, ends := strings.Cut(rest, "\n}\n")
	if !found || !ends {
		t.Fatalf("there is no block %q in\n%s", kind, configuration)
	}
	return before + after
}

// TestPagesShowWhatTerraformIsTestedWith wants every line of Terraform on the pages to be one that is tested, in the same order, and
// every line that tells Terraform to leave something alone to be on the page.
func TestPagesShowWhatTerraformIsTestedWith(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"alb", "apigateway", "asg", "lambda", "route53"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			expectShown(t, target, "hcl", read(t, "testdata/terraform/"+target+".tf"), "ignore_changes", "removed")
		})
	}
}

// expectShown wants the lines on a target's page to be lines of a file, in the same order, and those of the file that have one of words to be on the page.
// The page leaves out what it writes as "# …".
func expectShown(t *testing.T, target, language, file string, words ...string) {
	t.Helper()
	tested, shown := lines(file), lines(block(t, target, language))
	rest := tested
	for _, line := range shown {
		if line == "# …" {
			continue
		}
		at := slices.Index(rest, line)
		if at < 0 {
			t.Fatalf("the page says %q, which is not tested, or not there", line)
		}
		rest = rest[at+1:]
	}
	for _, line := range tested {
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(line, word) }) && !slices.Contains(shown, line) {
			t.Errorf("the page does not say %q", line)
		}
	}
}

// block is the code of a language in the last section of a target's page.
func block(t *testing.T, target, language string) string {
	t.Helper()
	page := read(t, "../../docs/targets/"+target+".md")
	_, section, found := strings.Cut(page, "\n## Living with Terraform, CloudFormation and the CDK\n")
	_, code, begins := strings.Cut(section, "\n```"+language+"\n")
	code, _, ends := strings.Cut(code, "\n```\n")
	if !found || !begins || !ends {
		t.Fatalf("the page of %s has no %s about living with others", target, language)
	}
	return code
}

// lines are those that say something, with single spaces.
func lines(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			found = append(found, strings.Join(words, " "))
		}
	}
	return found
}

func read(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	return string(content)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
