package access

import (
	"maps"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// Functions are the names of Goldfinch's Lambda functions, sorted.
func Functions() []string { return slices.Sorted(maps.Keys(declared)) }

// Operations are what the code of a function calls for targets of these kinds, sorted and each once; without any kind, for all of [Kinds]. An
// unknown function calls nothing.
func Operations(function string, kinds ...string) []Operation {
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	called := declared[function]
	interfaces := slices.Clone(called.own)
	for _, kind := range kinds {
		interfaces = append(interfaces, ofTargets[kind][called.target]...)
	}
	return methodsOf(interfaces...)
}

// What several functions have in common.
var (
	// record is reading a release's record, and writing it.
	record = []any{(*ledger.ItemReader)(nil), (*ledger.Transactor)(nil)}

	// heed is also reading what people said to the release.
	heed = slices.Concat(record, []any{(*ledger.ItemLister)(nil)})

	// recovery is bringing home what a dead execution left behind.
	recovery = slices.Concat(heed, []any{(*ledger.ItemUpdater)(nil), (*workflow.ExecutionReader)(nil)})
)

// A declaration is what a function calls.
type declaration struct {
	// own are interfaces, as nil pointers to them.
	own []any
	// target is what it does with the release's target; [ofTargets] has the interfaces of that.
	target part
}

// declared is what each function calls.
var declared = map[string]declaration{
	"announce": {[]any{(*announce.Events)(nil)}, none},
	"bake":     {heed, bakes},
	"deploy":   {heed, deploys},
	// Mending takes the service's lock, and what it found is kept.
	"drift":    {slices.Concat(heed, []any{(*ledger.ItemPutter)(nil), (*ledger.ItemUpdater)(nil)}), inspects},
	"evaluate": {slices.Concat(heed, []any{(*ledger.ItemPutter)(nil)}), judges},
	// Lock brings home what a dead holder of the lock left behind, as the sweep would.
	"intake": {slices.Concat(recovery, []any{
		(*ledger.ItemPutter)(nil), (*workflow.TaskAnswerer)(nil),
		(*workflow.Packages)(nil), (*trigger.Executions)(nil), (*trigger.Artifacts)(nil), (*trigger.Jobs)(nil),
	}), returns},
	"observe":  {slices.Concat(heed, []any{(*workflow.TaskAnswerer)(nil)}), none},
	"promote":  {heed, shifts}, // of a return to an old version, which has no steps
	"retire":   {record, retires},
	"rollback": {record, returns},
	"shift":    {heed, shifts},
	"signal":   {[]any{(*ledger.ItemReader)(nil), (*ledger.ItemLister)(nil), (*ledger.ItemPutter)(nil), (*workflow.TaskAnswerer)(nil)}, none},
	"sweep":    {recovery, returns},
	"verify":   {heed, verifies},
}
