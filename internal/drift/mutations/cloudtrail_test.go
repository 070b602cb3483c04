package mutations_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// event has the drift function hear of a call that jane made, as CloudTrail's events come over EventBridge.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (a *account) event(source, name, asked, answered string) {
	a.Helper()
	answer, err := a.detector.Handle(context.Background(), json.RawMessage(fmt.Sprintf(`{
		"version": "0", "id": "6f87d04b-9f74-4f04-a780-7acf4b0a9b38", "detail-type": "AWS API Call via CloudTrail", "source": "aws.%[1]s",
		"account": "123456789012", "time": %[5]q, "region": "us-east-1", "resources": [],
		"detail": {
			"eventVersion": "1.09", "eventTime": %[5]q, "eventSource": %[1]q, "eventName": %[2]q, "awsRegion": "us-east-1", "readOnly": false, "eventType": "AwsApiCall",
			"userIdentity": {"type": "AssumedRole", "principalId": "AROAEXAMPLE:jane", "arn": "arn:aws:sts::123456789012:assumed-role/people/jane", "accountId": "123456789012"},
			"requestParameters": %[3]s, "responseElements": %[4]s
		}
	}`, source, name, asked, answered, a.detector.Now().Format("2006-01-02T15:04:05Z"))))
	a.must(err)
	if len(answer.Tainted) != 1 || !slices.Contains(a.running(), answer.Tainted[0]) {
		a.Fatalf("the event tainted %v", answer.Tainted)
	}
}
