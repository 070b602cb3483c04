package main_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// quick makes the five lines a release of seconds. Latency is not compared: on
// a busy machine it says more about the machine.
const quick = `strategy: {steps: [{weight: 10, wait: 3s}], settle: 3s}
analysis: {period: 1s, minimumSamples: 10, metrics: {errors: {}}}
`

// A first release with five lines works at once; the second is a canary that
// no user notices.
func TestDeployLocalTwice(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("release.yaml", fiveLines("echo"))
	p.echo("bootstrap.zip", "v1")
	first := p.deploy(0, "release.yaml")
	if !first.First || first.Outcome != release.Promoted || !first.Split.Actual.Same(release.Pure("1")) {
		t.Fatalf("the first release is %+v", first)
	}
	checkItems(t, p)

	users := startLoad(t, p.url("echo"), 100)
	p.echo("bootstrap.zip", "v2")
	p.write("quick.yaml", fiveLines("echo")+quick)
	text := p.must(0, "deploy", "quick.yaml", "--local")
	for _, said := range []string{"promoted: release ", "version 2 at 10%", "settles"} {
		if !strings.Contains(text.stdout, said) {
			t.Errorf("deploy does not say %q:\n%s", said, text)
		}
	}
	answers := users.stop()

	for _, a := range answers {
		if a.failed() {
			t.Errorf("a request at %s failed: status %d, version %q, %v", a.at, a.status, a.version, a.err)
		}
	}
	history := p.history("echo")
	second := history.Status
	if second.Outcome != release.Promoted || second.ID == first.ID || !second.Split.Actual.Same(release.Pure("2")) {
		t.Errorf("the second release is %+v", second)
	}
	during := between(answers, history, release.Split{Stable: "1", Canary: "2", Weight: 10}, release.Pure("2"))
	counts := names(during, func(a answer) string { return a.version })
	if share := float64(counts["2"]) / float64(len(during)); len(during) < 100 || share < 0.02 || share > 0.25 {
		t.Errorf("of %d requests while version 2 had 10%%, it answered %d", len(during), counts["2"])
	}
	measured.Log(t, "%d requests, none failed; while version 2 had 10%%: %v", len(answers), counts)

	checkLooks(t, p, first.ID, second.ID)
}

// between are the answers to requests made after one split was seen and before another was intended.
func between(answers []answer, history operator.History, from, to release.Split) []answer {
	var within []answer
	var began, ended bool
	for _, entry := range history.Entries {
		switch {
		case entry.Split == nil:
		case entry.Kind == ledger.EntrySplitSeen && entry.Split.Same(from):
			began = true
			within = nil
			for _, a := range answers {
				if a.at.After(entry.At) {
					within = append(within, a)
				}
			}
		case entry.Kind == ledger.EntrySplitIntended && entry.Split.Same(to) && began && !ended:
			ended = true
			for i, a := range within {
				if a.at.After(entry.At) {
					return within[:i]
				}
			}
		}
	}
	return within
}

// checkLooks checks every way of looking at two releases.
func checkLooks(t *testing.T, p *place, first, second string) {
	t.Helper()
	list := decode[[]operator.Status](t, p.must(0, "list", "echo", "--local", "--output", "json"))
	if len(list) != 2 || list[0].ID != second || list[1].ID != first {
		t.Errorf("list has not the second and the first release, but %+v", list)
	}
	if status := p.status("echo/production"); status.ID != second || !status.Ended() || status.Holder != nil {
		t.Errorf("status is %+v", status)
	}
	if history := p.history(first); history.Status.ID != first || len(history.Entries) == 0 {
		t.Errorf("the first release's history is %+v", history)
	}
	for _, verb := range []string{"status", "history"} {
		if said := p.must(0, verb, "echo", "--local"); !strings.Contains(said.stdout, string(release.Promoted)) {
			t.Errorf("no outcome in\n%s", said)
		}
	}
	if said := p.must(0, "list", "--local"); !strings.Contains(said.stdout, first) || !strings.Contains(said.stdout, second) {
		t.Errorf("not both releases in\n%s", said)
	}
}

// checkItems makes the echo service's table with AWS's own client, and has the
// service keep an item in it.
func checkItems(t *testing.T, p *place) {
	t.Helper()
	client := dynamodb.New(dynamodb.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(p.process().Address()),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	_, err := client.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName:            aws.String("echo-items"),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	url := p.url("echo") + "items/one"
	request, err := http.NewRequest(http.MethodPut, url, strings.NewReader("something"))
	if err != nil {
		t.Fatal(err)
	}
	created, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	created.Body.Close()
	if created.StatusCode != http.StatusCreated {
		t.Fatalf("the service did not create an item: status %d", created.StatusCode)
	}
	item, err := client.GetItem(context.Background(), &dynamodb.GetItemInput{
		TableName: aws.String("echo-items"),
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "one"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	content, _ := item.Item["content"].(*types.AttributeValueMemberS)
	if content == nil || content.Value != "something" {
		t.Errorf("the item is %v", item.Item)
	}
}

// A bad version comes back, and its artifact is let in again for a reason only.
func TestBadVersionIsRolledBack(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("release.yaml", strings.Replace(fiveLines("echo"), "./bootstrap.zip", "./good.zip", 1))
	p.write("bad.yaml", strings.Replace(fiveLines("echo"), "./bootstrap.zip", "./bad.zip", 1)+`strategy: {steps: [{weight: 50, wait: 20s}], settle: 3s}
analysis: {period: 1s, metrics: {errors: {}}}
`)
	p.echo("good.zip", "v1")
	p.echo("bad.zip", "v3")
	p.deploy(0, "release.yaml")
	users := startLoad(t, p.url("echo"), 100)

	back := p.deploy(3, "bad.yaml")
	if back.Outcome != release.RolledBack || !back.Split.Actual.Same(release.Pure("1")) || !strings.Contains(back.Reason, "errors: version 2 failed") {
		t.Errorf("the bad release is %+v", back)
	}
	refused := p.must(5, "deploy", "bad.yaml", "--local")
	if !strings.Contains(refused.stderr, back.ID) || !strings.Contains(refused.stderr, "--again --reason") {
		t.Errorf("the refusal does not name the release and --again --reason:\n%s", refused)
	}
	if withoutReason := p.must(2, "deploy", "bad.yaml", "--local", "--again"); !strings.Contains(withoutReason.stderr, "--reason") {
		t.Errorf("no reason was asked for:\n%s", withoutReason)
	}
	again := p.deploy(3, "bad.yaml", "--again", "--reason", "to see it once more")
	if again.ID == back.ID || again.Outcome != release.RolledBack {
		t.Errorf("the second try is %+v", again)
	}
	users.stop()
}
