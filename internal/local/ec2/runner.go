package ec2

import (
	"context"
	"time"
)

// A Runner runs the programs of instances. Its methods may be called from
// several goroutines at once, for one instance one after the other.
type Runner interface {
	// Start starts the instance's program, and returns the "host:port" at which it
	// answers; empty when it answers nowhere.
	Start(ctx context.Context, instance Instance) (address string, err error)
	// Stop asks the program to end, ends it after the grace, and returns when it has
	// ended, or ctx is done. An instance that doesn't run is none of its business.
	Stop(ctx context.Context, id string, grace time.Duration)
}

// An Instance is what a runner has to know of one.
type Instance struct {
	ID string
	// ImageID is the AMI, and Location its ImageLocation: where the program is.
	ImageID  string
	Location string
	// Type is the instance type, such as t3.micro.
	Type string
	// PrivateIP is the address that the instance has in its network, which is none of this machine's.
	PrivateIP string
	// TemplateID and TemplateVersion are what it was launched from; empty without a launch template.
	TemplateID      string
	TemplateVersion string
	// Group is the name of its Auto Scaling group; empty when it is in none.
	Group string
	// UserData is decoded.
	UserData []byte
	Tags     map[string]string
	// Ended is to be called, once, when the program ends without Stop. It does not wait.
	Ended func(reason string)
}
