package wire

import (
	"maps"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
	"github.com/goldfinch-dev/goldfinch/internal/target/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// A Constructor makes the target of one kind, for the release of a document.
type Constructor func(clients Clients, document release.Document, releaseID string, now Now) target.Target

// kinds is the closed table of kinds. Another kind is a package, and a line here.
func kinds() map[string]Constructor {
	return map[string]Constructor{
		"lambda":     newLambda,
		"alb":        newALB,
		"asg":        newASG,
		"route53":    newRoute53,
		"apigateway": newAPIGateway,
	}
}

// targets makes the target that a document names, by the table of kinds.
func targets(clients Clients, now Now) workflow.Targets {
	table := kinds()
	maps.Copy(table, clients.Custom)
	return func(document release.Document, releaseID string) (target.Target, error) {
		construct, known := table[document.Target.Kind()]
		if !known {
			return nil, release.Fail(release.KindRefused, "the document's target is of no known kind").
				WithHint("the known kinds are: %s", strings.Join(slices.Sorted(maps.Keys(table)), ", "))
		}
		if !flag.Needed(document) {
			return construct(clients, document, releaseID, now), nil
		}
		return flag.New(flag.Options{
			Target: construct(clients, flag.Beneath(document, releaseID), releaseID, now), Document: document, Release: releaseID,
			AppConfig: clients.AppConfig, Identity: clients.Identity, Region: clients.Region,
		}), nil
	}
}

func newLambda(clients Clients, document release.Document, releaseID string, now Now) target.Target {
	return lambda.New(lambda.Options{
		Release: releaseID, Document: document, Lambda: clients.Lambda, CloudWatch: clients.CloudWatch, S3: clients.S3,
		Now: now, Download: clients.Download, ShortPeriods: clients.ShortPeriods,
	})
}

func newAPIGateway(clients Clients, document release.Document, releaseID string, now Now) target.Target {
	return apigateway.New(apigateway.Options{
		Release: releaseID, Document: document, APIGateway: clients.APIGateway, Lambda: clients.Lambda, CloudWatch: clients.CloudWatch, S3: clients.S3,
		Now: now, HTTP: clients.HTTP, ShortPeriods: clients.ShortPeriods, ShiftLimit: clients.ShiftLimit,
	})
}

func newALB(clients Clients, document release.Document, releaseID string, now Now) target.Target {
	return alb.New(alb.Options{
		Release: releaseID, Document: document, Region: clients.Region,
		LoadBalancing: clients.LoadBalancing, AutoScaling: clients.AutoScaling, EC2: clients.EC2, ImageBuilder: clients.ImageBuilder, CloudWatch: clients.CloudWatch,
		Now: now, Client: clients.HTTP, ShortPeriods: clients.ShortPeriods, ShiftLimit: clients.ShiftLimit,
	})
}

func newASG(clients Clients, document release.Document, releaseID string, now Now) target.Target {
	return asg.New(asg.Options{
		Release: releaseID, Document: document, Region: clients.Region,
		LoadBalancing: clients.LoadBalancing, AutoScaling: clients.AutoScaling, EC2: clients.EC2, ImageBuilder: clients.ImageBuilder, CloudWatch: clients.CloudWatch,
		Now: now, Client: clients.HTTP, ShiftLimit: clients.ShiftLimit,
	})
}

func newRoute53(clients Clients, document release.Document, releaseID string, now Now) target.Target {
	return route53.New(route53.Options{
		Release: releaseID, Document: document, Region: clients.Region,
		Records: clients.Route53, Stacks: clients.CloudFormation, CloudWatch: clients.CloudWatch, Image: newImage(clients, document, releaseID, now),
		Now: now, HTTP: clients.HTTP, ShortPeriods: clients.ShortPeriods, Propagation: clients.Propagation,
	})
}

func newImage(clients Clients, document release.Document, releaseID string, now Now) *image.Baker {
	return image.New(image.Options{
		Release: releaseID, Document: document, EC2: clients.EC2, ImageBuilder: clients.ImageBuilder, AutoScaling: clients.AutoScaling, Region: clients.Region, Now: now,
	})
}
