package bytecode

import (
	"encoding/binary"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Bytes writes the module, with its tables in the order in which they were read.
func (m *Module) Bytes() []byte {
	contents := make(map[tableKind][]byte, len(m.tables))
	for _, t := range m.tables {
		contents[t.kind] = m.tableBytes(t.kind)
	}
	offsets := make(map[tableKind]uint64, len(m.tables))
	var body writer
	for _, t := range m.inOrder() {
		offsets[t.kind] = uint64(len(body))
		body = append(body, contents[t.kind]...)
	}
	magic := publishable
	if m.TestOnly {
		magic = testOnly
	}
	w := writer(slices.Clone(magic[:]))
	word := m.Version
	if word > oldestVersion {
		word |= suiFlavour << 24
	}
	w = binary.LittleEndian.AppendUint32(w, word)
	w.uleb(len(m.tables))
	for _, t := range m.tables {
		w = append(w, byte(t.kind))
		w = binary.AppendUvarint(w, offsets[t.kind])
		w.uleb(len(contents[t.kind]))
	}
	w = append(w, body...)
	w.index(m.Self)
	return w
}

type writer []byte

func (w *writer) uleb(n int)  { *w = binary.AppendUvarint(*w, uint64(n)) }
func (w *writer) byte(b byte) { *w = append(*w, b) }
func (w *writer) index(indices ...uint16) {
	for _, i := range indices {
		w.uleb(int(i))
	}
}

func (w *writer) fixed(x uint64, n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], x)
	*w = append(*w, b[:n]...)
}

func (m *Module) tableBytes(k tableKind) []byte {
	var w writer
	instances := func(list []Instance) {
		for _, i := range list {
			w.index(i.Of, i.Args)
		}
	}
	modules := func(list []ModuleHandle) {
		for _, h := range list {
			w.index(h.Address, h.Name)
		}
	}
	variants := func(list []VariantHandle) {
		for _, h := range list {
			w.index(h.Enum, h.Variant)
		}
	}
	switch k {
	case moduleHandles:
		modules(m.Modules)
	case friends:
		modules(m.Friends)
	case datatypeHandles:
		for _, h := range m.Datatypes {
			w.datatype(h)
		}
	case functionHandles:
		for _, h := range m.Functions {
			w.function(h)
		}
	case functionInstances:
		instances(m.FunctionInstances)
	case structInstances:
		instances(m.StructInstances)
	case fieldInstances:
		instances(m.FieldInstances)
	case enumInstances:
		instances(m.EnumInstances)
	case variantHandles:
		variants(m.Variants)
	case variantInstances:
		variants(m.VariantInstances)
	case fieldHandles:
		for _, h := range m.Fields {
			w.index(h.Struct, h.Field)
		}
	case signatures:
		for _, s := range m.Signatures {
			w.uleb(len(s))
			w.tokens(s)
		}
	case constants:
		for _, c := range m.Constants {
			w.tokens([]Token{c.Type})
			w.uleb(len(c.Data))
			w = append(w, c.Data...)
		}
	case identifiers:
		for _, s := range m.Identifiers {
			w.uleb(len(s))
			w = append(w, s...)
		}
	case addresses:
		for _, a := range m.Addresses {
			w = append(w, a[:]...)
		}
	case structDefs:
		for _, d := range m.Structs {
			w.index(d.Handle)
			w.byte(declared)
			w.fields(d.Fields)
		}
	case enumDefs:
		for _, d := range m.Enums {
			w.enumDef(d)
		}
	case functionDefs:
		for _, d := range m.FunctionDefs {
			w.functionDef(d, m.Version)
		}
	}
	return w
}

func (w *writer) datatype(h DatatypeHandle) {
	w.index(h.Module, h.Name)
	w.byte(byte(h.Abilities))
	w.uleb(len(h.Params))
	for _, p := range h.Params {
		w.byte(byte(p.Constraints))
		if p.Phantom {
			w.byte(1)
		} else {
			w.byte(0)
		}
	}
}

func (w *writer) function(h FunctionHandle) {
	w.index(h.Module, h.Name, h.Parameters, h.Results)
	w.uleb(len(h.TypeParams))
	for _, a := range h.TypeParams {
		w.byte(byte(a))
	}
}

func (w *writer) tokens(list []Token) {
	for _, t := range list {
		switch t.Kind {
		case types.Reference:
			w.byte(tokenReference)
		case types.MutReference:
			w.byte(tokenMutReference)
		case types.Vector:
			w.byte(tokenVector)
		case types.Parameter:
			w.byte(tokenParameter)
			w.index(t.Index)
		case types.Struct:
			if len(t.Args) == 0 {
				w.byte(tokenDatatype)
				w.index(t.Index)
				break
			}
			w.byte(tokenInstance)
			w.index(t.Index)
			w.uleb(len(t.Args))
		default:
			w.byte(byte(slices.Index(plainTokens[:], t.Kind)))
		}
		w.tokens(t.Args)
	}
}

func (w *writer) fields(list []FieldDef) {
	w.uleb(len(list))
	for _, f := range list {
		w.index(f.Name)
		w.tokens([]Token{f.Type})
	}
}

func (w *writer) enumDef(d EnumDef) {
	w.index(d.Handle)
	w.byte(declared)
	w.uleb(len(d.Variants))
	for _, v := range d.Variants {
		w.index(v.Name)
		w.fields(v.Fields)
	}
}

func (w *writer) functionDef(d FunctionDef, version uint32) {
	w.index(d.Handle)
	w.byte(byte(d.Visibility))
	var flags byte
	if d.Entry {
		flags |= flagEntry
	}
	if d.Native {
		flags |= flagNative
	}
	w.byte(flags)
	w.uleb(len(d.Acquires))
	w.index(d.Acquires...)
	if d.Native {
		return
	}
	w.index(d.Locals)
	w.uleb(len(d.Code))
	for _, in := range d.Code {
		w.instruction(in)
	}
	if version < versionWithEnums {
		return
	}
	w.uleb(len(d.Jumps))
	for _, t := range d.Jumps {
		w.index(t.Enum)
		w.uleb(len(t.Targets))
		w.byte(fullTable)
		w.index(t.Targets...)
	}
}

func (w *writer) instruction(in Instruction) {
	w.byte(byte(in.Op))
	switch in.Op.operand() {
	case none:
	case literal8:
		w.fixed(in.Int, 1)
	case literal16:
		w.fixed(in.Int, 2)
	case literal32:
		w.fixed(in.Int, 4)
	case literal64:
		w.fixed(in.Int, 8)
	case literal128:
		*w = append(*w, in.Wide[:16]...)
	case literal256:
		*w = append(*w, in.Wide[:]...)
	case signatureAndCount:
		w.index(in.Index)
		w.fixed(in.Int, 8)
	default:
		w.index(in.Index)
	}
}
