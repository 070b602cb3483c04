package release

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// pipelinePattern is the ARN of an image pipeline
// (https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartImagePipelineExecution.html).
var pipelinePattern = regexp.MustCompile(`^arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:([0-9]{12}):image-pipeline/[a-z0-9_-]+$`)

// Bounds of what an image is baked of. Commits become tags; inputs become part of a hash.
const (
	longestCommit = 128
	mostInputs    = 50
	longestInput  = 256
	mostAccounts  = 100
)

func (v *validation) image(image Image) {
	const path = "artifact.image"
	v.pattern(path+".pipeline", image.Pipeline, pipelinePattern, "is not the ARN of an image pipeline", "write arn:aws:imagebuilder:REGION:ACCOUNT:image-pipeline/NAME")
	if len(image.Commit) > longestCommit || !isPrintable(image.Commit) {
		v.reject(path+".commit", image.Commit, fmt.Sprintf("use at most %d characters of ASCII", longestCommit), "is not the name of a commit")
	}
	if len(image.Inputs) > mostInputs {
		v.reject(path+".inputs", amount(len(image.Inputs), "inputs"), "give a hash of them instead", "must have at most %d inputs", mostInputs)
	}
	for _, name := range slices.Sorted(maps.Keys(image.Inputs)) {
		value := image.Inputs[name]
		if where := child(path+".inputs", shorten(name)); name == "" || len(name) > longestInput || len(value) > longestInput {
			v.reject(where, value, fmt.Sprintf("use 1 to %d bytes for its name, and as many for its value", longestInput), "is not a usable input")
		}
	}
	v.accounts(path+".accounts", image)
}

func (v *validation) accounts(list string, image Image) {
	if len(image.Accounts) > mostAccounts {
		v.reject(list, amount(len(image.Accounts), "accounts"), "", "must have at most %d accounts", mostAccounts)
	}
	owner := pipelinePattern.FindStringSubmatch(image.Pipeline)
	for i, account := range image.Accounts {
		path := fmt.Sprintf("%s[%d]", list, i)
		switch {
		case !accountPattern.MatchString(account):
			v.reject(path, account, "write its 12 digits, in quotes", "is not the id of an AWS account")
		case owner != nil && account == owner[1]:
			v.reject(path, account, "leave it out", "is the account that owns the image")
		}
		v.twice(path, account, image.Accounts[:i])
	}
}

// artifactKinds are the kinds of artifact that each kind of target is made of.
var artifactKinds = map[string][]string{
	kindLambda:     {"package", "container"},
	kindALB:        {"ami", "image"},
	kindASG:        {"ami", "image"},
	kindRoute53:    {"ami", "image"},
	kindAPIGateway: {"package", "container"},
}

// kinds lists the kinds of artifact that are given.
func (a Artifact) kinds() []string {
	var kinds []string
	for _, kind := range []struct {
		key   string
		given bool
	}{{"package", a.Package != ""}, {"container", a.Container != ""}, {"ami", a.AMI != ""}, {"image", a.Image != nil}} {
		if kind.given {
			kinds = append(kinds, kind.key)
		}
	}
	return kinds
}

// suits checks that the target can be made of the artifact.
func (v *validation) suits(artifact Artifact) {
	kind := v.given.Target.Kind()
	for _, given := range artifact.kinds() {
		if artifactKinds[kind] == nil || slices.Contains(artifactKinds[kind], given) { // what a custom target is made of is its own matter
			continue
		}
		hint := "give " + oneOf(called(artifactKinds[kind]))
		if given == "package" && amiPattern.MatchString(artifact.Package) {
			hint = "write artifact: {ami: " + artifact.Package + "}"
		}
		v.reject("artifact."+given, shownArtifact(artifact, given), hint, "%s is made of %s, not of %s",
			aTarget(kind), oneOf(called(artifactKinds[kind])), strings.Join(called([]string{given}), ""))
	}
}

// shownArtifact is what a problem shows of a kind of artifact.
func shownArtifact(artifact Artifact, kind string) any {
	text := map[string]string{"package": artifact.Package, "container": artifact.Container, "ami": artifact.AMI, "image": artifact.Image.pipeline()}[kind]
	if text == "" {
		return nil
	}
	return text
}

func (i *Image) pipeline() string {
	if i == nil {
		return ""
	}
	return i.Pipeline
}

// called says kinds of artifact for people.
func called(kinds []string) []string {
	names := map[string]string{"package": "a package", "container": "a container", "ami": "an AMI", "image": "an image"}
	var words []string
	for _, kind := range kinds {
		words = append(words, names[kind])
	}
	return words
}
