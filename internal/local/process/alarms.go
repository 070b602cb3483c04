package process

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

// alarmInterval is how often alarms.yaml is looked at for changes.
const alarmInterval = time.Second

// An alarmFile keeps the local cloud's alarms as the file says.
type alarmFile struct {
	path       string
	cloudWatch *cloudwatch.Service
	log        *slog.Logger
	modified   time.Time
	stop       chan struct{}
	once       sync.Once
}

func newAlarmFile(path string, cloudWatch *cloudwatch.Service, log *slog.Logger) *alarmFile {
	return &alarmFile{path: path, cloudWatch: cloudWatch, log: log, stop: make(chan struct{})}
}

// load reads the file if it is there and has changed since it was read.
func (a *alarmFile) load() error {
	found, err := os.Stat(a.path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && found.ModTime().Equal(a.modified)) {
		return nil
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(a.path)
	if err != nil {
		return err
	}
	a.modified = found.ModTime()
	return a.cloudWatch.LoadAlarms(context.Background(), data)
}

// watch reads the file again whenever it changes. What is wrong with it is logged, and the alarms stay as they were.
func (a *alarmFile) watch() {
	go func() {
		for {
			select {
			case <-a.stop:
				return
			case <-time.After(alarmInterval):
			}
			if err := a.load(); err != nil {
				a.log.Error("alarms.yaml can't be used; the alarms stay as they were", "error", err.Error())
			}
		}
	}()
}

func (a *alarmFile) close() { a.once.Do(func() { close(a.stop) }) }

// lateMetrics passes on what functions emit, once there is somebody to take it:
// functions and CloudWatch are made in this order, because the engine needs both.
type lateMetrics struct {
	to atomic.Pointer[cloudwatch.Service]
}

func (l *lateMetrics) record(namespace string, dimensions map[string]string, name string, value float64, at time.Time) {
	if service := l.to.Load(); service != nil {
		service.RecordMetric(namespace, dimensions, name, value, at)
	}
}
