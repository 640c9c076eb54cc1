package bytecode

import "fmt"

// Opcode is an instruction's number in the format.
type Opcode uint8

// The opcodes. 0x29 to 0x2d and 0x3b to 0x3f were for global storage, which Sui does not have.
const (
	Pop                        Opcode = 0x01
	Ret                        Opcode = 0x02
	BrTrue                     Opcode = 0x03
	BrFalse                    Opcode = 0x04
	Branch                     Opcode = 0x05
	LdU64                      Opcode = 0x06
	LdConst                    Opcode = 0x07
	LdTrue                     Opcode = 0x08
	LdFalse                    Opcode = 0x09
	CopyLoc                    Opcode = 0x0a
	MoveLoc                    Opcode = 0x0b
	StLoc                      Opcode = 0x0c
	MutBorrowLoc               Opcode = 0x0d
	ImmBorrowLoc               Opcode = 0x0e
	MutBorrowField             Opcode = 0x0f
	ImmBorrowField             Opcode = 0x10
	Call                       Opcode = 0x11
	Pack                       Opcode = 0x12
	Unpack                     Opcode = 0x13
	ReadRef                    Opcode = 0x14
	WriteRef                   Opcode = 0x15
	Add                        Opcode = 0x16
	Sub                        Opcode = 0x17
	Mul                        Opcode = 0x18
	Mod                        Opcode = 0x19
	Div                        Opcode = 0x1a
	BitOr                      Opcode = 0x1b
	BitAnd                     Opcode = 0x1c
	Xor                        Opcode = 0x1d
	Or                         Opcode = 0x1e
	And                        Opcode = 0x1f
	Not                        Opcode = 0x20
	Eq                         Opcode = 0x21
	Neq                        Opcode = 0x22
	Lt                         Opcode = 0x23
	Gt                         Opcode = 0x24
	Le                         Opcode = 0x25
	Ge                         Opcode = 0x26
	Abort                      Opcode = 0x27
	Nop                        Opcode = 0x28
	FreezeRef                  Opcode = 0x2e
	Shl                        Opcode = 0x2f
	Shr                        Opcode = 0x30
	LdU8                       Opcode = 0x31
	LdU128                     Opcode = 0x32
	CastU8                     Opcode = 0x33
	CastU64                    Opcode = 0x34
	CastU128                   Opcode = 0x35
	MutBorrowFieldGeneric      Opcode = 0x36
	ImmBorrowFieldGeneric      Opcode = 0x37
	CallGeneric                Opcode = 0x38
	PackGeneric                Opcode = 0x39
	UnpackGeneric              Opcode = 0x3a
	VecPack                    Opcode = 0x40
	VecLen                     Opcode = 0x41
	VecImmBorrow               Opcode = 0x42
	VecMutBorrow               Opcode = 0x43
	VecPushBack                Opcode = 0x44
	VecPopBack                 Opcode = 0x45
	VecUnpack                  Opcode = 0x46
	VecSwap                    Opcode = 0x47
	LdU16                      Opcode = 0x48
	LdU32                      Opcode = 0x49
	LdU256                     Opcode = 0x4a
	CastU16                    Opcode = 0x4b
	CastU32                    Opcode = 0x4c
	CastU256                   Opcode = 0x4d
	PackVariant                Opcode = 0x4e
	PackVariantGeneric         Opcode = 0x4f
	UnpackVariant              Opcode = 0x50
	UnpackVariantImmRef        Opcode = 0x51
	UnpackVariantMutRef        Opcode = 0x52
	UnpackVariantGeneric       Opcode = 0x53
	UnpackVariantGenericImmRef Opcode = 0x54
	UnpackVariantGenericMutRef Opcode = 0x55
	VariantSwitch              Opcode = 0x56

	endOfOpcodes Opcode = 0x57
)

// operand is what follows an opcode.
type operand uint8

const (
	unknown operand = iota // no such opcode
	none
	literal8
	literal16
	literal32
	literal64
	literal128
	literal256
	target // of a jump
	local
	constant
	field
	fieldInstance
	function
	functionInstance
	structure
	structInstance
	signature
	signatureAndCount // VecPack and VecUnpack
	variant
	variantInstance
	jumpTable
)

// opcodes has the name and the operand of each.
var opcodes = [endOfOpcodes]struct {
	name    string
	operand operand
}{
	Pop: {"Pop", none}, Ret: {"Ret", none}, BrTrue: {"BrTrue", target}, BrFalse: {"BrFalse", target},
	Branch: {"Branch", target}, LdU64: {"LdU64", literal64}, LdConst: {"LdConst", constant}, LdTrue: {"LdTrue", none},
	LdFalse: {"LdFalse", none}, CopyLoc: {"CopyLoc", local}, MoveLoc: {"MoveLoc", local}, StLoc: {"StLoc", local},
	MutBorrowLoc: {"MutBorrowLoc", local}, ImmBorrowLoc: {"ImmBorrowLoc", local},
	MutBorrowField: {"MutBorrowField", field}, ImmBorrowField: {"ImmBorrowField", field}, Call: {"Call", function},
	Pack: {"Pack", structure}, Unpack: {"Unpack", structure}, ReadRef: {"ReadRef", none}, WriteRef: {"WriteRef", none},
	Add: {"Add", none}, Sub: {"Sub", none}, Mul: {"Mul", none}, Mod: {"Mod", none}, Div: {"Div", none},
	BitOr: {"BitOr", none}, BitAnd: {"BitAnd", none}, Xor: {"Xor", none}, Or: {"Or", none}, And: {"And", none},
	Not: {"Not", none}, Eq: {"Eq", none}, Neq: {"Neq", none}, Lt: {"Lt", none}, Gt: {"Gt", none}, Le: {"Le", none},
	Ge: {"Ge", none}, Abort: {"Abort", none}, Nop: {"Nop", none}, FreezeRef: {"FreezeRef", none}, Shl: {"Shl", none},
	Shr: {"Shr", none}, LdU8: {"LdU8", literal8}, LdU128: {"LdU128", literal128}, CastU8: {"CastU8", none},
	CastU64: {"CastU64", none}, CastU128: {"CastU128", none},
	MutBorrowFieldGeneric: {"MutBorrowFieldGeneric", fieldInstance},
	ImmBorrowFieldGeneric: {"ImmBorrowFieldGeneric", fieldInstance}, CallGeneric: {"CallGeneric", functionInstance},
	PackGeneric: {"PackGeneric", structInstance}, UnpackGeneric: {"UnpackGeneric", structInstance},
	VecPack: {"VecPack", signatureAndCount}, VecLen: {"VecLen", signature}, VecImmBorrow: {"VecImmBorrow", signature},
	VecMutBorrow: {"VecMutBorrow", signature}, VecPushBack: {"VecPushBack", signature},
	VecPopBack: {"VecPopBack", signature}, VecUnpack: {"VecUnpack", signatureAndCount},
	VecSwap: {"VecSwap", signature}, LdU16: {"LdU16", literal16}, LdU32: {"LdU32", literal32},
	LdU256: {"LdU256", literal256}, CastU16: {"CastU16", none}, CastU32: {"CastU32", none}, CastU256: {"CastU256", none},
	PackVariant: {"PackVariant", variant}, PackVariantGeneric: {"PackVariantGeneric", variantInstance},
	UnpackVariant: {"UnpackVariant", variant}, UnpackVariantImmRef: {"UnpackVariantImmRef", variant},
	UnpackVariantMutRef: {"UnpackVariantMutRef", variant}, UnpackVariantGeneric: {"UnpackVariantGeneric", variantInstance},
	UnpackVariantGenericImmRef: {"UnpackVariantGenericImmRef", variantInstance},
	UnpackVariantGenericMutRef: {"UnpackVariantGenericMutRef", variantInstance}, VariantSwitch: {"VariantSwitch", jumpTable},
}

func (o Opcode) operand() operand {
	if o < endOfOpcodes {
		return opcodes[o].operand
	}
	return unknown
}

func (o Opcode) String() string {
	if o.operand() == unknown {
		return fmt.Sprintf("opcode 0x%02x", uint8(o))
	}
	return opcodes[o].name
}

// since is the version that brought the opcode.
func (o Opcode) since() uint32 {
	if o >= PackVariant {
		return versionWithEnums
	}
	return oldestVersion
}
