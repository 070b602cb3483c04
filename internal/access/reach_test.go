package access_test

import (
	"cmp"
	"fmt"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

const (
	module = "github.com/goldfinch-dev/goldfinch/"
	sdk    = "github.com/aws/aws-sdk-go-v2/service/"
)

// A program is this module's code as static single assignments. What other modules
// do is not in it, only the types of what they offer.
type program struct {
	*ssa.Program
	packages map[string]*ssa.Package
}

// load reads packages and all that they import of this module.
func load(t *testing.T, patterns ...string) program {
	t.Helper()
	named, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedImports | packages.NeedDeps}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	var ours []string
	packages.Visit(named, nil, func(p *packages.Package) {
		if strings.HasPrefix(p.PkgPath, module) {
			ours = append(ours, p.PkgPath)
		}
	})
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, ours...)
	if err != nil {
		t.Fatal(err)
	}
	if packages.PrintErrors(loaded) > 0 {
		t.Fatal("the code does not compile")
	}
	built, all := ssautil.Packages(loaded, ssa.InstantiateGenerics)
	built.Build()
	found := program{Program: built, packages: map[string]*ssa.Package{}}
	for _, p := range all {
		found.packages[strings.TrimPrefix(p.Pkg.Path(), module)] = p
	}
	return found
}

// method finds a method of a pointer to a type of one of the packages.
func (p program) method(t *testing.T, in, typeName, name string) *ssa.Function {
	t.Helper()
	if p.packages[in].Type(typeName) == nil {
		t.Fatalf("%s has no type %s", in, typeName)
	}
	selection := p.MethodSets.MethodSet(p.pointer(in, typeName)).Lookup(p.packages[in].Pkg, name)
	if selection == nil {
		t.Fatalf("%s.%s has no method %s", in, typeName, name)
	}
	return p.MethodValue(selection)
}

// pointer is the type of pointers to a type of one of the packages.
func (p program) pointer(in, typeName string) types.Type {
	return types.NewPointer(p.packages[in].Type(typeName).Type())
}

// A reach is what can be reached from some functions.
//
// Whatever a reachable function mentions counts as reachable, be it called, bound to
// a receiver, closed over or passed on: so no call is lost, whoever makes it. A
// call through an interface of this module reaches that method of every type
// that reachable code turns into an interface. A type that is turned into an
// interface of another module, or into any, is out of sight from there, so all
// its methods count as called. Methods that a library finds by reflection within a
// value (MarshalJSON of a field) are not followed.
type reach struct {
	program    program
	functions  map[*ssa.Function]bool
	operations map[access.Operation]bool
	// parts are the names of the parts of DynamoDB transactions that are made.
	parts map[string]bool

	concrete map[types.Type]bool
	escaped  map[types.Type]bool
	invoked  map[invocation]bool
	pending  []*ssa.Function
}

// An invocation is a call of a method through an interface that has it, perhaps from another one.
type invocation struct {
	method *types.Func
	of     *types.Interface
}

// reachable follows the code from roots.
func reachable(p program, roots ...*ssa.Function) *reach {
	r := &reach{
		program: p, functions: map[*ssa.Function]bool{}, operations: map[access.Operation]bool{}, parts: map[string]bool{},
		concrete: map[types.Type]bool{}, escaped: map[types.Type]bool{}, invoked: map[invocation]bool{},
	}
	for _, root := range roots {
		r.add(root)
	}
	for len(r.pending) > 0 {
		next := r.pending[len(r.pending)-1]
		r.pending = r.pending[:len(r.pending)-1]
		for _, block := range next.Blocks {
			for _, instruction := range block.Instrs {
				r.follow(instruction)
			}
		}
	}
	return r
}

func (r *reach) add(f *ssa.Function) {
	if f != nil && !r.functions[f] {
		r.functions[f] = true
		r.pending = append(r.pending, f)
	}
}

// follow takes in one instruction.
func (r *reach) follow(instruction ssa.Instruction) {
	for _, operand := range instruction.Operands(nil) {
		if f, ok := (*operand).(*ssa.Function); ok {
			r.add(f)
		}
	}
	switch i := instruction.(type) {
	case ssa.CallInstruction:
		r.call(i.Common())
	case *ssa.MakeInterface:
		r.convert(i.X.Type(), i.Type())
	case *ssa.ChangeInterface:
		r.convert(i.X.Type(), i.Type())
	case *ssa.Alloc:
		if named, ok := types.Unalias(i.Type().(*types.Pointer).Elem()).(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == sdk+"dynamodb/types" {
			if slices.Contains([]string{"ConditionCheck", "Delete", "Put", "Update"}, named.Obj().Name()) {
				r.parts[named.Obj().Name()] = true
			}
		}
	}
}

// call takes in a call: of an operation of AWS, or through an interface.
func (r *reach) call(common *ssa.CallCommon) {
	callee := common.StaticCallee()
	if callee == nil || strings.HasPrefix(pathOf(callee.Pkg), sdk) {
		// By its input an operation is known, also when a paginator or a waiter takes that.
		if operation, ok := operationOf(common.Signature()); ok {
			r.operations[operation] = true
			return
		}
	}
	if !common.IsInvoke() {
		return
	}
	called := invocation{common.Method, common.Value.Type().Underlying().(*types.Interface)}
	if r.invoked[called] {
		return
	}
	r.invoked[called] = true
	for concrete := range maps.Clone(r.concrete) {
		r.resolve(concrete, called)
	}
}

// operationOf finds an operation's input among the parameters.
func operationOf(signature *types.Signature) (access.Operation, bool) {
	for parameter := range signature.Params().Variables() {
		pointer, ok := parameter.Type().(*types.Pointer)
		if !ok {
			continue
		}
		named, ok := types.Unalias(pointer.Elem()).(*types.Named)
		if !ok || named.Obj().Pkg() == nil {
			continue
		}
		service, ok := strings.CutPrefix(named.Obj().Pkg().Path(), sdk)
		if name, isInput := strings.CutSuffix(named.Obj().Name(), "Input"); ok && isInput {
			return access.Operation{Service: path.Base(service), Name: name}, true
		}
	}
	return access.Operation{}, false
}

// convert takes in that a value of one type becomes one of an interface.
func (r *reach) convert(from, to types.Type) {
	escapes := !isOurs(to)
	if of, ok := from.Underlying().(*types.Interface); ok {
		for concrete := range maps.Clone(r.concrete) {
			if escapes && isOurs(from) && types.Implements(concrete, of) {
				r.escape(concrete)
			}
		}
		return
	}
	if !r.concrete[from] {
		r.concrete[from] = true
		for called := range maps.Clone(r.invoked) {
			r.resolve(from, called)
		}
	}
	if escapes {
		r.escape(from)
	}
}

// resolve adds the method of a type that a call of an interface's method may be.
func (r *reach) resolve(concrete types.Type, called invocation) {
	if types.Implements(concrete, called.of) {
		if selection := r.program.MethodSets.MethodSet(concrete).Lookup(called.method.Pkg(), called.method.Name()); selection != nil {
			r.add(r.program.MethodValue(selection))
		}
	}
}

// escape adds all methods of a type of this module.
func (r *reach) escape(concrete types.Type) {
	if r.escaped[concrete] || !isOurs(concrete) {
		return
	}
	r.escaped[concrete] = true
	for selection := range r.program.MethodSets.MethodSet(concrete).Methods() {
		r.add(r.program.MethodValue(selection))
	}
}

// isOurs reports whether this module declares a type, or what it points to.
func isOurs(t types.Type) bool {
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && strings.HasPrefix(named.Obj().Pkg().Path(), module)
}

func pathOf(p *ssa.Package) string {
	if p == nil {
		return ""
	}
	return p.Pkg.Path()
}

// sorted lists operations in order.
func sorted(operations map[access.Operation]bool) []access.Operation {
	return slices.SortedFunc(maps.Keys(operations), func(a, b access.Operation) int { return cmp.Compare(a.String(), b.String()) })
}

// disagreements says where what is declared and what is reached differ.
func disagreements(who string, declared []access.Operation, reached []access.Operation) []string {
	var found []string
	for _, operation := range reached {
		if !slices.Contains(declared, operation) {
			found = append(found, fmt.Sprintf("%s calls %s and does not declare it", who, operation))
		}
	}
	for _, operation := range declared {
		if !slices.Contains(reached, operation) {
			found = append(found, fmt.Sprintf("%s declares %s and does not call it", who, operation))
		}
	}
	return found
}
