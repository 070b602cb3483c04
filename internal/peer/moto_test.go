package peer_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

func TestMotoAnswersAndForgets(t *testing.T) {
	t.Parallel()
	moto := peer.StartMoto(t, peer.MotoOptions{})
	client := sns.New(sns.Options{
		Region: "us-east-1", BaseEndpoint: &moto.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	if _, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("releases")}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		found, err := client.ListTopics(t.Context(), &sns.ListTopicsInput{})
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Topics) != want {
			t.Errorf("%d topics, want %d", len(found.Topics), want)
		}
		moto.Reset(t)
	}
}

func TestAToolThatIsMissingSaysHowToGetIt(t *testing.T) {
	if path, err := peer.Tool("no-such-program"); err == nil {
		t.Errorf("found %s", path)
	}
}
