package release

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

func (v *validation) timeouts() {
	timeouts := v.given.Timeouts
	v.duration("timeouts.bake", timeouts.Bake, Duration(time.Second))
	v.duration("timeouts.deploy", timeouts.Deploy, Duration(time.Second))
	v.duration("timeouts.release", timeouts.Release, Duration(time.Second))
}

func (v *validation) verify() {
	seen := map[string]bool{}
	for i, check := range v.complete.Verify {
		path := fmt.Sprintf("verify[%d]", i)
		if v.source.Has(path) && !v.source.Has(path+".payload") {
			v.missing(path+".payload", nil, "give the JSON document that the version is invoked with; {} will often do")
		}
		if seen[check.Name] {
			v.reject(path+".name", check.Name, "give it a name of its own", "two checks have this name")
		}
		seen[check.Name] = true
	}
}

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

func (v *validation) request() {
	request := v.given.Request
	if request.Again && strings.TrimSpace(request.Reason) == "" {
		v.reject("request.again", nil, "give request.reason", "an artifact that was rolled back needs a reason to be released again")
	}
	if request.Version != "" && !digitsPattern.MatchString(request.Version) {
		v.reject("request.version", request.Version, "write a number", "is not a published version")
	}
}
