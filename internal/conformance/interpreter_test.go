package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// The state machine as the outside knows it. Releases start on its alias.
const (
	machine    = "goldfinch"
	machineARN = "arn:aws:states:" + region + ":" + accountID + ":stateMachine:" + machine + ":live"
)

// An interpreter is moto's Step Functions. It has one execution in each account: a
// second StartExecution in one answers 500, because moto then copies the state
// machine with the execution that runs, whose threads can't be copied. So each
// execution has an account of its own, whose number stays inside.
type interpreter struct {
	url, definition string

	mu sync.Mutex
	// accounts are those of executions by their names, and of task tokens.
	accounts map[string]string
	// machines make the state machine of each execution, once: who asks again, because the answer took long, waits for that.
	machines map[string]func() error
}

func newInterpreter(url, definition string) *interpreter {
	return &interpreter{url: url, definition: definition, accounts: map[string]string{}, machines: map[string]func() error{}}
}

// A request is what calls of Step Functions have in common.
type request struct {
	StateMachineArn string `json:"stateMachineArn"`
	Name            string `json:"name"`
	Input           string `json:"input"`
	ExecutionArn    string `json:"executionArn"`
	TaskToken       string `json:"taskToken"`
	Error           string `json:"error"`
	Cause           string `json:"cause"`
}

// serve answers one call of Step Functions.
func (i *interpreter) serve(w http.ResponseWriter, r *http.Request, operation string, body []byte) {
	var asked request
	if err := json.Unmarshal(body, &asked); err != nil {
		refuse(w, http.StatusBadRequest, "ValidationException", err)
		return
	}
	var account string
	switch {
	case operation == "StartExecution" && asked.StateMachineArn != machineARN:
		refuse(w, http.StatusBadRequest, "StateMachineDoesNotExist", errors.New("State Machine Does Not Exist: "+asked.StateMachineArn))
		return
	case operation == "StartExecution":
		made, err := i.prepare(r, asked.Name)
		if err != nil {
			refuse(w, http.StatusInternalServerError, "InternalServerError", err)
			return
		}
		account = made
		body = bytes.Replace(body, []byte(machineARN), []byte(strings.TrimSuffix(machineARN, ":live")), 1)
	case asked.TaskToken != "":
		account = i.accountOf(asked.TaskToken)
	default:
		account = i.accountOf(asked.ExecutionArn[strings.LastIndex(asked.ExecutionArn, ":")+1:])
	}
	status, answer, err := i.ask(r, account, operation, body)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "InternalServerError", err)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	w.Write(answer)
}

// accountOf is the account of an execution or a token; an unknown one's has neither.
func (i *interpreter) accountOf(nameOrToken string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if account, ok := i.accounts[nameOrToken]; ok {
		return account
	}
	return accountNumber(0)
}

func accountNumber(n int) string { return fmt.Sprintf("2%011d", n) }

// prepare makes the state machine in a new account for an execution, unless that has one.
func (i *interpreter) prepare(r *http.Request, execution string) (account string, err error) {
	i.mu.Lock()
	if _, known := i.accounts[execution]; !known {
		account := accountNumber(len(i.accounts) + 1)
		i.accounts[execution] = account
		asked := r.WithContext(context.WithoutCancel(r.Context()))
		i.machines[execution] = sync.OnceValue(func() error { return i.create(asked, account) })
	}
	account, made := i.accounts[execution], i.machines[execution]
	i.mu.Unlock()
	return account, made()
}

// create makes the state machine in an account.
func (i *interpreter) create(r *http.Request, account string) error {
	body, err := json.Marshal(map[string]string{"name": machine, "definition": i.definition, "roleArn": "arn:aws:iam::" + accountID + ":role/" + machine})
	if err != nil {
		return err
	}
	status, answer, err := i.ask(r, account, "CreateStateMachine", body)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("create the state machine: %d %s", status, answer)
	}
	return err
}

// ask passes a call on to an account, whose number becomes that of the one
// that everybody knows, and back.
func (i *interpreter) ask(r *http.Request, account, operation string, body []byte) (status int, answer []byte, err error) {
	body = bytes.ReplaceAll(body, []byte(accountID), []byte(account))
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, i.url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("X-Amz-Target", "AWSStepFunctions."+operation)
	request.Header.Set("Authorization", r.Header.Get("Authorization"))
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Moto-Account-Id", account)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, bytes.ReplaceAll(answer, []byte(account), []byte(accountID)), err
}

// outside is the payload of a function that an execution invokes, as the function is to see it.
// A task token in it is remembered, because an answer to that names no execution.
func (i *interpreter) outside(payload []byte) []byte {
	var input struct {
		Name  string `json:"name"`
		Token string `json:"token"`
	}
	if err := json.Unmarshal(payload, &input); err != nil {
		return payload
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	account, ok := i.accounts[input.Name]
	if !ok {
		return payload
	}
	if input.Token != "" {
		i.accounts[input.Token] = account
	}
	return bytes.ReplaceAll(payload, []byte(account), []byte(accountID))
}
