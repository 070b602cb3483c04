package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// each runs test on every kind of store.
func each(t *testing.T, test func(t *testing.T, s store.Store)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, store.Memory())
	})
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, filepath.Join(t.TempDir(), "new folder", "state.db")))
	})
}

func open(t *testing.T, path string) store.Store {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func load(t *testing.T, s store.Store, bucket string) []string {
	t.Helper()
	var got []string
	err := s.Load(bucket, func(key string, value []byte) error {
		got = append(got, key+"="+string(value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSaveThenLoadInOrderOfKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store.Store) {
		value := []byte("1")
		err := s.Save(
			store.Change{Bucket: "a", Key: "y", Value: []byte("2")},
			store.Change{Bucket: "a", Key: "x", Value: value},
			store.Change{Bucket: "a", Key: "gone", Value: []byte{}},
			store.Change{Bucket: "a", Key: "gone"},
			store.Change{Bucket: "b", Key: "empty", Value: []byte{}},
			store.Change{Bucket: "never", Key: "was"},
		)
		if err != nil {
			t.Fatal(err)
		}
		value[0] = 'X'
		if diff := cmp.Diff([]string{"x=1", "y=2"}, load(t, s, "a")); diff != "" {
			t.Errorf("bucket a (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"empty="}, load(t, s, "b")); diff != "" {
			t.Errorf("bucket b (-want +got):\n%s", diff)
		}
		if got := load(t, s, "never"); got != nil {
			t.Errorf("a bucket without keys has %v", got)
		}
	})
}

func TestValuesAreEncodedForWhoeverLoadsThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store.Store) {
		encoding := func(value []byte) func() ([]byte, error) { return func() ([]byte, error) { return value, nil } }
		err := s.Save(
			store.Change{Bucket: "a", Key: "encoded", Encode: encoding([]byte("1"))},
			store.Change{Bucket: "a", Key: "given", Value: []byte("2"), Encode: encoding([]byte("unused"))},
			store.Change{Bucket: "a", Key: "empty", Encode: encoding(nil)},
			store.Change{Bucket: "a", Key: "deleted", Encode: encoding([]byte("3"))},
			store.Change{Bucket: "a", Key: "deleted"},
		)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"empty=", "encoded=1", "given=2"}, load(t, s, "a")); diff != "" {
			t.Errorf("bucket a (-want +got):\n%s", diff)
		}
		broken := errors.New("can't be encoded")
		err = s.Save(store.Change{Bucket: "b", Key: "k", Encode: func() ([]byte, error) { return nil, broken }})
		if err == nil {
			err = s.Load("b", func(string, []byte) error { return nil })
		}
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLoadStopsAtAnError(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store.Store) {
		if err := s.Save(store.Change{Bucket: "a", Key: "x", Value: []byte("1")}, store.Change{Bucket: "a", Key: "y", Value: []byte("2")}); err != nil {
			t.Fatal(err)
		}
		stop := errors.New("stop")
		calls := 0
		err := s.Load("a", func(string, []byte) error { calls++; return stop })
		if !errors.Is(err, stop) || calls != 1 {
			t.Errorf("got %v after %d calls", err, calls)
		}
	})
}

func TestSaveIsAllOrNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store.Store) {
		for _, bad := range []store.Change{{Bucket: "", Key: "k"}, {Bucket: "a", Key: ""}} {
			if err := s.Save(store.Change{Bucket: "a", Key: "x", Value: []byte("1")}, bad); err == nil {
				t.Errorf("%+v was saved", bad)
			}
		}
		if got := load(t, s, "a"); got != nil {
			t.Errorf("half a change was saved: %v", got)
		}
	})
}

func TestSaveReportsWhatTheFileRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	err := s.Save(store.Change{Bucket: "a", Key: strings.Repeat("k", 1<<16), Value: []byte("1")})
	if err == nil || !strings.Contains(err.Error(), "state.db") {
		t.Errorf("got %v", err)
	}
}

func TestBothKindsKeepTheSame(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	file := open(t, path)
	memory := store.Memory()
	rapid.Check(t, func(t *rapid.T) {
		changes := rapid.SliceOf(rapid.Custom(func(t *rapid.T) store.Change {
			change := store.Change{
				Bucket: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "bucket"),
				Key:    rapid.StringN(1, 3, -1).Draw(t, "key"),
			}
			if rapid.Bool().Draw(t, "set") {
				change.Value = append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(t, "value")...)
			}
			return change
		})).Draw(t, "changes")
		for _, s := range []store.Store{file, memory} {
			if err := s.Save(changes...); err != nil {
				t.Fatal(err)
			}
		}
		for _, bucket := range []string{"a", "b"} {
			var contents [2][]string
			for i, s := range []store.Store{file, memory} {
				if err := s.Load(bucket, func(key string, value []byte) error {
					contents[i] = append(contents[i], key+"="+string(value))
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(contents[0], contents[1]); diff != "" {
				t.Fatalf("bucket %s (-file +memory):\n%s", bucket, diff)
			}
		}
	})
}

func TestSecondOpenerIsToldWhichFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	open(t, path)
	began := time.Now()
	_, err := store.Open(path)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("got %v", err)
	}
	if waited := time.Since(began); waited > 10*time.Second {
		t.Errorf("it took %v to give up", waited)
	}
}

func TestOpenRefusesWhatIsNoStore(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no state ", 10000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{garbage, folder, filepath.Join(garbage, "below a file")} {
		if _, err := store.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// killedPath names the file for the process that TestFileSurvivesKill starts.
const killedPath = "STORE_TEST_KILLED_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedPath); path != "" {
		saveUntilKilled(path)
	}
	os.Exit(m.Run())
}

// saveUntilKilled saves pairs of keys for ever, and prints each number once it is durable.
func saveUntilKilled(path string) {
	s, err := store.Open(path)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		key, value := strconv.Itoa(i), []byte(strings.Repeat("x", i%5000))
		if err := s.Save(store.Change{Bucket: "first", Key: key, Value: value}, store.Change{Bucket: "second", Key: key, Value: value}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

func TestFileSurvivesKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), killedPath+"="+path)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := -1
	for lines := bufio.NewScanner(output); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(lines.Text())
		}
		if acknowledged = n; n == 30 {
			if err := command.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := command.Wait(); err == nil {
		t.Error("the process ended by itself")
	}
	s := open(t, path)
	first, second := load(t, s, "first"), load(t, s, "second")
	if len(first) <= acknowledged {
		t.Errorf("%d saves were acknowledged, %d kept", acknowledged+1, len(first))
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("half a change was kept (-first +second):\n%s", diff)
	}
}
