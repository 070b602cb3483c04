package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// A State is what local.json holds: where a running process answers.
type State struct {
	PID  int `json:"pid"`
	Port int `json:"port"`
	// Token authorises operators; the file is readable by its owner alone.
	Token string `json:"token"`
	// Directory is the folder of its state, and Since when it was started.
	Directory string    `json:"directory"`
	Since     time.Time `json:"since"`
}

const stateFile = "local.json"

// Address is where functions and operators are answered.
func (s State) Address() string { return "http://127.0.0.1:" + strconv.Itoa(s.Port) }

// write replaces the file at once, so that nobody ever reads half of it.
func (s State) write() error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write %s: %w", stateFile, err)
	}
	path := filepath.Join(s.Directory, stateFile)
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", stateFile, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write %s: %w", stateFile, err)
	}
	return nil
}

// remove takes the file away, unless another process has written its own meanwhile.
func (s State) remove() {
	if found, ok, err := readState(s.Directory); err == nil && ok && found.PID == s.PID {
		_ = os.Remove(filepath.Join(s.Directory, stateFile)) // a leftover is found out by its silence
	}
}

// readState reads the file in a folder; ok is false when there is none.
func readState(directory string) (state State, ok bool, err error) {
	data, err := os.ReadFile(filepath.Join(directory, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, false, nil
	}
	if err != nil {
		return State{}, false, fmt.Errorf("read %s: %w", stateFile, err)
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return State{}, false, fmt.Errorf("read %s in %s: %w; remove the file if no local process runs", stateFile, directory, err)
	}
	return state, true, nil
}
