package operator

import "time"

// A Finding is one thing that is not as it should be.
type Finding struct {
	// What is wrong, in one sentence.
	What string `json:"what"`
	// Where it is: "SERVICE/ENVIRONMENT", or a release's id.
	Where string `json:"where"`
	// Since is when it began, if that is known.
	Since time.Time `json:"since,omitzero"`
	// Mend is how to mend it, in one sentence.
	Mend string `json:"mend"`
	// Fixed: it was wrong, and has been mended.
	Fixed bool `json:"fixed"`
}
