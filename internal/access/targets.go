package access

import (
	"maps"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
	"github.com/goldfinch-dev/goldfinch/internal/target/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
)

// A part is what a function does with a target: the methods of package target's interfaces that it calls.
type part string

const (
	none part = ""
	// bakes: Preflight, Bake, Baked.
	bakes part = "bake"
	// deploys: Deploy.
	deploys part = "deploy"
	// verifies: Verify, Usable.
	verifies part = "verify"
	// shifts: Shift, Arrives, Alarms, History.
	shifts part = "shift"
	// judges: Split, Measure, History, Alarms.
	judges part = "judge"
	// returns: everything that brings traffic home, and cleans up behind it: Split, Usable, Shift, Arrives, Restore, Retire.
	returns part = "return"
	// retires: Split, Retire.
	retires part = "retire"
	// inspects: Inspect, Mend, Shift, Split, and tainting instances.
	inspects part = "inspect"
)

// Kinds are the kinds of targets, sorted. One of them is "flag", for audiences by a feature flag: it stands around the others.
func Kinds() []string { return slices.Sorted(maps.Keys(ofTargets)) }

// What several parts have in common.
var (
	// baking makes an AMI, and is told which it was; its first half is enough for what was baked before.
	baking = slices.Concat(baked, []any{(*image.ShareAPI)(nil), (*image.BuildAPI)(nil)})
	baked  = []any{(*image.FindAPI)(nil), (*image.InputsAPI)(nil)}

	// counts is counting requests, and reading alarms.
	counts = []any{(*measure.CountsAPI)(nil), (*measure.AlarmsAPI)(nil)}

	// shrinking takes away the group of a version, and the version.
	shrinking = []any{(*fleet.FreeAPI)(nil), (*fleet.DeleteAPI)(nil), (*fleet.DeleteVersionAPI)(nil)}

	// machines is looking at every instance.
	machines = []any{(*fleet.InstancesAPI)(nil), (*fleet.TemplatesAPI)(nil)}

	// whole is reading how whole instances are split.
	whole = []any{(*fleet.GroupsAPI)(nil), (*asg.SplitAPI)(nil), (*asg.SourcesAPI)(nil), (*fleet.RefreshesAPI)(nil)}

	// wholeShift is splitting whole instances.
	wholeShift = slices.Concat(whole, []any{(*asg.ShiftAPI)(nil), (*asg.AttachAPI)(nil)})

	// stack is reading whose records there are, and the stacks behind them.
	stack = []any{(*route53.SplitAPI)(nil), (*route53.StackAPI)(nil)}
)

// ofTargets are the interfaces that each kind of target calls, by the part of it that a function uses, as nil pointers to them.
var ofTargets = map[string]map[part][]any{
	"lambda": {
		bakes:    {(*lambda.PreflightAPI)(nil), (*lambda.BakeAPI)(nil), (*lambda.AlarmsAPI)(nil), (*lambda.PackageFinder)(nil), (*lambda.PackageReader)(nil)},
		deploys:  {(*lambda.DeployAPI)(nil), (*lambda.PackageReader)(nil)},
		verifies: {(*lambda.VerifyAPI)(nil), (*lambda.UsableAPI)(nil)},
		shifts:   {(*lambda.UsableAPI)(nil), (*lambda.ShiftAPI)(nil), (*lambda.AlarmsAPI)(nil), (*lambda.MeasureAPI)(nil)},
		judges:   {(*lambda.SplitAPI)(nil), (*lambda.MeasureAPI)(nil), (*lambda.AlarmsAPI)(nil)},
		returns: {
			(*lambda.UsableAPI)(nil), (*lambda.SplitAPI)(nil), (*lambda.ShiftAPI)(nil), (*lambda.RestoreAPI)(nil), (*lambda.RetireAPI)(nil),
			(*lambda.PackageReader)(nil),
		},
		retires:  {(*lambda.RetireAPI)(nil), (*lambda.SplitAPI)(nil)},
		inspects: {(*lambda.SplitAPI)(nil), (*lambda.ShiftAPI)(nil)},
	},
	"apigateway": {
		bakes: {
			(*apigateway.PreflightAPI)(nil), (*lambda.FunctionAPI)(nil), (*lambda.BakeAPI)(nil), (*lambda.AlarmsAPI)(nil),
			(*lambda.PackageFinder)(nil), (*lambda.PackageReader)(nil),
		},
		deploys:  {(*apigateway.DeployAPI)(nil), (*apigateway.AllowAPI)(nil), (*lambda.DeployAPI)(nil), (*lambda.PackageReader)(nil)},
		verifies: {(*apigateway.StageAPI)(nil), (*apigateway.DeploymentsAPI)(nil), (*lambda.VerifyAPI)(nil), (*lambda.UsableAPI)(nil)},
		shifts:   slices.Concat(counts, []any{(*apigateway.ShiftAPI)(nil)}),
		judges:   slices.Concat(counts, []any{(*apigateway.StageAPI)(nil), (*apigateway.DeploymentsAPI)(nil)}),
		returns: {
			(*apigateway.ShiftAPI)(nil), (*apigateway.RetireAPI)(nil), (*apigateway.PolicyAPI)(nil), (*apigateway.ForbidAPI)(nil),
			(*lambda.RestoreAPI)(nil), (*lambda.RetireAPI)(nil), (*lambda.PackageReader)(nil),
		},
		retires:  {(*apigateway.ShiftAPI)(nil), (*apigateway.RetireAPI)(nil), (*apigateway.PolicyAPI)(nil), (*lambda.RetireAPI)(nil)},
		inspects: {(*apigateway.ShiftAPI)(nil), (*lambda.UsableAPI)(nil)},
	},
	"alb": {
		bakes: slices.Concat(baking, []any{
			(*alb.RulesAPI)(nil), (*alb.PreflightAPI)(nil), (*alb.HealthAPI)(nil),
			(*fleet.GroupsAPI)(nil), (*fleet.NotesAPI)(nil), (*fleet.RefreshesAPI)(nil), (*fleet.OwnershipAPI)(nil), (*fleet.VersionAPI)(nil), (*measure.AlarmsAPI)(nil),
		}),
		deploys: slices.Concat(baked, []any{
			(*alb.RulesAPI)(nil), (*alb.HealthAPI)(nil), (*alb.OwnRulesAPI)(nil),
			(*fleet.CloneAPI)(nil), (*fleet.ReadyAPI)(nil), (*fleet.DeleteAPI)(nil), (*fleet.VersionAPI)(nil),
		}),
		verifies: {(*alb.RulesAPI)(nil), (*alb.HealthAPI)(nil), (*alb.AddressAPI)(nil), (*alb.OwnRulesAPI)(nil), (*fleet.GroupsAPI)(nil)},
		shifts:   slices.Concat(counts, []any{(*alb.RulesAPI)(nil), (*alb.ShiftAPI)(nil), (*fleet.GroupsAPI)(nil)}),
		judges:   slices.Concat(counts, []any{(*alb.RulesAPI)(nil), (*fleet.GroupsAPI)(nil)}),
		returns:  slices.Concat(shrinking, []any{(*alb.RulesAPI)(nil), (*alb.ShiftAPI)(nil), (*alb.HealthAPI)(nil), (*fleet.HoldAPI)(nil)}),
		retires:  slices.Concat(shrinking, []any{(*alb.RulesAPI)(nil), (*alb.ForgetAPI)(nil), (*alb.HealthAPI)(nil), (*fleet.HoldAPI)(nil)}),
		inspects: slices.Concat(machines, []any{
			(*alb.RulesAPI)(nil), (*alb.ShiftAPI)(nil), (*alb.HealthAPI)(nil), (*alb.MendAPI)(nil), (*fleet.MendAPI)(nil), (*drift.Instances)(nil),
		}),
	},
	"asg": {
		bakes: slices.Concat(baking, whole, []any{
			(*asg.PreflightAPI)(nil), (*fleet.NotesAPI)(nil), (*fleet.OwnershipAPI)(nil), (*fleet.VersionAPI)(nil), (*measure.AlarmsAPI)(nil),
		}),
		deploys:  slices.Concat(baked, whole, []any{(*fleet.CloneAPI)(nil), (*fleet.ReadyAPI)(nil), (*fleet.VersionAPI)(nil)}),
		verifies: slices.Concat(machines, whole, []any{(*asg.PortAPI)(nil)}),
		shifts:   slices.Concat(counts, wholeShift, []any{(*asg.RefreshAPI)(nil), (*fleet.HoldAPI)(nil)}),
		judges:   slices.Concat(counts, whole),
		returns:  slices.Concat(shrinking, wholeShift, []any{(*asg.RefreshAPI)(nil), (*fleet.HoldAPI)(nil), (*fleet.CopyAPI)(nil)}),
		retires:  slices.Concat(shrinking, wholeShift, []any{(*asg.RefreshAPI)(nil), (*fleet.CopyAPI)(nil)}),
		inspects: slices.Concat(machines, wholeShift, []any{(*asg.RefreshAPI)(nil), (*fleet.MendAPI)(nil), (*drift.Instances)(nil)}),
	},
	"flag": {
		bakes:    {(*flag.PreflightAPI)(nil), (*flag.IdentityAPI)(nil)},
		shifts:   {(*flag.ShiftAPI)(nil)},
		judges:   {(*flag.SplitAPI)(nil)},
		returns:  {(*flag.ShiftAPI)(nil), (*flag.ArrivesAPI)(nil), (*flag.TidyAPI)(nil)},
		retires:  {(*flag.TidyAPI)(nil)},
		inspects: {(*flag.ShiftAPI)(nil)},
	},
	"route53": {
		bakes:    slices.Concat(baking, stack, []any{(*route53.ZoneAPI)(nil), (*route53.TemplateAPI)(nil), (*measure.AlarmsAPI)(nil)}),
		deploys:  slices.Concat(baked, stack, []any{(*route53.CreateAPI)(nil), (*route53.EventsAPI)(nil)}),
		verifies: {(*route53.StackAPI)(nil)},
		shifts:   slices.Concat(counts, stack, []any{(*route53.ShiftAPI)(nil), (*route53.ArrivesAPI)(nil)}),
		judges:   slices.Concat(counts, stack),
		returns: slices.Concat(stack, []any{
			(*route53.ShiftAPI)(nil), (*route53.ArrivesAPI)(nil), (*route53.DeleteAPI)(nil), (*route53.EventsAPI)(nil),
		}),
		retires:  slices.Concat(stack, []any{(*route53.DeleteAPI)(nil), (*route53.EventsAPI)(nil)}),
		inspects: slices.Concat(stack, []any{(*route53.ShiftAPI)(nil)}),
	},
}
