package bytecode

import (
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// check verifies the structure of a module that was read. What it establishes, users of the module rely on: they index
// its tables without looking.
func (m *Module) check() error {
	for _, step := range []func() error{m.checkNames, m.checkHandles, m.checkSignatures, m.checkDatatypes, m.checkMembers,
		m.checkConstants, m.checkFunctions} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func outOfRange[T any](what string, i uint16, list []T) error {
	if int(i) < len(list) {
		return nil
	}
	return status.New(status.IndexOutOfBounds, "%s %d of %d", what, i, len(list))
}

// first is the first of several errors, of checks that do not rest on each other.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// unique fails when a list has an element twice.
func unique[T any, K comparable](what string, list []T, key func(T) K) error {
	seen := make(map[K]bool, len(list))
	for i, x := range list {
		k := key(x)
		if seen[k] {
			return status.New(status.DuplicateElement, "%s %d is there before", what, i)
		}
		seen[k] = true
	}
	return nil
}

func (m *Module) checkNames() error {
	for i, s := range m.Identifiers {
		if !ptb.IsIdentifier(s) {
			return status.New(status.Malformed, "identifier %d, %q, is none", i, s)
		}
	}
	for _, h := range slices.Concat(m.Modules, m.Friends) {
		if err := first(outOfRange("address", h.Address, m.Addresses), outOfRange("identifier", h.Name, m.Identifiers)); err != nil {
			return err
		}
	}
	return first(
		unique("identifier", m.Identifiers, func(s string) string { return s }),
		unique("address", m.Addresses, func(a types.Address) types.Address { return a }),
		unique("module handle", m.Modules, func(h ModuleHandle) ModuleHandle { return h }),
		unique("friend", m.Friends, func(h ModuleHandle) ModuleHandle { return h }),
		outOfRange("module handle", m.Self, m.Modules),
	)
}

func (m *Module) checkHandles() error {
	for _, h := range m.Datatypes {
		if err := first(outOfRange("module handle", h.Module, m.Modules), outOfRange("identifier", h.Name, m.Identifiers)); err != nil {
			return err
		}
	}
	for _, h := range m.Functions {
		if err := first(outOfRange("module handle", h.Module, m.Modules), outOfRange("identifier", h.Name, m.Identifiers),
			outOfRange("signature", h.Parameters, m.Signatures), outOfRange("signature", h.Results, m.Signatures)); err != nil {
			return err
		}
	}
	type name struct{ module, name uint16 }
	return first(
		unique("datatype handle", m.Datatypes, func(h DatatypeHandle) name { return name{h.Module, h.Name} }),
		unique("function handle", m.Functions, func(h FunctionHandle) name { return name{h.Module, h.Name} }),
	)
}

// checkSignatures needs no count of type parameters yet: who uses a signature checks that with fits.
func (m *Module) checkSignatures() error {
	m.wants = make([]int, len(m.Signatures))
	for i, s := range m.Signatures {
		for _, t := range s {
			if err := m.checkToken(t, true); err != nil {
				return status.New(status.CodeOf(err), "signature %d: %w", i, err)
			}
		}
		m.wants[i] = parametersIn(s)
	}
	for _, h := range m.Functions {
		n := len(h.TypeParams)
		if err := first(m.fits(h.Parameters, n), m.fits(h.Results, n)); err != nil {
			return status.New(status.CodeOf(err), "function handle %s: %w", m.Identifiers[h.Name], err)
		}
	}
	return nil
}

func (m *Module) checkToken(t Token, outermost bool) error {
	switch t.Kind {
	case types.Reference, types.MutReference:
		if !outermost {
			return status.New(status.InvalidSignature, "a reference inside another type")
		}
	case types.Struct:
		if err := outOfRange("datatype handle", t.Index, m.Datatypes); err != nil {
			return err
		}
		if want := len(m.Datatypes[t.Index].Params); want != len(t.Args) {
			return status.New(status.InvalidSignature, "%s takes %d type arguments, not %d",
				m.Identifiers[m.Datatypes[t.Index].Name], want, len(t.Args))
		}
	}
	for _, a := range t.Args {
		if err := m.checkToken(a, false); err != nil {
			return err
		}
	}
	return nil
}

// parametersIn is the smallest count of type parameters with which the types make sense.
func parametersIn(list []Token) int {
	n := 0
	for _, t := range list {
		if t.Kind == types.Parameter {
			n = max(n, int(t.Index)+1)
		}
		n = max(n, parametersIn(t.Args))
	}
	return n
}

// fits fails when a signature mentions more than n type parameters. It is asked for every instruction, so that it looks
// at no types.
func (m *Module) fits(signature uint16, n int) error { return below(m.wants[signature], n) }

func below(wants, n int) error {
	if wants > n {
		return status.New(status.IndexOutOfBounds, "type parameter %d of %d", wants-1, n)
	}
	return nil
}

func (m *Module) checkDatatypes() error {
	handles := make([]uint16, 0, len(m.Structs)+len(m.Enums))
	for i, d := range m.Structs {
		handles = append(handles, d.Handle)
		err := m.checkOwn(d.Handle)
		if err == nil {
			err = m.checkFields(d.Handle, d.Fields)
		}
		if err != nil {
			return status.New(status.CodeOf(err), "struct %d: %w", i, err)
		}
		if len(d.Fields) == 0 {
			return status.New(status.Malformed, "struct %d has no fields", i)
		}
	}
	for i, d := range m.Enums {
		handles = append(handles, d.Handle)
		if err := m.checkOwn(d.Handle); err != nil {
			return status.New(status.CodeOf(err), "enum %d: %w", i, err)
		}
		if len(d.Variants) == 0 {
			return status.New(status.Malformed, "enum %d has no variants", i)
		}
		for j, v := range d.Variants {
			if err := first(outOfRange("identifier", v.Name, m.Identifiers), m.checkFields(d.Handle, v.Fields)); err != nil {
				return status.New(status.CodeOf(err), "variant %d of enum %d: %w", j, i, err)
			}
		}
		if err := unique("variant", d.Variants, func(v VariantDef) uint16 { return v.Name }); err != nil {
			return err
		}
	}
	return unique("datatype", handles, func(h uint16) uint16 { return h })
}

func (m *Module) checkOwn(handle uint16) error {
	if err := outOfRange("datatype handle", handle, m.Datatypes); err != nil {
		return err
	}
	if m.Datatypes[handle].Module != m.Self {
		return status.New(status.Malformed, "a definition of another module's datatype")
	}
	return nil
}

func (m *Module) checkFields(handle uint16, fields []FieldDef) error {
	for _, f := range fields {
		if err := first(outOfRange("identifier", f.Name, m.Identifiers), m.checkToken(f.Type, false),
			below(parametersIn([]Token{f.Type}), len(m.Datatypes[handle].Params))); err != nil {
			return err
		}
	}
	return unique("field", fields, func(f FieldDef) uint16 { return f.Name })
}

// checkMembers verifies the tables of fields, variants and instances.
func (m *Module) checkMembers() error {
	for _, h := range m.Fields {
		if err := outOfRange("struct", h.Struct, m.Structs); err != nil {
			return err
		}
		if err := outOfRange("field", h.Field, m.Structs[h.Struct].Fields); err != nil {
			return err
		}
	}
	for _, h := range m.Variants {
		if err := outOfRange("enum", h.Enum, m.Enums); err != nil {
			return err
		}
		if err := outOfRange("variant", h.Variant, m.Enums[h.Enum].Variants); err != nil {
			return err
		}
	}
	args := func(what string, list []Instance, params func(uint16) (int, error)) error {
		for i, inst := range list {
			want, err := params(inst.Of)
			err = first(err, outOfRange("signature", inst.Args, m.Signatures))
			if err == nil && len(m.Signatures[inst.Args]) != want {
				err = status.New(status.InvalidSignature, "%d type arguments where %d are wanted", len(m.Signatures[inst.Args]), want)
			}
			if err == nil && slices.ContainsFunc(m.Signatures[inst.Args], func(t Token) bool {
				return t.Kind == types.Reference || t.Kind == types.MutReference
			}) {
				err = status.New(status.InvalidSignature, "a reference as a type argument")
			}
			if err != nil {
				return status.New(status.CodeOf(err), "%s %d: %w", what, i, err)
			}
		}
		return nil
	}
	structParams := func(i uint16) (int, error) {
		if err := outOfRange("struct", i, m.Structs); err != nil {
			return 0, err
		}
		return len(m.Datatypes[m.Structs[i].Handle].Params), nil
	}
	if err := first(
		args("struct instance", m.StructInstances, structParams),
		args("field instance", m.FieldInstances, func(i uint16) (int, error) {
			if err := outOfRange("field handle", i, m.Fields); err != nil {
				return 0, err
			}
			return structParams(m.Fields[i].Struct)
		}),
		args("enum instance", m.EnumInstances, func(i uint16) (int, error) {
			if err := outOfRange("enum", i, m.Enums); err != nil {
				return 0, err
			}
			return len(m.Datatypes[m.Enums[i].Handle].Params), nil
		}),
		args("function instance", m.FunctionInstances, func(i uint16) (int, error) {
			if err := outOfRange("function handle", i, m.Functions); err != nil {
				return 0, err
			}
			return len(m.Functions[i].TypeParams), nil
		})); err != nil {
		return err
	}
	for _, h := range m.VariantInstances {
		if err := outOfRange("enum instance", h.Enum, m.EnumInstances); err != nil {
			return err
		}
		if err := outOfRange("variant", h.Variant, m.Enums[m.EnumInstances[h.Enum].Of].Variants); err != nil {
			return err
		}
	}
	return nil
}

// checkConstants verifies the types; the bytes are the business of who makes values.
func (m *Module) checkConstants() error {
	for i, c := range m.Constants {
		t := c.Type
		for t.Kind == types.Vector {
			t = t.Args[0]
		}
		if t.Kind > types.AddressKind {
			return status.New(status.InvalidSignature, "constant %d is of a type that constants cannot have", i)
		}
	}
	return nil
}

func (m *Module) checkFunctions() error {
	for i, d := range m.FunctionDefs {
		if err := outOfRange("function handle", d.Handle, m.Functions); err != nil {
			return err
		}
		h := m.Functions[d.Handle]
		if h.Module != m.Self {
			return status.New(status.Malformed, "function %d defines a function of another module", i)
		}
		for _, a := range d.Acquires {
			if err := outOfRange("struct", a, m.Structs); err != nil {
				return err
			}
		}
		if d.Native {
			continue
		}
		if err := m.checkCode(d, h); err != nil {
			return status.New(status.CodeOf(err), "function %s: %w", m.Identifiers[h.Name], err)
		}
	}
	return unique("function", m.FunctionDefs, func(d FunctionDef) uint16 { return d.Handle })
}

func (m *Module) checkCode(d FunctionDef, h FunctionHandle) error {
	if err := outOfRange("signature", d.Locals, m.Signatures); err != nil {
		return err
	}
	params := len(h.TypeParams)
	if err := m.fits(d.Locals, params); err != nil {
		return err
	}
	locals := len(m.Signatures[h.Parameters]) + len(m.Signatures[d.Locals])
	if locals > maxLocals {
		return status.New(status.Malformed, "%d locals, at most %d are allowed", locals, maxLocals)
	}
	for _, t := range d.Jumps {
		if err := m.checkJumps(t, len(d.Code)); err != nil {
			return err
		}
	}
	for i, in := range d.Code {
		if err := m.checkInstruction(d, in, locals, params); err != nil {
			return status.New(status.CodeOf(err), "instruction %d, %s: %w", i, in.Op, err)
		}
	}
	if len(d.Code) == 0 || !d.Code[len(d.Code)-1].Op.ends() {
		return status.New(status.Malformed, "the code does not end in a return, an abort or a jump")
	}
	return nil
}

func (m *Module) checkJumps(t JumpTable, instructions int) error {
	if err := outOfRange("enum", t.Enum, m.Enums); err != nil {
		return err
	}
	if want := len(m.Enums[t.Enum].Variants); want != len(t.Targets) {
		return status.New(status.Malformed, "a jump table of %d targets for %d variants", len(t.Targets), want)
	}
	for _, to := range t.Targets {
		if int(to) >= instructions {
			return status.New(status.IndexOutOfBounds, "a jump to instruction %d of %d", to, instructions)
		}
	}
	return nil
}

// ends says whether control never passes from the opcode to the next instruction.
func (o Opcode) ends() bool { return o == Ret || o == Abort || o == Branch || o == VariantSwitch }

// checkInstruction verifies the operand of an instruction of a function with some locals and type parameters.
func (m *Module) checkInstruction(d FunctionDef, in Instruction, locals, params int) error {
	i := in.Index
	instance := func(what string, list []Instance) error {
		if err := outOfRange(what, i, list); err != nil {
			return err
		}
		return m.fits(list[i].Args, params)
	}
	switch in.Op.operand() {
	case target:
		return outOfRange("instruction", i, d.Code)
	case local:
		if int(i) >= locals {
			return status.New(status.IndexOutOfBounds, "local %d of %d", i, locals)
		}
	case constant:
		return outOfRange("constant", i, m.Constants)
	case field:
		if err := outOfRange("field handle", i, m.Fields); err != nil {
			return err
		}
		return m.notGeneric(m.Structs[m.Fields[i].Struct].Handle)
	case fieldInstance:
		return instance("field instance", m.FieldInstances)
	case function:
		if err := outOfRange("function handle", i, m.Functions); err != nil {
			return err
		}
		if len(m.Functions[i].TypeParams) > 0 {
			return status.New(status.InvalidSignature, "a call without type arguments of a function that takes some")
		}
	case functionInstance:
		return instance("function instance", m.FunctionInstances)
	case structure:
		if err := outOfRange("struct", i, m.Structs); err != nil {
			return err
		}
		return m.notGeneric(m.Structs[i].Handle)
	case structInstance:
		return instance("struct instance", m.StructInstances)
	case signature, signatureAndCount:
		return m.checkElement(i, params)
	case variant:
		if err := outOfRange("variant handle", i, m.Variants); err != nil {
			return err
		}
		return m.notGeneric(m.Enums[m.Variants[i].Enum].Handle)
	case variantInstance:
		if err := outOfRange("variant instance", i, m.VariantInstances); err != nil {
			return err
		}
		return m.fits(m.EnumInstances[m.VariantInstances[i].Enum].Args, params)
	case jumpTable:
		return outOfRange("jump table", i, d.Jumps)
	}
	return nil
}

// checkElement verifies the signature that gives a vector instruction its element type.
func (m *Module) checkElement(i uint16, params int) error {
	if err := outOfRange("signature", i, m.Signatures); err != nil {
		return err
	}
	s := m.Signatures[i]
	if len(s) != 1 || s[0].Kind == types.Reference || s[0].Kind == types.MutReference {
		return status.New(status.InvalidSignature, "a vector instruction wants one element type")
	}
	return m.fits(i, params)
}

func (m *Module) notGeneric(handle uint16) error {
	if len(m.Datatypes[handle].Params) > 0 {
		return status.New(status.InvalidSignature, "a generic datatype without type arguments")
	}
	return nil
}
