package imagebuilder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// stages are what a build goes through, a third of its time each after it was pending; then there is the image
// (https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ImageState.html).
var stages = [...]types.ImageStatus{types.ImageStatusPending, types.ImageStatusBuilding, types.ImageStatusTesting, types.ImageStatusDistributing}

// schedule lets a build go on when its present stage is over. The caller holds s.mu.
func (s *Service) schedule(arn string, build *buildRecord) {
	if s.closed {
		return
	}
	stage := slices.Index(stages[:], build.Status)
	due := build.Began.Add(s.options.BuildDuration * time.Duration(stage) / time.Duration(len(stages)-1))
	s.stops[arn] = s.options.Clock.AfterFunc(max(due.Sub(s.now()), 0), func() { s.proceed(arn) })
}

// proceed brings a build to its next stage.
func (s *Service) proceed(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	build := s.books.builds[arn]
	if s.closed || build.ended() {
		return
	}
	next := slices.Index(stages[:], build.Status) + 1
	if next == len(stages) {
		s.finish(build)
		return
	}
	// A stage that can't be stored is reached when the service is opened again.
	if s.become(build, func(build *buildRecord) { build.Status = stages[next] }) == nil {
		s.schedule(arn, s.books.builds[arn])
	}
}

// finish makes the image of a build, or finds the one that a process had made which died before it was noted.
func (s *Service) finish(build *buildRecord) {
	name := strings.NewReplacer(":", "-", "/", "-").Replace(build.ARN[strings.Index(build.ARN, ":image/")+len(":image/"):])
	ami, err := s.image(name, build)
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "InvalidAMIName.Duplicate" {
		// It was registered before, and EC2 does not tell of it yet.
		s.stops[build.ARN] = s.options.Clock.AfterFunc(time.Second, func() { s.proceed(build.ARN) })
		return
	}
	_ = s.become(build, func(build *buildRecord) {
		build.Status, build.AMI, build.Name = types.ImageStatusAvailable, ami, name
		if err != nil {
			build.Status, build.Reason, build.AMI, build.Name = types.ImageStatusFailed, err.Error(), "", ""
		}
	})
}

// image registers the image of a build, once.
func (s *Service) image(name string, build *buildRecord) (id string, err error) {
	ctx := context.Background()
	found, err := s.options.Images.DescribeImages(ctx, &ec2.DescribeImagesInput{
		Owners: []string{"self"}, Filters: []ec2types.Filter{{Name: aws.String("name"), Values: []string{name}}},
	})
	if err != nil {
		return "", fmt.Errorf("look for the image %s: %w", name, err)
	}
	if len(found.Images) > 0 {
		return *found.Images[0].ImageId, nil
	}
	recipe, pipeline := s.books.recipes[build.Recipe], s.books.pipelines[build.Pipeline].Pipeline
	tags := map[string]string{"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": build.ARN}
	maps.Copy(tags, recipe.Recipe.AmiTags)
	maps.Copy(tags, pipeline.ImageTags)
	specification := ec2types.TagSpecification{ResourceType: ec2types.ResourceTypeImage}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		specification.Tags = append(specification.Tags, ec2types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	made, err := s.options.Images.RegisterImage(ctx, &ec2.RegisterImageInput{
		Name: &name, ImageLocation: &recipe.Source, Description: recipe.Recipe.Description, TagSpecifications: []ec2types.TagSpecification{specification},
	})
	if err != nil {
		return "", fmt.Errorf("register the image %s: %w", name, err)
	}
	return *made.ImageId, nil
}

// become stores what a build is now, and tells of it. The caller holds s.mu.
func (s *Service) become(build *buildRecord, change func(*buildRecord)) error {
	next := *build
	change(&next)
	if err := s.commit(next.ARN, &next); err != nil {
		return err
	}
	if next.ended() {
		delete(s.stops, next.ARN)
	}
	event := stateChange(next.ARN, build.Status, next.Status)
	s.options.Clock.AfterFunc(0, func() { s.options.Events(event) })
	return nil
}

// stateChange is EventBridge's event of a build's state; it has no id of an image
// (https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-imagebuilder.html).
func stateChange(arn string, before, after types.ImageStatus) eventbridge.Event {
	type status struct {
		Status types.ImageStatus `json:"status"`
	}
	detail, err := json.Marshal(map[string]status{"previous-state": {before}, "state": {after}})
	if err != nil {
		panic(fmt.Sprintf("text can't be written as JSON: %v", err))
	}
	return eventbridge.Event{
		Source: "aws.imagebuilder", DetailType: "EC2 Image Builder Image State Change", Resources: []string{arn}, Detail: detail,
	}
}
