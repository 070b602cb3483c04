package drift

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// TagTainted is the key of the tag of an instance that was changed in place; its value says by what, by whom and when.
const TagTainted = "goldfinch:tainted"

// tagService marks what belongs to a service that Goldfinch releases.
const tagService = "goldfinch:service"

// longestTag is how long a tag's value may be, see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html .
const longestTag = 256

// Instances is what taints need of Amazon EC2.
type Instances interface {
	DescribeInstances(context.Context, *ec2.DescribeInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error)
	CreateTags(context.Context, *ec2.CreateTagsInput, ...func(*ec2.Options)) (*ec2.CreateTagsOutput, error)
}

// mutations are the calls that change an instance in place, or let somebody do so, by the services that they are made of.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html
// https://docs.aws.amazon.com/ec2-instance-connect/latest/APIReference/API_Operations.html
var mutations = map[string][]string{
	"ssm.amazonaws.com":                  {"StartSession", "ResumeSession", "SendCommand", "StartAutomationExecution"},
	"ec2-instance-connect.amazonaws.com": {"SendSSHPublicKey", "SendSerialConsoleSSHPublicKey", "OpenTunnel"},
	"ec2.amazonaws.com":                  {"ModifyInstanceAttribute", "AttachVolume", "DetachVolume", "CreateReplaceRootVolumeTask"},
}

// Mutations are the calls that taint an instance, by the services that they are made of, such as ssm.amazonaws.com.
func Mutations() map[string][]string {
	calls := map[string][]string{}
	for service, names := range mutations {
		calls[service] = slices.Clone(names)
	}
	return calls
}

// A mutation is the evidence in CloudTrail's event of a call that AWS put on the bus.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type mutation struct {
	Source string `json:"eventSource"`
	Name   string `json:"eventName"`
	At     string `json:"eventTime"`
	Error  string `json:"errorCode"`
	Who    struct {
		ARN string `json:"arn"`
	} `json:"userIdentity"`
	Asked    json.RawMessage `json:"requestParameters"`
	Answered json.RawMessage `json:"responseElements"`
}

// An event is one of EventBridge's, as far as it matters here.
type event struct {
	DetailType string          `json:"detail-type"`
	Detail     json.RawMessage `json:"detail"`
}

// apiCall is the detail type of CloudTrail's events on the bus.
const apiCall = "AWS API Call via CloudTrail"

// An Answer is what [Detector.Handle] did.
type Answer struct {
	// Tainted are the instances that were tainted by an event.
	Tainted []string `json:"tainted,omitempty"`
	// Looked is how many services were looked at, and Findings how many differences there were.
	Looked   int `json:"looked,omitempty"`
	Findings int `json:"findings,omitempty"`
}

// Handle answers an event: of a call that changes an instance in place, which taints it, or
// of a schedule (anything else), which looks at every service.
func (d *Detector) Handle(ctx context.Context, payload json.RawMessage) (Answer, error) {
	var given event
	if err := json.Unmarshal(payload, &given); err == nil && given.DetailType == apiCall {
		tainted, err := d.taint(ctx, given.Detail)
		return Answer{Tainted: tainted}, err
	}
	reports, err := d.Look(ctx, Scope{})
	answer := Answer{Looked: len(reports)}
	for _, report := range reports {
		answer.Findings += len(report.Findings)
		if len(report.Findings) > 0 {
			d.Log.LogAttrs(ctx, slog.LevelWarn, "drift", slog.String("service", report.Service), slog.String("environment", report.Environment), slog.String("reason", report.Reason))
		}
	}
	return answer, err
}

// taint marks the instances of ours that a call was about. A call that AWS refused changed nothing.
func (d *Detector) taint(ctx context.Context, detail json.RawMessage) ([]string, error) {
	var seen mutation
	if err := json.Unmarshal(detail, &seen); err != nil {
		return nil, fmt.Errorf("read CloudTrail's event: %w", err)
	}
	if seen.Error != "" || !slices.Contains(mutations[seen.Source], seen.Name) {
		return nil, nil
	}
	ids := instancesIn(seen.Asked, seen.Answered)
	if len(ids) == 0 {
		return nil, nil
	}
	ours, err := d.ours(ctx, ids)
	if err != nil || len(ours) == 0 {
		return nil, err
	}
	_, err = call.Do(ctx, "ec2: taint "+strings.Join(ours, ", "), d.Instances.CreateTags, &ec2.CreateTagsInput{
		Resources: ours, Tags: []types.Tag{{Key: aws.String(TagTainted), Value: aws.String(evidence(seen))}},
	})
	if err != nil {
		return nil, err
	}
	return ours, nil
}

// evidence is what the tag says: what was done, by whom and when.
func evidence(seen mutation) string {
	who := seen.Who.ARN
	if who == "" {
		who = "somebody"
	}
	at := seen.At
	if parsed, err := time.Parse(time.RFC3339, at); err == nil {
		at = parsed.UTC().Format(time.RFC3339)
	}
	text := seen.Name + " by " + who + " at " + at
	return text[:min(len(text), longestTag)]
}

// ours are those of the instances that belong to a service.
func (d *Detector) ours(ctx context.Context, ids []string) ([]string, error) {
	var ours []string
	input := &ec2.DescribeInstancesInput{Filters: []types.Filter{
		{Name: aws.String("instance-id"), Values: ids}, {Name: aws.String("tag-key"), Values: []string{tagService}},
	}}
	for {
		page, err := call.Do(ctx, "ec2: look whose instances "+strings.Join(ids, ", ")+" are", d.Instances.DescribeInstances, input)
		if err != nil {
			return nil, err
		}
		for _, reservation := range page.Reservations {
			for _, instance := range reservation.Instances {
				ours = append(ours, aws.ToString(instance.InstanceId))
			}
		}
		if aws.ToString(page.NextToken) == "" {
			slices.Sort(ours)
			return ours, nil
		}
		input.NextToken = page.NextToken
	}
}

// instancesIn finds the ids of instances anywhere in what was asked and answered: a command may be sent to
// tags, and only the answer says whom that meant.
func instancesIn(documents ...json.RawMessage) []string {
	found := map[string]bool{}
	var walk func(value any)
	walk = func(value any) {
		switch value := value.(type) {
		case string:
			if isInstance(value) {
				found[value] = true
			}
		case []any:
			for _, one := range value {
				walk(one)
			}
		case map[string]any:
			for _, one := range value {
				walk(one)
			}
		}
	}
	for _, document := range documents {
		var value any
		if err := json.Unmarshal(document, &value); err == nil {
			walk(value)
		}
	}
	var ids []string
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// isInstance reports whether text is the id of an instance: i- and 8 or 17 hexadecimal digits.
func isInstance(text string) bool {
	digits, ok := strings.CutPrefix(text, "i-")
	return ok && (len(digits) == 8 || len(digits) == 17) && strings.Trim(digits, "0123456789abcdef") == ""
}
