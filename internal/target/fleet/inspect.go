package fleet

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Inspect compares a group with the version that was released, and its instances with the group: each that is of another image or launch template version,
// that nobody launched from a template, or that was changed in place (tag [TagTainted]) is a finding, and so is a replacement that was not finished, of
// which the group still has an instance more. It changes nothing.
func (f *Fleet) Inspect(ctx context.Context, group Group, released target.Released) ([]target.Finding, error) {
	var findings []target.Finding
	find := func(kind target.FindingKind, resource, want, got string) {
		findings = append(findings, target.Finding{Kind: kind, Resource: resource, Want: want, Got: got})
	}
	if group.Version != released.Version {
		find(target.FindingVersion, group.ARN, templateVersion(released.Version), templateVersion(group.Version))
	}
	if group.Maximum == 0 || group.Desired == 0 {
		find(target.FindingVersion, group.ARN, "a group with instances", fmt.Sprintf("desired capacity %d of at most %d", group.Desired, group.Maximum))
	}
	if off := f.suspended(group); off != "" {
		find(target.FindingVersion, group.ARN, "a group that replaces what fails", "suspended processes "+off)
	}
	image, err := f.Image(ctx, group.TemplateID, released.Version)
	if err != nil {
		return nil, err
	}
	if wanted := released.Artifact.AMI; wanted != "" && image != wanted {
		find(target.FindingVersion, group.TemplateID+" version "+released.Version, wanted, orNothing(image))
		image = wanted
	}
	machines, err := f.Machines(ctx, group.Instances)
	if err != nil {
		return nil, err
	}
	for _, instance := range group.Instances {
		machine, there := machines[instance.ID]
		if !there || strings.HasPrefix(instance.State, "Terminat") {
			continue // it is going away
		}
		switch {
		case machine.Taint != "":
			find(target.FindingInstance, instance.ID, "an instance nobody changed", "tainted: "+machine.Taint)
			last := &findings[len(findings)-1]
			last.Principal, last.Since = evidence(machine.Taint)
		case machine.Image != image:
			find(target.FindingInstance, instance.ID, orNothing(image), orNothing(machine.Image))
		case instance.Version != released.Version:
			find(target.FindingInstance, instance.ID, templateVersion(released.Version), templateVersion(orNothing(instance.Version)))
		}
	}
	if before, surging := group.Tag(TagSurge); surging { // after the instances, one of which may need the one more
		find(target.FindingInstance, group.ARN, "size "+before, "one instance more, for a replacement that was not finished")
	}
	return findings, nil
}

// Unregistered finds the instances of a group that are in service and not in the target group that it is attached to: somebody took them out, and
// Auto Scaling doesn't put them back.
func Unregistered(group Group, health map[string]Health) []target.Finding {
	var findings []target.Finding
	for _, instance := range group.Instances {
		if _, registered := health[instance.ID]; instance.Serving() && !registered {
			findings = append(findings, target.Finding{Kind: target.FindingInstance, Resource: instance.ID, Want: "an instance that gets requests", Got: "not registered in the target group"})
		}
	}
	return findings
}

// evidence is who changed an instance in place, and when, as the tag says it: "CALL by PRINCIPAL at TIME". What another tool wrote may say
// neither.
func evidence(taint string) (principal string, since time.Time) {
	_, rest, ok := strings.Cut(taint, " by ")
	principal, at, dated := strings.Cut(rest, " at ")
	since, err := time.Parse(time.RFC3339, at)
	if !ok || !dated || err != nil {
		return "", time.Time{}
	}
	return principal, since
}

// templateVersion says which version of a launch template is meant.
func templateVersion(version string) string { return "launch template version " + version }

// suspended names the processes that a group needs and that are off.
func (f *Fleet) suspended(group Group) string {
	var off []string
	for _, process := range group.described.SuspendedProcesses {
		for _, name := range needed {
			if aws.ToString(process.ProcessName) == name {
				off = append(off, name)
			}
		}
	}
	return strings.Join(off, ", ")
}

func orNothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}
