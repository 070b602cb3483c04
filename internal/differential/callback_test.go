package differential_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// A callback is where moto's tasks go: Lambda's Invoke, EventBridge's PutEvents and
// SNS's Publish, which it answers with the replies of the scenario whose account
// the call names.
type callback struct {
	port int

	accounts atomic.Int64 // given out

	mu        sync.Mutex
	expecting map[string]expected
}

// expected is one scenario under way.
type expected struct {
	own    string // its account
	player *player
	client *sfn.Client // that its task tokens are answered with
}

func newCallback(t *testing.T) *callback {
	t.Helper()
	c := &callback{expecting: map[string]expected{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.port = server.Listener.Addr().(*net.TCPAddr).Port
	return c
}

// newAccount is an account that no other scenario has.
func (c *callback) newAccount() string { return fmt.Sprintf("5%011d", c.accounts.Add(1)) }

// expect says what the calls of an account are answered with, until forget.
func (c *callback) expect(own string, player *player, client *sfn.Client) (forget func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expecting[own] = expected{own, player, client}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.expecting, own)
	}
}

// of finds the scenario whose account is in an ARN.
func (c *callback) of(arn string) (expected, error) {
	parts := strings.Split(arn, ":")
	if len(parts) < 6 {
		return expected{}, fmt.Errorf("%q is not an ARN", arn)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.expecting[parts[4]]
	if !ok {
		return expected{}, fmt.Errorf("nothing is expected of account %s", parts[4])
	}
	return found, nil
}

func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		function, isInvoke := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
		switch {
		case isInvoke:
			err = c.invoke(w, r.Context(), strings.TrimSuffix(function, "/invocations"), body)
		case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutEvents"):
			err = c.putEvents(w, body)
		default:
			err = c.publish(w, body)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// invoke is Lambda's Invoke.
func (c *callback) invoke(w http.ResponseWriter, ctx context.Context, function string, body []byte) error {
	found, err := c.of(function)
	if err != nil {
		return err
	}
	var payload any
	if err := json.Unmarshal(body, &payload); err != nil {
		return fmt.Errorf("payload for %s: %w", function, err)
	}
	given := found.player.next(addressee(map[string]any{"FunctionName": function, "Payload": payload}))
	found.answer(ctx, given, taskToken(payload))
	select {
	case <-time.After(seconds(given.Seconds)):
	case <-ctx.Done():
	}
	w.Header().Set("X-Amzn-Requestid", requestID)
	code, status, ofService := given.serviceError()
	switch {
	case ofService:
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(status)
		return json.NewEncoder(w).Encode(map[string]string{"message": given.Message})
	case given.Error != "":
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_, err = w.Write(given.functionError())
		return err
	}
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	_, err = w.Write(bytes.ReplaceAll(given.payload(), []byte(account), []byte(found.own)))
	return err
}

// answer sends what the reply's token is to be told: at once, or in its time.
func (e expected) answer(ctx context.Context, given reply, token string) {
	ctx = context.WithoutCancel(ctx)
	for _, each := range given.Answers {
		if each.After > 0 {
			time.AfterFunc(seconds(each.After), func() { _ = each.sendOver(ctx, e.client, token) }) // too late is the scenario's intention
		} else {
			_ = each.sendOver(ctx, e.client, token)
		}
	}
}

func (a answer) sendOver(ctx context.Context, client *sfn.Client, token string) error {
	var err error
	switch {
	case a.Heartbeat:
		_, err = client.SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: &token})
	case a.Failure != "":
		_, err = client.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: &token, Error: &a.Failure, Cause: &a.Cause})
	default:
		_, err = client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String(string(a.Success))})
	}
	return err
}

// putEvents is EventBridge's PutEvents. Which account calls is in the resources, to
// which Step Functions adds the execution.
func (c *callback) putEvents(w http.ResponseWriter, body []byte) error {
	var request struct {
		Entries []struct {
			EventBusName string
			Detail       string
			Resources    []string
		}
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return fmt.Errorf("PutEvents: %w", err)
	}
	entry := request.Entries[0]
	found, err := c.of(entry.Resources[0])
	if err != nil {
		return err
	}
	given := found.player.next(lastPart(entry.EventBusName), entry.Detail)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if given.Error != "" {
		_, err = w.Write(failedEntry)
		return err
	}
	return json.NewEncoder(w).Encode(map[string]any{"FailedEntryCount": 0, "Entries": []any{map[string]any{"EventId": requestID}}})
}

// publish is SNS's Publish.
func (c *callback) publish(w http.ResponseWriter, body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("Action") != "Publish" {
		return fmt.Errorf("neither Invoke nor PutEvents nor Publish: %.200s", body)
	}
	found, err := c.of(form.Get("TopicArn"))
	if err != nil {
		return err
	}
	given := found.player.next(addressee(map[string]any{"TopicArn": form.Get("TopicArn"), "Message": form.Get("Message")}))
	w.Header().Set("Content-Type", "text/xml")
	if code, status, ofService := given.serviceError(); ofService {
		w.WriteHeader(status)
		_, err = fmt.Fprintf(w, `<ErrorResponse><Error><Type>Receiver</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>`,
			code, given.Message, requestID)
		return err
	}
	_, err = fmt.Fprintf(w, `<PublishResponse><PublishResult><MessageId>%s</MessageId></PublishResult><ResponseMetadata><RequestId>%[1]s</RequestId></ResponseMetadata></PublishResponse>`, requestID)
	return err
}
