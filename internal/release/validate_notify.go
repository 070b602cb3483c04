package release

import (
	"fmt"
	"regexp"
	"strings"
)

// topicPattern is the ARN of an SNS topic
// (https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html).
var topicPattern = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)

func (v *validation) notify() {
	seen := map[string]bool{}
	for i, notification := range v.given.Notify {
		path := fmt.Sprintf("notify[%d].topic", i)
		topic := notification.Topic
		switch {
		case topic == "":
			v.missing(path, topic, "give the ARN of an SNS topic")
		case strings.HasSuffix(topic, ".fifo"):
			v.reject(path, topic, "name a standard topic", "is a FIFO topic, which a release cannot publish to")
		case !topicPattern.MatchString(topic):
			v.reject(path, topic, "write arn:aws:sns:REGION:ACCOUNT:NAME", "is not the ARN of an SNS topic")
		case seen[topic]:
			v.reject(path, topic, "leave it out here", "the topic is named twice")
		}
		seen[topic] = true
	}
}
