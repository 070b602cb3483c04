package access

import (
	"maps"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// Functions are the names of Goldfinch's Lambda functions, sorted.
func Functions() []string { return slices.Sorted(maps.Keys(declared)) }

// Operations are what the code of a function calls, sorted and each once. An
// unknown function calls nothing.
func Operations(function string) []Operation { return methodsOf(declared[function]...) }

// What several functions have in common.
var (
	// record is reading a release's record, and writing it.
	record = []any{(*ledger.ItemReader)(nil), (*ledger.Transactor)(nil)}

	// heed is also reading what people said to the release.
	heed = slices.Concat(record, []any{(*ledger.ItemLister)(nil)})

	// home is bringing a release's traffic home, and cleaning up behind it.
	home = []any{
		(*lambda.UsableAPI)(nil), (*lambda.SplitAPI)(nil), (*lambda.ShiftAPI)(nil),
		(*lambda.RestoreAPI)(nil), (*lambda.PackageReader)(nil),
	}

	// first is moving traffic, and before it first moves, looking which alarms fire and
	// what the stable version did the day before.
	first = []any{(*lambda.ShiftAPI)(nil), (*lambda.AlarmsAPI)(nil), (*lambda.MeasureAPI)(nil)}

	// recovery is bringing home what a dead execution left behind.
	recovery = slices.Concat(heed, home, []any{(*ledger.ItemUpdater)(nil), (*workflow.ExecutionReader)(nil)})
)

// declared are the interfaces that each function calls, as nil pointers to them.
var declared = map[string][]any{
	"announce": {(*announce.Events)(nil)},
	"bake": slices.Concat(heed, []any{
		(*lambda.PreflightAPI)(nil), (*lambda.BakeAPI)(nil), (*lambda.AlarmsAPI)(nil), (*lambda.PackageFinder)(nil), (*lambda.PackageReader)(nil),
	}),
	"deploy": slices.Concat(heed, []any{(*lambda.DeployAPI)(nil), (*lambda.PackageReader)(nil)}),
	"evaluate": slices.Concat(heed, []any{
		(*lambda.SplitAPI)(nil), (*lambda.MeasureAPI)(nil), (*lambda.AlarmsAPI)(nil), (*ledger.ItemPutter)(nil),
	}),
	// Lock brings home what a dead holder of the lock left behind, as the sweep would.
	"intake": slices.Concat(recovery, []any{
		(*ledger.ItemPutter)(nil), (*workflow.TaskAnswerer)(nil),
		(*workflow.Packages)(nil), (*trigger.Executions)(nil), (*trigger.Artifacts)(nil), (*trigger.Jobs)(nil),
	}),
	"observe":  slices.Concat(heed, []any{(*workflow.TaskAnswerer)(nil)}),
	"promote":  slices.Concat(heed, first), // of a return to an old version, which has no steps
	"retire":   slices.Concat(record, []any{(*lambda.RetireAPI)(nil), (*lambda.SplitAPI)(nil)}),
	"rollback": slices.Concat(record, home),
	"shift":    slices.Concat(heed, first),
	"signal":   {(*ledger.ItemReader)(nil), (*ledger.ItemLister)(nil), (*ledger.ItemPutter)(nil), (*workflow.TaskAnswerer)(nil)},
	"sweep":    recovery,
	"verify":   slices.Concat(heed, []any{(*lambda.VerifyAPI)(nil), (*lambda.UsableAPI)(nil)}),
}
