package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

func TestTheDefaultIsValid(t *testing.T) {
	t.Parallel()
	s := scenario.Default()
	if err := s.Check(); err != nil || !s.Healthy() {
		t.Errorf("healthy %v, %v", s.Healthy(), err)
	}
}

func TestAFileSaysWhatDiffers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file   string
		change func(*scenario.Scenario)
	}{
		"traffic alone": {"traffic: {constant: 20}", func(s *scenario.Scenario) { s.Traffic.Constant = 20 }},
		"no delay":      {"delay: 0", func(s *scenario.Scenario) { s.Delay = 0 }},
		"JSON": {`{"metrics": [{"name": "errors", "base": 0.01, "add": 0.5, "onset": 3}], "deadAlarm": true}`, func(s *scenario.Scenario) {
			s.Metrics, s.DeadAlarm = []world.Metric{{Name: "errors", Base: 0.01, Add: 0.5, Onset: 3}}, true
		}},
		"the whole world": {`
traffic: {daily: {mean: 100, amplitude: 0.5, peakHour: 14, startHour: 9}}
periodSeconds: 60
metrics:
  - name: errors
    base: 0.001
    fromShare: 0.3
    drifts: [{step: {factor: 5, from: 4}}, {sine: {amplitude: 0.8, length: 10}}, {ramp: {factor: 6, from: 0, length: 15}}, {outage: {add: 0.2, from: 3, to: 6}}]
    bursts: {size: 5, geometric: true}
    noise: 0.5
alarm: {errors: 10}
`, func(s *scenario.Scenario) {
			s.Traffic = world.Traffic{Daily: &world.Daily{Mean: 100, Amplitude: 0.5, PeakHour: 14, StartHour: 9}}
			s.Metrics = []world.Metric{{
				Name: "errors", Base: 0.001, FromShare: 0.3, Bursts: &world.Bursts{Size: 5, Geometric: true}, Noise: 0.5,
				Drifts: []world.Drift{
					{Step: &world.Step{Factor: 5, From: 4}}, {Sine: &world.Sine{Amplitude: 0.8, Length: 10}},
					{Ramp: &world.Ramp{Factor: 6, Length: 15}}, {Outage: &world.Outage{Add: 0.2, From: 3, To: 6}},
				},
			}}
			s.Alarm.Errors = 10
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := scenario.Default()
			want.PeriodSeconds = 60
			test.change(&want)
			got, err := scenario.Read([]byte(test.file), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("scenario (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFileToldOfEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := scenario.Read([]byte(`trafic: {constant: 20}
metrics:
  - {name: errors, base: 2, add: ten}
  - {name: latency, base: 0.1, drifts: [{}]}
delay: -1
alarm: {errors: -1, periods: 0}
periodSeconds: 30
`), time.Minute)
	want := []string{
		"1:1: trafic: there is no such key; did you mean traffic?",
		`3:26: metrics[0].base: is 2; give a number from 0 to 1`,
		`3:34: metrics[0].add: must be a number (got "ten"); write a plain decimal number, such as 10 or 0.5`,
		`4:12: metrics[1].name: is "latency"; a release is judged by errors, slow, serverErrors`,
		`4:41: metrics[1].drifts[0]: has 0 of step, sine, ramp and outage; give one`,
		`5:8: delay: is -1; give how many periods pass before counts are complete, at least 0`,
		`6:17: alarm.errors: is -1; give a number, at least 0`,
		`6:30: alarm.periods: is 0; give how many periods in a row must have more errors, at least 1`,
		`7:16: periodSeconds: is not the release file's analysis.period, 1m0s; leave it out`,
	}
	if err == nil {
		t.Fatal("nothing was found")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestFlagsSayTheSameAsAFile(t *testing.T) {
	t.Parallel()
	errorsOf := func(change func(*world.Metric)) func(*scenario.Scenario) {
		return func(s *scenario.Scenario) { change(&s.Metrics[0]) }
	}
	drift := func(d world.Drift) func(*scenario.Scenario) {
		return errorsOf(func(m *world.Metric) { m.Drifts = []world.Drift{d} })
	}
	for fault, change := range map[string]func(*scenario.Scenario){
		"errors:+2%":          errorsOf(func(m *world.Metric) { m.Add = 0.02 }),
		"latency:20%":         func(s *scenario.Scenario) { s.Metrics[1].Add = 0.2 },
		"onset:6m":            func(s *scenario.Scenario) { s.Metrics[0].Onset, s.Metrics[1].Onset = 6, 6 },
		"load:33%":            func(s *scenario.Scenario) { s.Metrics[0].FromShare, s.Metrics[1].FromShare = 0.33, 0.33 },
		"outage:+20%@3m-6m":   drift(world.Drift{Outage: &world.Outage{Add: 0.2, From: 3, To: 5}}),
		"drift:x5@4m":         drift(world.Drift{Step: &world.Step{Factor: 5, From: 4}}),
		"drift:x6@0m-15m":     drift(world.Drift{Ramp: &world.Ramp{Factor: 6, Length: 15}}),
		"wave:80%@10m":        drift(world.Drift{Sine: &world.Sine{Amplitude: 0.8, Length: 10}}),
		"bursts:5":            errorsOf(func(m *world.Metric) { m.Bursts = &world.Bursts{Size: 5} }),
		"bursts:~2.5":         errorsOf(func(m *world.Metric) { m.Bursts = &world.Bursts{Size: 2.5, Geometric: true} }),
		"noise:0.5":           errorsOf(func(m *world.Metric) { m.Noise = 0.5 }),
		"delay:2":             func(s *scenario.Scenario) { s.Delay = 2 },
		"dead-alarm":          func(s *scenario.Scenario) { s.DeadAlarm = true },
		"outage:+0.5%@0s-60s": drift(world.Drift{Outage: &world.Outage{Add: 0.005}}),
	} {
		got, want := scenario.Default(), scenario.Default()
		change(&want)
		if err := got.Fault(fault); err != nil {
			t.Errorf("%s: %v", fault, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fault, diff)
		}
		if err := got.Check(); err != nil {
			t.Errorf("%s: %v", fault, err)
		}
	}
	for _, fault := range scenario.Faults() {
		s := scenario.Default()
		if err := s.Fault(fault[0]); err != nil {
			t.Errorf("the help's %s: %v", fault[0], err)
		}
	}
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for fault, says := range map[string]string{
		"gremlins:5":        `there is no fault "gremlins"; there are errors, latency, onset, load, outage, drift, wave, bursts, noise, delay, dead-alarm`,
		"errors:2":          `"2" is no share; write 0% to 100%, such as 0.5%`,
		"errors:200%":       `"200%" is no share`,
		"latency:":          `"" is no share`,
		"onset:6":           `"6" is no time; write how long after the first shift, such as 6m`,
		"onset:90s":         `"90s" is not a whole number of periods, which are 1m0s long`,
		"outage:+20%":       `"+20%" is no outage; write it as +20%@3m-6m`,
		"outage:x@3m-6m":    `"x" is no share`,
		"outage:+20%@3m":    `"3m" is no span of time; write it as 3m-6m`,
		"outage:+20%@6m-3m": `"6m-3m" ends before it begins`,
		"outage:+20%@x-3m":  `"x" is no time`,
		"outage:+20%@3m-x":  `"x" is no time`,
		"drift:5@4m":        `"5@4m" is no drift; write it as x5@4m, or x5@0m-15m`,
		"drift:x5":          `"x5" is no drift`,
		"wave:80%":          `"80%" is no wave; write it as 80%@10m`,
		"wave:x@10m":        `"x" is no share`,
		"bursts:many":       `"many" is no number`,
		"noise:-1":          `"-1" is no number`,
		"delay:1.5":         `"1.5" is no whole number`,
	} {
		s := scenario.Default()
		if err := s.Fault(fault); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want %s", fault, err, says)
		}
	}
}

func TestTraffic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"500/1m": 500, "500/m": 500, "500": 500, "10/s": 600, "3600/1h": 60, "0.5/s": 30} {
		s := scenario.Default()
		if err := s.SetRequests(text); err != nil || s.Traffic.Constant != want {
			t.Errorf("%s: %v requests a minute (%v), want %v", text, s.Traffic.Constant, err, want)
		}
	}
	five := scenario.Default()
	five.PeriodSeconds = 300
	if err := five.SetRequests("500/1m"); err != nil || five.Traffic.Constant != 2500 {
		t.Errorf("500 a minute are %v in five (%v)", five.Traffic.Constant, err)
	}
	for _, text := range []string{"many", "-1/1m", "5/never", "5/-1m", "5/0s", "5/"} {
		s := scenario.Default()
		if err := s.SetRequests(text); err == nil {
			t.Errorf("%q is %v requests a minute", text, s.Traffic.Constant)
		}
	}
}

func TestDailyTraffic(t *testing.T) {
	t.Parallel()
	s := scenario.Default()
	for text, want := range map[string]world.Daily{
		"60%@14":  {Mean: 500, Amplitude: 0.6, PeakHour: 14, StartHour: 14},
		"60%@3,9": {Mean: 500, Amplitude: 0.6, PeakHour: 3, StartHour: 9},
	} {
		if err := s.SetDaily(text); err != nil || !cmp.Equal(*s.Traffic.Daily, want) {
			t.Errorf("%s: %+v (%v)", text, s.Traffic.Daily, err)
		}
	}
	for _, text := range []string{"60%", "x@14", "60%@25", "60%@14,x", "60%@14,30"} {
		if err := s.SetDaily(text); err == nil {
			t.Errorf("%q is a daily curve", text)
		}
	}
	s.Traffic = world.Traffic{List: []float64{1}}
	if err := s.SetDaily("60%@14"); err == nil {
		t.Error("traffic that is known period by period has a daily curve")
	}
}

func TestBaseRates(t *testing.T) {
	t.Parallel()
	s := scenario.Default()
	if err := s.SetBase("slow", "1.5%"); err != nil || s.Metrics[1].Base != 0.015 {
		t.Errorf("%+v (%v)", s.Metrics, err)
	}
	if err := s.SetBase(scenario.ServerErrors, "2%"); err != nil || len(s.Metrics) != 3 || s.Metrics[2].Base != 0.02 {
		t.Errorf("%+v (%v)", s.Metrics, err)
	}
	if err := s.SetBase("errors", "none"); err == nil {
		t.Error("none is a share")
	}
}

func TestTrafficFromAFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]float64{
		"500\n510\n":                          {500, 510},
		"requests\n1\n2.5\n":                  {1, 2.5},
		"time,Requests\n12:00,3\n12:01, 4 \n": {3, 4},
		"\ufeffrequests\r\n7\r\n":             {7},
	} {
		s := scenario.Default()
		if err := s.SetTrafficCSV([]byte(text)); err != nil || !cmp.Equal(s.Traffic, world.Traffic{List: want}) {
			t.Errorf("%q: %+v (%v)", text, s.Traffic, err)
		}
	}
	for text, says := range map[string]string{
		"":                                "has no periods; write the requests of each period, one a line",
		"time,visits\n1,2\n":              "1:1: has no column requests (got time,visits)",
		"1,2\n":                           "1:1: does not say which column has the requests (got 1,2)",
		"time,requests\n12:00\n":          "2:1: does not say which column has the requests (got 12:00)",
		"requests\n1\nmany\n-3\n":         "3:1: is not a number of requests (got many); write one that is at least 0\n4:1: is not a number of requests (got -3)",
		"requests\n\"1\n":                 "is no line of a CSV file",
		strings.Repeat("1\n", 20161):      "has 20161 periods; give 20160 at most",
		"a\n" + strings.Repeat("x\n", 30): "1:1: has no column requests",
	} {
		s := scenario.Default()
		if err := s.SetTrafficCSV([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.20q: %v; want %s", text, err, says)
		}
	}
}

func TestADayOfAService(t *testing.T) {
	t.Parallel()
	s := scenario.Default()
	if err := s.SetDay([]float64{100, 200}, map[string]float64{world.Errors: 0.01, scenario.ServerErrors: 0.02}); err != nil {
		t.Fatal(err)
	}
	if s.Requests(1) != 200 || s.Requests(-1) != 200 || s.Metrics[0].Base != 0.01 || s.Metrics[1].Base != 0.005 || s.Metrics[2].Base != 0.02 {
		t.Errorf("%+v", s.Model)
	}
	if err := s.SetDay([]float64{0, 0}, nil); err == nil {
		t.Error("a day without requests is traffic")
	}
}
