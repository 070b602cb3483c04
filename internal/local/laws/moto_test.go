package laws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

// Where all clouds under test are: moto's account.
const (
	region    = "us-east-1"
	accountID = "123456789012"
)

// The roles that functions may have.
const (
	role      = "arn:aws:iam::" + accountID + ":role/law"
	otherRole = "arn:aws:iam::" + accountID + ":role/other-law"
)

// signedBy are the credentials that all clients have.
var signedBy = credentials.NewStaticCredentialsProvider("test", "test", "")

// startMoto starts the peer, without Docker, makes the roles, and returns where it answers.
func startMoto(t *testing.T) string {
	t.Helper()
	server := remote{url: peer.StartMoto(t, peer.MotoOptions{}).URL, transport: http.DefaultTransport}
	ctx := t.Context()
	if _, err := server.post(ctx, "", "/moto-api/config", "application/json", "", `{"lambda":{"use_docker":false}}`); err != nil {
		t.Fatal(err)
	}
	for _, arn := range []string{role, otherRole} {
		_, name, _ := strings.Cut(arn, "/")
		form := url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {name}, "AssumeRolePolicyDocument": {"{}"}}
		if _, err := server.post(ctx, "iam", "/", "application/x-www-form-urlencoded", "", form.Encode()); err != nil {
			t.Fatal(err)
		}
	}
	return server.url
}

// A queue is one of SQS: where events are delivered, and what may feed a function.
type queue struct {
	at  remote
	url string
	arn string
}

func (r remote) queue(ctx context.Context, name string) queue {
	created := struct{ QueueURL string }{}
	r.sqs(ctx, "CreateQueue", map[string]any{"QueueName": name}, &created)
	return queue{at: r, url: created.QueueURL, arn: sourceARN(name)}
}

// receive takes the messages that are in the queue.
func (q queue) receive(ctx context.Context) []string {
	got := struct{ Messages []struct{ Body string } }{}
	q.at.sqs(ctx, "ReceiveMessage", map[string]any{"QueueUrl": q.url, "MaxNumberOfMessages": 10}, &got)
	bodies := make([]string, len(got.Messages))
	for i, message := range got.Messages {
		bodies[i] = message.Body
	}
	return bodies
}

func (r remote) sqs(ctx context.Context, operation string, in, out any) {
	body := must(json.Marshal(in))
	answer := must(r.post(ctx, "sqs", "/", "application/x-amz-json-1.0", "AmazonSQS."+operation, string(body)))
	if err := json.Unmarshal(answer, out); err != nil {
		broke("%s: %v", operation, err)
	}
}

// post asks for something of a service that has no client here. Which service is
// meant stands in the signature's scope; nobody checks the signature.
func (r remote) post(ctx context.Context, service, path, contentType, target, body string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	if service != "" {
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=none")
	}
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
	}
	response, err := (&http.Client{Transport: r.transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("POST %s %s: %s: %s", path, target, response.Status, answer)
	}
	return answer, err
}

// once makes clients ask once: an answer of 500 is an answer here.
func once() aws.Retryer { return aws.NopRetryer{} }
