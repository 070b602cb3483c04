package laws_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

var update = flag.Bool("update", false, "record again what the exempt laws say with the peer")

// exemptionsFile is the table of what the peer lacks.
var exemptionsFile = filepath.Join("testdata", "exemptions.yaml")

// An exemption is a law that the peer does not keep.
type exemption struct {
	// Law is the service and the law's name.
	Law string `yaml:"law"`
	// Why is what the peer does instead; Known, how we know that AWS does what the law says.
	Why   string `yaml:"why"`
	Known string `yaml:"known"`
	// Shows is the request and the peer's answer to it that break the law, with
	// ID and TIME for what changes from run to run. It is the last exchange of the
	// recording, and written by -update.
	Shows string `yaml:"shows"`
	// AWS is AWS's answer to that request, as documented, and the exchanges that
	// the law has with AWS after it. "@60" is the time a minute after the law's
	// data begin, and "@now" the time when the law began.
	AWS string `yaml:"aws"`
}

// A table is all exemptions.
type table struct {
	mu         sync.Mutex
	exemptions []*exemption
}

func readTable(t *testing.T) *table {
	t.Helper()
	text, err := os.ReadFile(exemptionsFile)
	if err != nil {
		t.Fatal(err)
	}
	made := &table{}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&made.exemptions); err != nil {
		t.Fatalf("%s: %v", exemptionsFile, err)
	}
	for _, e := range made.exemptions {
		if e.Law == "" || e.Why == "" || e.Known == "" || e.AWS == "" {
			t.Errorf("%s: %q needs law, why, known and aws", exemptionsFile, e.Law)
		}
	}
	return made
}

// find returns the exemption of a law, or nil.
func (t *table) find(service, name string) *exemption {
	at := slices.IndexFunc(t.exemptions, func(e *exemption) bool { return e.Law == service+": "+name })
	if at < 0 {
		return nil
	}
	return t.exemptions[at]
}

// of are the names of a service's exempt laws.
func (t *table) of(service string) []string {
	var names []string
	for _, e := range t.exemptions {
		if name, ok := strings.CutPrefix(e.Law, service+": "); ok {
			names = append(names, name)
		}
	}
	return names
}

// show checks what shows that the peer lacks a law, or with -update notes it.
func (t *table) show(e *exemption, seen string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if *update {
		e.Shows = seen
		return nil
	}
	if e.Shows != seen {
		return fmt.Errorf("the peer breaks this law in another way than %s says:\n%srecorded is\n%s", exemptionsFile, seen, e.Shows)
	}
	return nil
}

// save writes the table.
func (t *table) save() error {
	text, err := yaml.MarshalWithOptions(t.exemptions, yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return err
	}
	return os.WriteFile(exemptionsFile, text, 0o644)
}

// changing is what differs from run to run, and the word for it.
var changing = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d{4})`), "TIME"},
	{regexp.MustCompile(`\b1[6-9]\d{8}(\.\d+)?\b`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "HASH"},
	{regexp.MustCompile(`\b[a-z]{150,}\b`), "HANDLE"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	{regexp.MustCompile(`<RequestId>[^<]+<`), "<RequestId>ID<"},
	{regexp.MustCompile(`(%2F|\b)([0-9a-f]{16}|\d{15})\b`), "${1}ID"},
	{regexp.MustCompile(`(\bhostedzone/|<HostedZoneId>)[0-9A-Z]{22}\b`), "${1}ID"},
	{regexp.MustCompile(`\b(i|vpc|subnet|sg|lt|r)-[0-9a-f]{8,17}\b`), "$1-ID"},
	{regexp.MustCompile(`\b(ami|vol|eni)-[0-9a-f]{17}\b`), "$1-ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\d(\.\d+)?Z`), "TIME"},
}

// shown is how much of an answer the table shows; all of it is in the recording.
const shown = 400

// lasting writes an exchange without what differs from run to run.
func lasting(e exchange) string {
	for _, c := range changing {
		e.request = c.pattern.ReplaceAllString(e.request, c.word)
		e.answer = c.pattern.ReplaceAllString(e.answer, c.word)
	}
	if len(e.answer) > shown {
		e.answer = e.answer[:shown] + "…"
	}
	return writeExchanges([]exchange{e})
}

// A recording is a conversation with the peer, and the time at which it began.
type recording struct {
	now       time.Time
	exchanges []exchange
}

// recordings is where the recordings of a service are.
func recordings(service string) string { return filepath.Join("testdata", "recordings", service) }

func recordingFile(service, name string) string {
	return filepath.Join(recordings(service), slug(name)+".txt")
}

func (r recording) save(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	text := r.now.Format(time.RFC3339) + "\n" + writeExchanges(r.exchanges)
	return os.WriteFile(file, []byte(text), 0o644)
}

func readRecording(file string) (recording, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return recording{}, err
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	now, err := time.Parse(time.RFC3339, first)
	if err != nil {
		return recording{}, fmt.Errorf("%s: %w", file, err)
	}
	exchanges, err := readExchanges(rest)
	if err != nil {
		return recording{}, fmt.Errorf("%s: %w", file, err)
	}
	return recording{now: now, exchanges: exchanges}, nil
}

// moments are the times in a documented answer.
var moments = regexp.MustCompile(`"@(now|\d+)"`)

// dated puts the recording's times into a documented answer, as JSON of AWS has them.
func (r recording) dated(documented string) string {
	return moments.ReplaceAllStringFunc(documented, func(moment string) string {
		at := r.now
		if seconds, err := strconv.Atoi(strings.Trim(moment, `"@`)); err == nil {
			at = dataStart(r.now).Add(time.Duration(seconds) * time.Second)
		}
		return strconv.FormatInt(at.Unix(), 10)
	})
}

// corrected puts AWS's answers in the place of the peer's last one.
func (r recording) corrected(documented string) ([]exchange, error) {
	answers, err := readExchanges(r.dated(documented))
	if err != nil {
		return nil, err
	}
	last := len(r.exchanges) - 1
	if last < 0 || len(answers) == 0 {
		return nil, fmt.Errorf("an exempt law needs a recorded exchange and a documented answer")
	}
	answers[0].request = r.exchanges[last].request
	return append(slices.Clone(r.exchanges[:last]), answers...), nil
}

// slug names a law in files, functions, tables and alarms: at most 60 characters.
func slug(name string) string {
	words := regexp.MustCompile(`[^a-z0-9]+`).Split(strings.ToLower(name), -1)
	text := strings.Trim(strings.Join(words, "-"), "-")
	return strings.TrimRight(text[:min(len(text), 60)], "-")
}
