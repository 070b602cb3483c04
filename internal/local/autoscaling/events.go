package autoscaling

import (
	"encoding/json"
	"maps"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// EventSource is the source of the events.
const EventSource = "aws.autoscaling"

// event tells EventBridge about an instance, or with none about the group.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html
func (d *decision) event(kind string, m *member, more map[string]any) {
	detail := map[string]any{"AutoScalingGroupName": d.g.name()}
	resources := []string{*d.g.Config.AutoScalingGroupARN}
	if m != nil {
		detail["EC2InstanceId"] = m.ID
		resources = append(resources, "arn:aws:ec2:"+d.s.options.Region+":"+d.s.options.AccountID+":instance/"+m.ID)
	}
	maps.Copy(detail, more)
	text, _ := json.Marshal(detail) // text always encodes
	d.events = append(d.events, eventbridge.Event{Source: EventSource, DetailType: kind, Time: d.now, Resources: resources, Detail: text})
}
