package runtime

import (
	"bytes"
	"os"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/program"
)

const (
	// tailSize is how much of what a request printed goes with its answer:
	// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (LogResult)
	tailSize = 4 << 10
	// maximumLine is where a line without an end is cut.
	maximumLine = 256 << 10
)

// mark is what this process writes into a function's pipe to find out that all
// the function wrote before has been read: a pipe keeps the order.
var mark = []byte("\x00\x00goldfinch: read up to here\x00\n")

// An output is what a process prints.
type output struct {
	version        lambda.Version
	options        Options
	stdout, stderr *stream

	mu        sync.Mutex
	requestID string
	last      []byte
}

// A stream is one of the two, on its way through a pipe.
type stream struct {
	reader, writer *os.File
	marks          chan struct{} // one per mark that was read; closed when reading has ended
	syncing        sync.Mutex    // from writing a mark until it was read
}

func (o *output) open(version lambda.Version, options Options) error {
	o.version, o.options = version, options
	var err error
	if o.stdout, err = o.stream(false); err != nil {
		return err
	}
	if o.stderr, err = o.stream(true); err != nil {
		o.stdout.close()
		return err
	}
	return nil
}

func (o *output) stream(stderr bool) (*stream, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &stream{reader: reader, writer: writer, marks: make(chan struct{})}
	go s.read(func(text []byte) { o.line(text, stderr) })
	return s, nil
}

// begin says that what follows belongs to another request.
func (o *output) begin(requestID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requestID, o.last = requestID, nil
}

// sync returns when all that was printed so far is handled.
func (o *output) sync() {
	o.stdout.sync()
	o.stderr.sync()
}

// tail is the end of what the present request printed.
func (o *output) tail() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.last)
}

// close reads the rest of what was printed. The process must have ended: what
// its own children print after that is lost.
func (o *output) close() {
	o.stdout.close()
	o.stderr.close()
}

func (o *output) line(text []byte, stderr bool) {
	now := time.Now().UTC()
	o.mu.Lock()
	requestID := o.requestID
	o.last = append(append(o.last, text...), '\n')
	if excess := len(o.last) - tailSize; excess > 0 {
		o.last = append(o.last[:0], o.last[excess:]...)
	}
	o.mu.Unlock()
	if o.options.Metric != nil {
		program.EmbeddedMetrics(text, now, o.options.Metric)
	}
	o.options.Output(Line{
		Function: o.version.Function, Version: o.version.Number, RequestID: requestID,
		Stderr: stderr, At: now, Text: string(text),
	})
}

func (s *stream) sync() {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	if _, err := s.writer.Write(mark); err == nil {
		<-s.marks
	}
}

func (s *stream) close() {
	s.sync()
	s.writer.Close()
	s.reader.Close()
	for range s.marks { // until reading has ended
	}
}

// read splits what comes into lines, until the pipe is closed.
func (s *stream) read(each func(line []byte)) {
	defer close(s.marks)
	var pending []byte
	buffer := make([]byte, 32<<10)
	for {
		n, err := s.reader.Read(buffer)
		pending = append(pending, buffer[:n]...)
		for {
			line, rest, complete := bytes.Cut(pending, []byte("\n"))
			if !complete {
				break
			}
			before, marked := bytes.CutSuffix(pending[:len(line)+1], mark)
			if !marked {
				each(bytes.TrimSuffix(line, []byte("\r")))
				pending = rest
				continue
			}
			pending = append(bytes.Clone(before), rest...) // a line that has just begun
			s.marks <- struct{}{}
		}
		if len(pending) > maximumLine {
			each(pending)
			pending = nil
		}
		if err != nil {
			if len(pending) > 0 {
				each(pending)
			}
			return
		}
	}
}
