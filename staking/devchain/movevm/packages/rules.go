package packages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Functions that only the module of their type argument may call, and those of the module transfer that all may.
var (
	privateTransfers = []string{"transfer", "freeze_object", "share_object", "receive", "party_transfer"}
	publicTransfers  = []string{"public_transfer", "public_freeze_object", "public_share_object", "public_receive",
		"receiving_object_id", "public_party_transfer"}
)

const (
	initName       = "init"
	transferModule = "transfer"
	eventModule    = "event"
)

var framework = ptb.ShortAddress(2)

// IsPrivateTransfer says whether a function is one of sui::transfer that only the module of its type argument may call.
func IsPrivateTransfer(module types.ModuleID, function string) bool {
	return module == types.ModuleID{Address: framework, Name: transferModule} && slices.Contains(privateTransfers, function)
}

// CheckRules checks the modules of a package against those rules of Sui's bytecode verifier that contracts rely on and that
// nothing else here enforces: private generic functions, objects that begin with their UID, init and the one-time witness,
// no native functions. What the verifier proves about identities (that a UID is not moved from one object to
// another) is not checked.
func CheckRules(p *Package) error {
	for _, stored := range p.Modules {
		m, err := bytecode.Read(stored.Bytecode)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrModules, err)
		}
		r := rules{speller{m}}
		for _, check := range []func() error{r.objects, r.functions, r.initializer} {
			if err := check(); err != nil {
				return fmt.Errorf("%w: module %s: %w", ErrRules, stored.Name, err)
			}
		}
	}
	return nil
}

type rules struct{ speller }

func (r rules) is(t bytecode.Token, module, name string) bool {
	return t.Kind == types.Struct && r.datatype(t.Index) == types.ModuleID{Address: framework, Name: module}.String()+"::"+name
}

func (r rules) objects() error {
	for _, d := range r.m.Structs {
		h := r.m.Datatypes[d.Handle]
		if !h.Abilities.Has(types.Key) {
			continue
		}
		if len(d.Fields) == 0 || r.m.Identifiers[d.Fields[0].Name] != "id" || !r.is(d.Fields[0].Type, "object", "UID") {
			return fmt.Errorf("object %s does not begin with id: UID", r.m.Identifiers[h.Name])
		}
	}
	for _, d := range r.m.Enums {
		if h := r.m.Datatypes[d.Handle]; h.Abilities.Has(types.Key) {
			return fmt.Errorf("enum %s has key", r.m.Identifiers[h.Name])
		}
	}
	return nil
}

func (r rules) functions() error {
	for i := range r.m.FunctionDefs {
		d := &r.m.FunctionDefs[i]
		h := r.m.Functions[d.Handle]
		name := r.m.Identifiers[h.Name]
		if d.Native {
			return fmt.Errorf("function %s is native", name)
		}
		for _, in := range d.Code {
			if in.Op != bytecode.CallGeneric {
				continue
			}
			if err := r.call(r.m.FunctionInstances[in.Index]); err != nil {
				return fmt.Errorf("function %s: %w", name, err)
			}
		}
	}
	return nil
}

// call checks a call of a generic function.
func (r rules) call(i bytecode.Instance) error {
	h := r.m.Functions[i.Of]
	module, name := r.m.ID(r.m.Modules[h.Module]), r.m.Identifiers[h.Name]
	if module.Address != framework || module.Name != transferModule && module.Name != eventModule {
		return nil
	}
	if module.Name == transferModule && slices.Contains(publicTransfers, name) {
		return nil
	}
	if module.Name == transferModule && !slices.Contains(privateTransfers, name) {
		return fmt.Errorf("sui::transfer::%s is nobody's to call", name)
	}
	args := r.m.Signatures[i.Args]
	if len(args) == 0 || args[0].Kind != types.Struct || r.m.Datatypes[args[0].Index].Module != r.m.Self {
		return fmt.Errorf("sui::%s::%s of a type of another module", module.Name, name)
	}
	return nil
}

// initializer checks init, and that nothing else makes the one-time witness that it takes.
func (r rules) initializer() error {
	taken := -1
	for i := range r.m.FunctionDefs {
		d := &r.m.FunctionDefs[i]
		h := r.m.Functions[d.Handle]
		if r.m.Identifiers[h.Name] != initName {
			continue
		}
		params := r.m.Signatures[h.Parameters]
		n := len(params)
		switch {
		case d.Visibility != bytecode.Private || d.Entry || len(h.TypeParams) > 0 || len(r.m.Signatures[h.Results]) > 0:
			return fmt.Errorf("init is not private, or is entry or generic, or has results")
		case n == 0 || n > 2 || !r.isContext(params[n-1]):
			return fmt.Errorf("init does not take a TxContext last")
		case n == 2:
			if taken = r.witness(params[0]); taken < 0 {
				return fmt.Errorf("init's first parameter is no one-time witness")
			}
		}
	}
	for i := range r.m.FunctionDefs {
		for _, in := range r.m.FunctionDefs[i].Code {
			if in.Op == bytecode.Pack && int(in.Index) == taken {
				return fmt.Errorf("code makes the one-time witness")
			}
		}
	}
	return nil
}

func (r rules) isContext(t bytecode.Token) bool {
	return (t.Kind == types.Reference || t.Kind == types.MutReference) && r.is(t.Args[0], "tx_context", "TxContext")
}

// witness is the number of the struct that a type names if it is one of the module that can be a one-time witness, else -1.
// Such a struct is named like the module in capitals, has drop and no other ability, one field of type bool, and no type
// parameters.
func (r rules) witness(t bytecode.Token) int {
	return slices.IndexFunc(r.m.Structs, func(d bytecode.StructDef) bool {
		h := r.m.Datatypes[d.Handle]
		return t.Kind == types.Struct && t.Index == d.Handle && r.m.Identifiers[h.Name] == strings.ToUpper(r.m.SelfID().Name) &&
			h.Abilities == types.Drop && len(h.Params) == 0 && len(d.Fields) == 1 && d.Fields[0].Type.Kind == types.Bool
	})
}
