package trigger

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// An installation is where Goldfinch is at home.
type installation struct {
	partition, region, account string
	// machine is the state machine's name, without an alias.
	machine string
}

// installed reads it off the state machine's ARN, which may end in an alias.
func installed(stateMachine string) (installation, error) {
	parsed, err := arn.Parse(stateMachine)
	if err != nil {
		return installation{}, fmt.Errorf("read the ARN %q of the state machine: %w", stateMachine, err)
	}
	machine, isMachine := strings.CutPrefix(parsed.Resource, "stateMachine:")
	name, _, _ := strings.Cut(machine, ":")
	if !isMachine || name == "" {
		return installation{}, fmt.Errorf("%q is not the ARN of a state machine", stateMachine)
	}
	return installation{partition: parsed.Partition, region: parsed.Region, account: parsed.AccountID, machine: name}, nil
}

// execution is the ARN of the execution of that name, which never contains the
// alias that it was started on.
// https://docs.aws.amazon.com/step-functions/latest/dg/execution-alias-version-associate.html
func (i installation) execution(name string) string {
	return arn.ARN{Partition: i.partition, Service: "states", Region: i.region, AccountID: i.account, Resource: "execution:" + i.machine + ":" + name}.String()
}

// registry is the host name of the account's image registry.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
func (i installation) registry() string {
	domain := "amazonaws.com"
	if i.partition == "aws-cn" {
		domain = "amazonaws.com.cn"
	}
	return fmt.Sprintf("%s.dkr.ecr.%s.%s", i.account, i.region, domain)
}
