package peer

import "fmt"

// browsers are the names by which Chromium is installed.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// Browser finds Chromium.
func Browser() (string, error) {
	for _, name := range browsers {
		if path, err := Tool(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("none of %v is on the PATH: run `make tools`, or install Chromium", browsers)
}
