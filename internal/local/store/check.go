package store

import "fmt"

// check refuses what a file cannot hold, in every store alike.
func check(changes []Change) error {
	for _, change := range changes {
		if change.Bucket == "" || change.Key == "" {
			return fmt.Errorf("save key %q of bucket %q: neither may be empty", change.Key, change.Bucket)
		}
	}
	return nil
}
