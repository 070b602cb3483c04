package fleet_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

func TestVersionIsMadeOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	from := c.named("web")
	lost := errors.New("the answer got lost")
	c.Next("ec2:CreateLaunchTemplateVersion", func() error {
		version, err := c.fleet().Version(fleettest.Foreign(), from, c.images["3"]) // another process, at the same time
		if err == nil && version != "3" {
			err = errors.New("it is " + version)
		}
		return err
	})
	version, err := c.fleet().Version(t.Context(), from, c.images["3"])
	if err != nil || version != "3" {
		t.Fatalf("version %s, %v", version, err)
	}
	c.Next("ec2:CreateLaunchTemplateVersion", func() error { return lost })
	if again, err := c.fleet().Version(t.Context(), from, c.images["3"]); err != nil || again != "3" {
		t.Errorf("again it is version %s, %v", again, err)
	}
	if got := c.Versions(); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("there are versions %v", got)
	}
	output, err := c.EC2.DescribeLaunchTemplateVersions(fleettest.Foreign(), &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: aws.String(c.Template), Versions: []string{"3"}})
	must(t, err)
	made := output.LaunchTemplateVersions[0]
	if *made.LaunchTemplateData.ImageId != c.images["3"] || made.LaunchTemplateData.InstanceType != ec2types.InstanceTypeT3Micro || *made.VersionDescription != "goldfinch release r-1" {
		t.Errorf("it is %+v of %s, described as %q", made.LaunchTemplateData, *made.LaunchTemplateData.ImageId, *made.VersionDescription)
	}
}

func TestVersionRefuses(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	from := c.named("web")
	_, err := c.fleet().Version(t.Context(), from, c.images["2"])
	expectKind(t, err, release.KindRefused, "nothing to release", "version 2")
	to := func(version string) func(*release.Document) {
		return func(document *release.Document) { document.Request.Version = version }
	}
	_, err = c.fleet(to("2")).Version(t.Context(), from, "")
	expectKind(t, err, release.KindRefused, "nothing to release")
	_, err = c.fleet(to("9")).Version(t.Context(), from, "")
	expectKind(t, err, release.KindRefused, "does not exist", "describe-launch-template-versions")
	if version, err := c.fleet(to("1")).Version(t.Context(), from, ""); err != nil || version != "1" {
		t.Errorf("a return to version 1 gets %s, %v", version, err)
	}
	_, err = c.fleet().Version(t.Context(), from, c.images["3"])
	must(t, err)
	_, err = c.fleet().Version(t.Context(), from, c.images["4"])
	expectKind(t, err, release.KindConflict, "version 3", c.images["4"])
}

func TestVersionThatCanNotBeLaunchedIsRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	_, err := fleetWith(c, warning{c.EC2}).Version(t.Context(), c.named("web"), c.images["3"])
	expectKind(t, err, release.KindRefused, "InvalidAMIID.NotFound", "could not be launched")
}

func TestDeleteVersionKeepsWhatIsUsedAndWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	f := c.fleet()
	group := c.cloned()
	for version, why := range map[string]string{"1": "is the default version", "2": "is not ours", "3": "is used", "9": "does not exist", "x": "is no number"} {
		if deleted, err := f.DeleteVersion(t.Context(), c.Template, version); deleted || err != nil {
			t.Errorf("version %s %s, and was deleted: %t, %v", version, why, deleted, err)
		}
	}
	released, err := f.Released(t.Context(), c.Template)
	if err != nil || released != "3" {
		t.Errorf("the release has made version %q, %v", released, err)
	}
	c.deleted(f, group)
	if deleted, err := f.DeleteVersion(t.Context(), c.Template, "3"); !deleted || err != nil {
		t.Errorf("the orphan was deleted: %t, %v", deleted, err)
	}
	if released, err := f.Released(t.Context(), c.Template); err != nil || released != "" {
		t.Errorf("the release has made version %q, %v", released, err)
	}
}

func TestSurplusVersions(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	from := c.named("web")
	for i, id := range []string{"r-1", "r-2", "r-3", "r-4"} {
		_, err := c.fleetOf(id).Version(t.Context(), from, c.images[[]string{"3", "4"}[i%2]])
		must(t, err)
	}
	c.Group("echo-production-3", "3", 0, fleettest.Made("r-1"), nil)
	for keep, want := range map[int][]string{4: nil, 2: {"4"}, 0: {"4", "5", "6"}} {
		if got, err := c.fleet().SurplusVersions(t.Context(), c.Template, keep); err != nil || !slices.Equal(got, want) {
			t.Errorf("keeping %d of 3 to 6, of which 3 is used: %v, %v; want %v", keep, got, err, want)
		}
	}
}
