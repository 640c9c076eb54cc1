// Package bytecode reads and writes Move modules in the binary format of versions 6 and 7, and checks their structure:
// that every index leads somewhere, that signatures are well-formed, that jumps stay inside their function. Whether the
// code is type-safe it does not ask.
//
// The format: 4 bytes of magic; the version as a u32 with a flavour byte on top from version 7; a table of tables
// (kind, offset, size); the tables' contents without gaps; the index of the module's own handle. Numbers without a
// fixed width are canonical ULEB128.
package bytecode

import "github.com/floe-network/floe/staking/devchain/movevm/types"

// Module is a module as stored. Indices refer to its other tables. It is not to be changed after Read.
type Module struct {
	Version uint32 // 6 or 7
	// TestOnly modules were compiled for unit tests; their magic keeps networks from publishing them.
	TestOnly bool
	Self     uint16 // the module's own entry in Modules

	Modules           []ModuleHandle
	Datatypes         []DatatypeHandle
	Functions         []FunctionHandle
	FunctionInstances []Instance
	Signatures        []Signature
	Constants         []Constant
	Identifiers       []string
	Addresses         []types.Address
	Structs           []StructDef
	StructInstances   []Instance
	FunctionDefs      []FunctionDef
	Fields            []FieldHandle
	FieldInstances    []Instance
	Friends           []ModuleHandle
	Enums             []EnumDef
	EnumInstances     []Instance
	Variants          []VariantHandle
	VariantInstances  []VariantHandle // Enum is an entry in EnumInstances

	tables []table // as the header lists them
	wants  []int   // type parameters that each signature mentions
}

// ModuleHandle names a module by indices into Addresses and Identifiers.
type ModuleHandle struct{ Address, Name uint16 }

// DatatypeHandle names a struct or enum of this or another module.
type DatatypeHandle struct {
	Module, Name uint16
	Abilities    types.Abilities
	Params       []types.TypeParameter
}

// FunctionHandle names a function of this or another module. Parameters and Results are entries in Signatures.
type FunctionHandle struct {
	Module, Name, Parameters, Results uint16
	TypeParams                        []types.Abilities
}

// Instance gives type arguments (an entry in Signatures) to an entry of the table that it belongs to.
type Instance struct{ Of, Args uint16 }

// Signature is a list of types.
type Signature []Token

// Token is a type as written in a module.
type Token struct {
	Kind  types.Kind // Struct stands for an enum too
	Index uint16     // of a datatype handle or of a type parameter
	Args  []Token    // type arguments; the one inner type of a vector or reference
}

// Constant is a value of a type in BCS.
type Constant struct {
	Type Token
	Data []byte
}

// FieldDef is a field of a struct or variant.
type FieldDef struct {
	Name uint16
	Type Token
}

// StructDef declares a struct.
type StructDef struct {
	Handle uint16
	Fields []FieldDef
}

// EnumDef declares an enum.
type EnumDef struct {
	Handle   uint16
	Variants []VariantDef
}

// VariantDef is one shape of an enum.
type VariantDef struct {
	Name   uint16
	Fields []FieldDef
}

// Visibility says who may call a function.
type Visibility uint8

// The visibilities, with the bytes of the format.
const (
	Private Visibility = 0
	Public  Visibility = 1
	Friend  Visibility = 3
)

// FunctionDef declares a function.
type FunctionDef struct {
	Handle     uint16
	Visibility Visibility
	Entry      bool
	Native     bool
	Acquires   []uint16 // a relic of global storage, ignored
	Locals     uint16   // signature of the locals that are no parameters
	Code       []Instruction
	Jumps      []JumpTable
}

// JumpTable has a target for each variant of an enum.
type JumpTable struct {
	Enum    uint16
	Targets []uint16
}

// FieldHandle is a field of a struct by number.
type FieldHandle struct{ Struct, Field uint16 }

// VariantHandle is a variant of an enum by number.
type VariantHandle struct{ Enum, Variant uint16 }

// Instruction of a function. Which operands count is the opcode's affair.
type Instruction struct {
	Op    Opcode
	Index uint16    // local, jump target or table entry
	Int   uint64    // literal of up to 64 bits; count of VecPack and VecUnpack
	Wide  *[32]byte // literal u128 (16 bytes) or u256, little-endian
}

// ID is the name of the module a handle stands for. The handle must have been checked.
func (m *Module) ID(h ModuleHandle) types.ModuleID {
	return types.ModuleID{Address: m.Addresses[h.Address], Name: m.Identifiers[h.Name]}
}

// SelfID is the name of the module.
func (m *Module) SelfID() types.ModuleID { return m.ID(m.Modules[m.Self]) }

// table is an entry of the header.
type table struct {
	kind         tableKind
	offset, size uint32
}

type tableKind uint8

// Kinds of tables. There is no kind 9.
const (
	moduleHandles tableKind = iota + 1
	datatypeHandles
	functionHandles
	functionInstances
	signatures
	constants
	identifiers
	addresses
	_
	structDefs
	structInstances
	functionDefs
	fieldHandles
	fieldInstances
	friends
	metadata
	enumDefs
	enumInstances
	variantHandles
	variantInstances
	endOfKinds
)
