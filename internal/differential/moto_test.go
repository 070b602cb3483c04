package differential_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// patience is how long one execution may take, on a machine that does much else.
const patience = 180 * time.Second

// accountHeader says whose account a request to moto is for.
const accountHeader = "x-moto-account-id"

// motoInterpreter runs scenarios through moto's state machines.
//
// A server runs one execution per account and region: what starts another copies
// the first, which it can't. So each scenario has an account of its own.
type motoInterpreter struct {
	url      string
	callback *callback
}

// run runs a scenario and reads its history. The error is of the wire; a definition
// that moto refuses is a trace.
func (m *motoInterpreter) run(ctx context.Context, s scenario) (trace, error) {
	own := m.callback.newAccount()
	client := sfn.New(sfn.Options{
		Region: region, BaseEndpoint: &m.url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		APIOptions: []func(*middleware.Stack) error{smithyhttp.SetHeaderValue(accountHeader, own)},
	})
	players := play(s.script)
	forget := m.callback.expect(own, players, client)
	defer forget()
	mine := func(text string) *string { return aws.String(strings.ReplaceAll(text, account, own)) }
	made, err := client.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
		Name: aws.String(machineName), RoleArn: mine(roleARN), Definition: mine(s.definition),
	})
	if refusal, ok := errors.AsType[smithy.APIError](err); ok {
		first, _, _ := strings.Cut(refusal.ErrorMessage(), " in definition")
		return trace{"refused: " + first}, nil
	}
	if err != nil {
		return nil, err
	}
	started, err := client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: made.StateMachineArn, Name: aws.String(execution), Input: mine(s.input)})
	if err != nil {
		return nil, err
	}
	ended, err := m.await(ctx, client, started.ExecutionArn)
	if err != nil {
		return nil, err
	}
	history, err := m.history(ctx, own, *started.ExecutionArn)
	if err != nil {
		return nil, err
	}
	return traceOf([]byte(strings.ReplaceAll(history, own, account)), string(ended.Status))
}

// history is the answer to GetExecutionHistory. The SDK can't read those of moto's
// whose causes are objects. Its server answers 500 once in a while when it serves
// many at a time; as the SDK would, this asks again.
func (m *motoInterpreter) history(ctx context.Context, own, arn string) (string, error) {
	var body string
	var err error
	for range 5 {
		var status int
		if status, body, err = m.askHistory(ctx, own, arn); err != nil || status == http.StatusOK {
			return body, err
		}
		err = fmt.Errorf("get the history of %s: status %d: %s", arn, status, body)
	}
	return "", err
}

func (m *motoInterpreter) askHistory(ctx context.Context, own, arn string) (status int, body string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, strings.NewReader(text(map[string]string{"executionArn": arn})))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("X-Amz-Target", "AWSStepFunctions.GetExecutionHistory")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260302/"+region+"/states/aws4_request")
	request.Header.Set(accountHeader, own)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(read), err
}

// await polls until the execution has ended: moto has no other way to tell.
func (m *motoInterpreter) await(ctx context.Context, client *sfn.Client, arn *string) (*sfn.DescribeExecutionOutput, error) {
	for {
		described, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: arn})
		if err != nil || described.Status != types.ExecutionStatusRunning {
			return described, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("await %s: %w", *arn, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
