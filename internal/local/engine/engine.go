// Package engine is Goldfinch on one machine: the local cloud, and on it the
// same workflow, the same handlers and the same operator as in AWS.
//
// It runs on a wall clock with real function processes, or on a virtual clock
// with functions that are Go code, and knows no difference.
package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/local/appconfig"
	"github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudformation"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/imagebuilder"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/local/s3"
	"github.com/goldfinch-dev/goldfinch/internal/local/sns"
	"github.com/goldfinch-dev/goldfinch/internal/local/stepfunctions"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/wire"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// The names of the local installation.
const (
	Region    = "us-east-1"
	AccountID = "000000000000"
	Table     = "goldfinch"
	Bucket    = "goldfinch"
	Machine   = "goldfinch"
)

// eventBus is the only bus that there is.
const eventBus = "default"

// closeTimeout is how long asynchronous invocations may take to finish at the end.
const closeTimeout = 5 * time.Second

// Options make an [Engine].
type Options struct {
	// Clock is the wall's, or a virtual one. Required.
	Clock clock.Clock
	// Store keeps the local cloud's state. Required.
	Store store.Store
	// Directory is where packages are kept; empty keeps them in memory.
	Directory string
	// Runner runs functions. Required.
	Runner lambda.Runner
	// Go runs a handler or a delivery: nil on a goroutine of its own. A simulation runs it in place.
	Go func(func())
	// Random draws from [0,1); nil is the system's source.
	Random func() float64
	// NewID makes unique ids; nil makes random ones.
	NewID func() string
	// Entropy makes release ids unique; nil is the system's source.
	Entropy io.Reader
	// Intercept stands around every call to the local cloud; may be nil.
	Intercept intercept.Func
	// Invoke stands around every run of a handler; may be nil.
	Invoke func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error)
	// SweepInterval is how often dead releases are looked for; default 5 s.
	SweepInterval time.Duration
	// UpdateDuration is how long Lambda takes to update a function, and to make a version active.
	UpdateDuration, ActivateDuration time.Duration
	// Poll is how long the workflow waits between two looks at what Lambda is making; default 5 s.
	Poll time.Duration
	// ShiftLimit bounds one shift of traffic of targets whose API has no lock, and so for how long one that was overtaken may
	// still write; 0 is as in AWS.
	ShiftLimit time.Duration
	// Resolution is the shortest period of metrics; default 1 s.
	Resolution time.Duration
	// Infrastructure is what there is beside functions and APIs: instances, load balancers, stacks, zones; nil: none of it.
	Infrastructure *Infrastructure
	// Transport makes the requests by which new versions are checked; nil reaches the local cloud's names and addresses on loopback.
	Transport http.RoundTripper
	// Custom are targets that are none of Goldfinch's own, by the names of their kinds.
	Custom map[string]wire.Constructor
	// Unannounced leaves out the ledger's stream: no event tells of what releases do, and
	// Metrics gets no line. That saves time where nobody listens.
	Unannounced bool
	// Metrics takes Goldfinch's own metrics, lines in CloudWatch's embedded metric format; nil drops them.
	Metrics io.Writer
	// Consumed is told of the DynamoDB capacity that each request takes; may be nil.
	Consumed func(dynamodb.Capacity)
	// EventSink streams the workflow's history; may be nil.
	EventSink func(*asl.Execution, asl.Event)
	// Log may be nil.
	Log *slog.Logger
}

// An Engine is a local cloud with Goldfinch installed in it.
type Engine struct {
	DynamoDB      *dynamodb.Service
	Lambda        *lambda.Service
	CloudWatch    *cloudwatch.Service
	S3            *s3.Service
	SNS           *sns.Service
	Bus           *eventbridge.Bus
	StepFunctions *stepfunctions.Service
	APIGateway    *apigateway.Service
	AppConfig     *appconfig.Service
	// What there is with Options.Infrastructure; nil without.
	EC2            *ec2.Service
	AutoScaling    *autoscaling.Service
	LoadBalancing  *elasticloadbalancingv2.Service
	ImageBuilder   *imagebuilder.Service
	Route53        *route53.Service
	CloudFormation *cloudformation.Service
	Ledger         *ledger.Ledger
	Workflow       *workflow.Workflow
	Operator       *operator.Service

	options   Options
	functions map[string]wire.Function
	stream    *stream
	network   network

	mu        sync.Mutex // guards what follows
	stopSweep func() bool
	closed    bool
}

// New opens the local cloud and installs Goldfinch. Nothing runs before [Engine.Start].
func New(options Options) (*Engine, error) {
	options = options.complete()
	e := &Engine{options: options}
	e.network.listeners = map[string]string{}
	e.network.open, e.network.close = context.WithCancel(context.Background())
	if err := e.open(); err != nil {
		return nil, fmt.Errorf("open the local engine: %w", err)
	}
	return e, nil
}

func (o Options) complete() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	if o.Entropy == nil {
		o.Entropy = rand.Reader
	}
	if o.Go == nil {
		o.Go = func(run func()) { go run() }
	}
	if o.SweepInterval == 0 {
		o.SweepInterval = 5 * time.Second
	}
	if o.Invoke == nil {
		o.Invoke = func(ctx context.Context, _ string, run func(context.Context) (any, error)) (any, error) {
			return run(ctx)
		}
	}
	return o
}

// open makes the services, in the order in which they need each other.
func (e *Engine) open() (err error) {
	o := e.options
	e.Bus = eventbridge.New(eventbridge.Options{Clock: o.Clock, Intercept: o.Intercept, Go: o.Go, NewID: o.NewID, Region: Region, AccountID: AccountID, Log: o.Log})
	e.SNS = sns.New(sns.Options{Clock: o.Clock, Intercept: o.Intercept, NewID: o.NewID, Log: o.Log})
	e.stream = &stream{
		clock: o.Clock, spawn: o.Go, log: o.Log,
		announce: func(ctx context.Context, batch []byte) ([]byte, error) { return e.invoke(ctx, "announce", batch) },
	}
	changed := e.stream.changed
	if o.Unannounced {
		changed = nil
	}
	if e.DynamoDB, err = dynamodb.New(dynamodb.Options{Store: o.Store, Clock: o.Clock, Intercept: o.Intercept, Changed: changed, Consumed: o.Consumed}); err != nil {
		return err
	}
	if e.S3, err = s3.New(s3.Options{Dir: o.Directory, Clock: o.Clock, Intercept: o.Intercept}); err != nil {
		return err
	}
	e.CloudWatch, err = cloudwatch.New(cloudwatch.Options{
		Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Resolution: o.Resolution, Region: Region, AccountID: AccountID, Log: o.Log,
		OnChange: e.alarmChanged,
	})
	if err != nil {
		return err
	}
	e.Lambda, err = lambda.New(lambda.Options{
		Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Code: e.S3.Bytes, Runner: o.Runner, Meter: meter{e.CloudWatch},
		Random: o.Random, Region: Region, AccountID: AccountID, UpdateDuration: o.UpdateDuration, ActivateDuration: o.ActivateDuration, Log: o.Log,
	})
	if err != nil {
		return err
	}
	if err := e.openInfrastructure(); err != nil {
		return err
	}
	return e.install()
}

// install puts Goldfinch into the local cloud, as the CDK stack does in AWS.
func (e *Engine) install() error {
	o := e.options
	var exists *types.ResourceInUseException
	if _, err := e.DynamoDB.CreateTable(context.Background(), ledger.CreateTableInput(Table)); err != nil && !errors.As(err, &exists) {
		return err
	}
	machine, err := load()
	if err != nil {
		return err
	}
	e.StepFunctions, err = stepfunctions.New(stepfunctions.Options{
		Machine: machine, Name: Machine, Store: o.Store, Intercept: o.Intercept, Region: Region, AccountID: AccountID,
		OnStatus: func(change eventbridge.ExecutionStatusChange) { e.Bus.Publish(context.Background(), change.Event()) },
		Engine:   asl.Options{Clock: o.Clock, Resources: e.resources(), Go: o.Go, Random: o.Random, NewToken: o.NewID, Sink: o.EventSink},
	})
	if err != nil {
		return err
	}
	clients := e.clients()
	settings := wire.Settings{Table: Table, Bucket: Bucket, StateMachine: e.StepFunctions.MachineARN(), EventBus: eventBus, Poll: o.Poll}
	e.Ledger = ledger.New(e.DynamoDB, Table, o.Clock.Now)
	e.Workflow = wire.Workflow(clients, settings, o.Clock.Now, wire.NewID(o.NewID), o.Log)
	e.functions = wire.Functions(e.Workflow, wire.Triggers(clients, settings), wire.Announcer(clients, settings, o.Metrics, o.Log), wire.Detector(clients, settings, o.Clock.Now, wire.NewID(o.NewID), o.Log))
	e.Operator = wire.Operator(clients, settings, o.Clock.Now, o.Entropy, e.Workflow, &wire.Local{Inspect: inspect, Prepare: e.prepare, Missing: e.missing})
	e.rules()
	return nil
}

// alarmChanged sends an alarm's change to whoever has a rule for it.
func (e *Engine) alarmChanged(change cloudwatch.StateChange) {
	e.options.Log.Info("alarm changed", "alarm", change.AlarmName, "state", change.State.Value, "was", change.PreviousState.Value,
		"at", time.Time(change.State.Timestamp), "reason", change.State.Reason)
	e.Bus.Publish(context.Background(), change.Event())
}

// Start sweeps what a former process left behind, before anything else, and
// then keeps alarms evaluated and dead releases swept until [Engine.Close].
func (e *Engine) Start(ctx context.Context) error {
	// Nobody else has this state open, so a sweep that it tells of has died with its process.
	if _, err := e.Workflow.SweepAlone(ctx); err != nil {
		return fmt.Errorf("bring home what a former process left behind: %w", err)
	}
	e.CloudWatch.Start()
	e.scheduleSweep()
	return nil
}

// scheduleSweep is EventBridge Scheduler's part: it makes the next sweep due,
// unless the engine has been closed.
func (e *Engine) scheduleSweep() (open bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.stopSweep = e.options.Clock.AfterFunc(e.options.SweepInterval, func() {
		if e.scheduleSweep() {
			e.invokeLater("sweep", []byte("{}"))
		}
	})
	return true
}

// stopSweeping ends what scheduleSweep began; a sweep that has begun goes on.
func (e *Engine) stopSweeping() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.stopSweep != nil {
		e.stopSweep()
	}
}

// Close ends what Start began. Executions that run are cut off, as a crash
// would; the next Start brings them home.
func (e *Engine) Close() {
	e.stopSweeping()
	e.network.end()
	e.CloudWatch.Close()
	e.stream.close()
	e.Bus.Close()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	e.closeInfrastructure(ctx)
	_ = e.Lambda.Close(ctx) // what still runs by then is cut off, as by a crash
}

// meter books Lambda's invocations as CloudWatch's metrics.
type meter struct{ cloudWatch *cloudwatch.Service }

func (m meter) Record(_ context.Context, measured lambda.Measurement) {
	m.cloudWatch.RecordInvocation(cloudwatch.Invocation{
		Function: measured.Function, Alias: measured.Alias, Version: measured.Version,
		Start: measured.Start, Duration: measured.Duration, Error: measured.Error, Throttled: measured.Throttled,
	})
}

// load is the workflow definition with local names, read once: it is the same for
// every engine, and nothing changes a machine.
var load = sync.OnceValues(func() (*asl.Machine, error) {
	values := map[string]string{"EventBus": eventBus}
	for _, name := range workflow.Placeholders() {
		if name != "EventBus" {
			values[name] = functionName(name)
		}
	}
	definition, err := workflow.Substitute(values)
	if err != nil {
		return nil, err
	}
	return asl.Load([]byte(definition), lambdaInvoke, lambdaInvokeToken, putEvents, publish)
})
