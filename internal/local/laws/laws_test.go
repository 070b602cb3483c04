package laws_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

// A suite is the laws of one service, and the worlds to try them in.
type suite[W any] struct {
	service string
	laws    []law[W]
	// local makes the local service, in process. The name is for what a law
	// creates; no other law has it.
	local func(t *testing.T, name string) W
	// wire makes the local service over the wire; nil where it has none.
	wire func(t *testing.T, name string) W
	// remote makes the SDK's client, and what the law needs around it.
	remote func(t *testing.T, to remote) W
}

// A remote is a cloud over the wire: the peer, or a recording of it.
type remote struct {
	moment
	url       string
	transport http.RoundTripper
	name      string
}

// A count of laws is what the report shows.
type count struct{ laws, both, exempt atomic.Int32 }

// The laws of all services, in process, over the wire, and on moto.
func TestLaws(t *testing.T) {
	t.Parallel()
	exemptions := readTable(t)
	server := startMoto(t)
	total := &count{}
	t.Run("services", func(t *testing.T) {
		t.Run("lambda", func(t *testing.T) { t.Parallel(); run(t, lambdaSuite, server, exemptions, total) })
		t.Run("dynamodb", func(t *testing.T) { t.Parallel(); run(t, dynamodbSuite, server, exemptions, total) })
		t.Run("autoscaling", func(t *testing.T) { t.Parallel(); run(t, autoscalingSuite, server, exemptions, total) })
		t.Run("cloudformation", func(t *testing.T) { t.Parallel(); run(t, cloudformationSuite, server, exemptions, total) })
		t.Run("cloudwatch", func(t *testing.T) { t.Parallel(); run(t, cloudwatchSuite, server, exemptions, total) })
		t.Run("ec2", func(t *testing.T) { t.Parallel(); run(t, ec2Suite, server, exemptions, total) })
		t.Run("elasticloadbalancingv2", func(t *testing.T) { t.Parallel(); run(t, loadBalancingSuite, server, exemptions, total) })
		t.Run("eventbridge", func(t *testing.T) { t.Parallel(); run(t, eventbridgeSuite, server, exemptions, total) })
		t.Run("route53", func(t *testing.T) { t.Parallel(); run(t, route53Suite, server, exemptions, total) })
	})
	if !t.Failed() {
		measured.Log(t, "%d laws of AWS hold on the local cloud: %d on moto, too, %d by a recording because moto lacks them",
			total.laws.Load(), total.both.Load(), total.exempt.Load())
	}
	if *update {
		if err := exemptions.save(); err != nil {
			t.Error(err)
		}
	}
}

// run tries each law of a service in each world, one after the other: moto's
// books are not made for several at once.
func run[W any](t *testing.T, s suite[W], moto string, exemptions *table, total *count) {
	checkNames(t, s, exemptions)
	var own count
	for _, l := range s.laws {
		t.Run(slug(l.name), func(t *testing.T) {
			if l.source == "" {
				t.Errorf("%q has no source", l.name)
			}
			t.Run("local", func(t *testing.T) { holds(t, l, s.local(t, slug(l.name))) })
			if s.wire != nil {
				t.Run("wire", func(t *testing.T) { holds(t, l, s.wire(t, slug(l.name))) })
			}
			own.laws.Add(1)
			e := exemptions.find(s.service, l.name)
			if e == nil {
				own.both.Add(1)
				t.Run("moto", func(t *testing.T) { s.holdsOnPeer(t, l, moto) })
				return
			}
			own.exempt.Add(1)
			t.Run("moto", func(t *testing.T) { s.lackedByPeer(t, l, moto, exemptions, e) })
			t.Run("recording", func(t *testing.T) { s.holdsRecorded(t, l, e) })
		})
	}
	if !t.Failed() {
		measured.Log(t, "%d laws: %d held by both, %d exempt", own.laws.Load(), own.both.Load(), own.exempt.Load())
	}
	total.laws.Add(own.laws.Load())
	total.both.Add(own.both.Load())
	total.exempt.Add(own.exempt.Load())
}

// checkNames finds laws of one name, exemptions of no law or of a strict one, and
// recordings of no exemption.
func checkNames[W any](t *testing.T, s suite[W], exemptions *table) {
	t.Helper()
	named := map[string]bool{}
	var names []string
	for _, l := range s.laws {
		if named[slug(l.name)] {
			t.Errorf("two laws are called %q", slug(l.name))
		}
		named[slug(l.name)] = true
		names = append(names, l.name)
		if l.strict && exemptions.find(s.service, l.name) != nil {
			t.Errorf("%q may have no exemption", l.name)
		}
	}
	for _, name := range exemptions.of(s.service) {
		if !slices.Contains(names, name) {
			t.Errorf("%s: %s has no law %q", exemptionsFile, s.service, name)
		}
	}
	files, err := filepath.Glob(filepath.Join(recordings(s.service), "*"))
	if err != nil {
		t.Error(err)
	}
	for _, file := range files {
		if !slices.ContainsFunc(exemptions.of(s.service), func(name string) bool { return recordingFile(s.service, name) == file }) {
			t.Errorf("%s: no exempt law has this recording", file)
		}
	}
}

func holds[W any](t *testing.T, l law[W], w W) {
	t.Helper()
	if broken := tried(t.Context(), l, w); broken != "" {
		t.Errorf("%s (%s): %s", l.name, l.source, broken)
	}
}

func (s suite[W]) peer(t *testing.T, l law[W], moto string, transport http.RoundTripper) (W, time.Time) {
	now := time.Now().UTC().Truncate(time.Second)
	return s.remote(t, remote{
		moment: moment{now: now, wait: time.Sleep}, url: moto, transport: transport, name: slug(l.name),
	}), now
}

func (s suite[W]) holdsOnPeer(t *testing.T, l law[W], moto string) {
	said := &recorder{}
	w, _ := s.peer(t, l, moto, said)
	broken := tried(t.Context(), l, w)
	if broken == "" {
		return
	}
	t.Errorf("%s (%s): %s", l.name, l.source, broken)
	if last := len(said.exchanges) - 1; last >= 0 {
		t.Logf("the last exchange:\n%s", lasting(said.exchanges[last]))
	}
}

// lackedByPeer checks that the peer breaks the law, in the way that the table says.
func (s suite[W]) lackedByPeer(t *testing.T, l law[W], moto string, exemptions *table, e *exemption) {
	said := &recorder{}
	w, now := s.peer(t, l, moto, said)
	broken := tried(t.Context(), l, w)
	if broken == "" {
		t.Fatalf("moto keeps this law now: take %q out of %s", e.Law, exemptionsFile)
	}
	if len(said.exchanges) == 0 {
		t.Fatalf("the law broke before anything was asked: %s", broken)
	}
	if err := exemptions.show(e, lasting(said.exchanges[len(said.exchanges)-1])); err != nil {
		t.Errorf("%v\n%s", err, broken)
	}
	if *update {
		if err := (recording{now, said.exchanges}).save(recordingFile(s.service, l.name)); err != nil {
			t.Error(err)
		}
	}
}

// holdsRecorded holds the SDK to the law: that it sends what was recorded, and
// reads the law out of AWS's documented answer.
func (s suite[W]) holdsRecorded(t *testing.T, l law[W], e *exemption) {
	recorded, err := readRecording(recordingFile(s.service, l.name))
	if err != nil {
		t.Fatal(err)
	}
	exchanges, err := recorded.corrected(e.AWS)
	if err != nil {
		t.Fatal(err)
	}
	answers := &replay{exchanges: exchanges}
	holds(t, l, s.remote(t, remote{
		moment: moment{now: recorded.now, wait: func(time.Duration) {}}, url: "http://recorded.invalid", transport: answers, name: slug(l.name),
	}))
	if left := len(answers.exchanges); left > 0 && !t.Failed() {
		t.Errorf("the law held %d exchanges before the recording's end", left)
	}
}
