package stepfunctions_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/stepfunctions"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

var errFull = errors.New("the disk is full")

// A fullStore cannot save while it is full.
type fullStore struct {
	store.Store
	full bool
}

func (f *fullStore) Save(changes ...store.Change) error {
	if f.full {
		return errFull
	}
	return f.Store.Save(changes...)
}

// What could not be kept has not begun: it does not run, and may be started again.
func TestAStartThatCannotBeKept(t *testing.T) {
	t.Parallel()
	machine, err := asl.Load([]byte(`{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	disk := &fullStore{Store: store.Memory(), full: true}
	service, err := stepfunctions.New(stepfunctions.Options{
		Engine: asl.Options{Clock: clock.Wall{}}, Machine: machine, Name: "goldfinch", Store: disk, Region: "us-east-1", AccountID: "000000000000",
	})
	if err != nil {
		t.Fatal(err)
	}
	start := &sfn.StartExecutionInput{StateMachineArn: aws.String(service.MachineARN()), Name: aws.String("r1"), Input: aws.String("{}")}
	if _, err := service.StartExecution(t.Context(), start); !errors.Is(err, errFull) {
		t.Fatalf("started on a full disk: %v", err)
	}
	_, err = service.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{
		ExecutionArn: aws.String("arn:aws:states:us-east-1:000000000000:execution:goldfinch:r1"),
	})
	var missing *types.ExecutionDoesNotExist
	if !errors.As(err, &missing) {
		t.Errorf("what never began is described: %v", err)
	}
	disk.full = false
	out, err := service.StartExecution(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	arn := aws.ToString(out.ExecutionArn)
	if service.Running(arn) == nil {
		t.Error("the second attempt started nothing")
	}
	if _, err := service.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn}); err != nil {
		t.Error(err)
	}
}
