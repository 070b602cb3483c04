package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/process"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// ErrInterrupted says that somebody ended the demonstration, and that its processes and its folder are gone.
var ErrInterrupted = errors.New("interrupted; nothing is left")

// Run releases the echo service on this machine: real processes, real HTTP requests, and a state of
// its own that is gone afterwards. The error says so when a release ended otherwise than it must, or left
// something behind; the report is complete even then. When ctx ends before the demonstration does, the error is ErrInterrupted.
func Run(ctx context.Context, options Options) (report Report, err error) {
	options, err = options.complete()
	if err != nil {
		return Report{}, err
	}
	folder, err := makeFolder()
	if err != nil {
		return Report{}, fmt.Errorf("run the demonstration: %w", err)
	}
	defer func() {
		removed := folder.remove()
		switch {
		case removed != nil:
			err = errors.Join(err, fmt.Errorf("end the demonstration: %w", removed))
		case err != nil && ctx.Err() != nil: // whatever it was that noticed
			err = ErrInterrupted
		}
	}()
	log, err := os.Create(filepath.Join(folder.path, "local.log"))
	if err != nil {
		return Report{}, fmt.Errorf("run the demonstration: %w", err)
	}
	defer log.Close()
	server, err := process.Listen(ctx, folder.path, 0, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		return Report{}, err
	}
	defer server.Close()
	s := &stage{server: server, operator: process.Operator(server.State), progress: options.Progress}
	s.scene = scenes()[options.Target](s)
	return s.play(ctx, options.Script)
}

// A stage is where the demonstration plays.
type stage struct {
	server   *process.Server
	operator operator.Operator
	progress io.Writer
	scene    scene
	// packages are the echo service's, by label.
	packages map[string]*bytes.Reader
}

func (s *stage) play(ctx context.Context, script []Act) (Report, error) {
	if err := s.pack(ctx, script); err != nil {
		return Report{}, err
	}
	if err := s.scene.set(ctx); err != nil {
		return Report{}, err
	}
	began := time.Now()
	var crowd *load
	var report Report
	var wrong []error
	var windows [][2]time.Time
	last := first
	for _, act := range script {
		if crowd == nil && (len(report.Releases) > 0 || !s.scene.releasesFirst()) {
			crowd = s.startLoad(ctx)
			defer crowd.stop()
		}
		s.say("── %s: %s", act.Label, act.Says)
		from := time.Now()
		done, err := s.release(ctx, act, from)
		if err != nil {
			return report, err
		}
		windows = append(windows, [2]time.Time{from, time.Now()})
		report.Releases = append(report.Releases, done)
		if done.Outcome != string(act.Want) {
			wrong = append(wrong, fmt.Errorf("release %s ended as %s, not as %s", act.Label, done.Outcome, act.Want))
		}
		if act.Want == promoted {
			last = act.Label
		}
	}
	if crowd != nil {
		crowd.stop()
	}
	for i := range report.Releases {
		signature, err := s.scene.signature(ctx, report.Releases[i])
		if err != nil {
			return report, errors.Join(append(wrong, err)...)
		}
		if crowd != nil {
			suffered := crowd.between(windows[i][0], windows[i][1])
			report.Releases[i].count(suffered, signature)
			s.sayFailures(suffered, signature, report.Releases[i].Version, windows[i][0])
		}
	}
	says, err := s.scene.check(ctx, last)
	if err == nil {
		s.say("── %s, after %.0f s", says, time.Since(began).Seconds())
	}
	return report, errors.Join(append(wrong, err)...)
}

// sayFailures says which requests failed that the canary did not answer: there should be none.
func (s *stage) sayFailures(requests []request, signature, version string, began time.Time) {
	for _, made := range requests {
		if made.failed && (signature == "" || made.signature != signature) {
			s.say("   during %s, at %.3fs, a request failed that %q answered: %s", version, made.at.Sub(began).Seconds(), made.signature, made.why)
		}
	}
}

// startLoad lets users come.
func (s *stage) startLoad(ctx context.Context) *load {
	come := s.scene.users(ctx)
	where := come.url
	if come.known != "" {
		where += ", a name that " + come.known
	}
	s.say("   %d requests a second now go to %s", come.rate, where)
	return startLoad(come)
}

// pack makes every package before the first request: a compiler that runs
// meanwhile takes from users what they would blame on a release.
func (s *stage) pack(ctx context.Context, script []Act) error {
	s.packages = map[string]*bytes.Reader{}
	for _, act := range append([]Act{{Label: first}}, script...) {
		body, err := echoPackage(ctx, act.Label)
		if err != nil {
			return err
		}
		s.packages[act.Label] = body
	}
	return nil
}

func (s *stage) say(format string, arguments ...any) {
	fmt.Fprintf(s.progress, format+"\n", arguments...)
}
