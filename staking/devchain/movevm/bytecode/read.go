package bytecode

import (
	"encoding/binary"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

var (
	publishable = [4]byte{0xa1, 0x1c, 0xeb, 0x0b}
	testOnly    = [4]byte{0xde, 0xad, 0xc0, 0xde}
)

// Read reads a module and checks its structure. The error is a *status.Error that says what is wrong and where.
// Whether modules for unit tests are welcome is the caller's to decide, by TestOnly.
func Read(b []byte) (*Module, error) {
	if len(b) > MaxSize {
		return nil, status.New(status.Malformed, "a module of %d bytes, at most %d are allowed", len(b), MaxSize)
	}
	m := &Module{}
	c := &cursor{b: b, part: "header"}
	m.readHeader(c)
	body := c.rest(m.contentSize())
	m.Self = c.index(maxIndex)
	c.end()
	if c.err != nil {
		return nil, c.err
	}
	for _, t := range m.inOrder() {
		if err := m.readTable(t, body[t.offset:t.offset+t.size]); err != nil {
			return nil, err
		}
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Module) readHeader(c *cursor) {
	switch [4]byte(c.rest(4)) {
	case publishable:
	case testOnly:
		m.TestOnly = true
	default:
		c.fail(status.BadMagic, "this is no Move module")
		return
	}
	word := uint32(c.fixed(4))
	m.Version = word
	if word > oldestVersion {
		if m.Version = word &^ (0xff << 24); word>>24 != suiFlavour {
			c.fail(status.UnknownVersion, "flavour %d, want Sui's %d", word>>24, suiFlavour)
		}
	}
	if m.Version < oldestVersion || m.Version > newestVersion {
		c.fail(status.UnknownVersion, "version %d, want %d to %d", m.Version, oldestVersion, newestVersion)
	}
	count := c.uleb(maxTables)
	var seen [endOfKinds]bool
	for range count {
		t := table{kind: tableKind(c.byte()), offset: uint32(c.uleb(MaxSize)), size: uint32(c.uleb(MaxSize))}
		switch {
		case t.kind == metadata:
			c.fail(status.UnsupportedFeature, "a table of metadata, which Sui does not accept")
		case t.kind == 0 || t.kind >= endOfKinds || t.kind == addresses+1:
			c.fail(status.Malformed, "a table of unknown kind %d", t.kind)
		case seen[t.kind]:
			c.fail(status.Malformed, "two tables of kind %d", t.kind)
		case t.kind >= enumDefs && m.Version < versionWithEnums:
			c.fail(status.UnsupportedFeature, "enums in a module of version %d", m.Version)
		case t.size == 0:
			c.fail(status.Malformed, "an empty table of kind %d", t.kind)
		}
		if c.err != nil {
			return
		}
		seen[t.kind] = true
		m.tables = append(m.tables, t)
	}
	var next uint32
	for _, t := range m.inOrder() {
		if t.offset != next {
			c.fail(status.Malformed, "the table of kind %d is at %d, want %d", t.kind, t.offset, next)
		}
		next = t.offset + t.size
	}
}

// inOrder has the tables as their contents follow each other.
func (m *Module) inOrder() []table {
	sorted := slices.Clone(m.tables)
	slices.SortStableFunc(sorted, func(a, b table) int { return int(a.offset) - int(b.offset) })
	return sorted
}

func (m *Module) contentSize() (n int) {
	for _, t := range m.tables {
		n += int(t.size)
	}
	return n
}

// all reads entries until the table ends.
func all[T any](c *cursor, read func() T) []T {
	var out []T
	for len(c.b) > 0 && c.err == nil {
		out = append(out, read())
	}
	return out
}

// some reads a number of entries.
func some[T any](c *cursor, n uint64, read func() T) []T {
	var out []T
	for i := uint64(0); i < n && c.err == nil; i++ {
		out = append(out, read())
	}
	return out
}

func (m *Module) readTable(t table, b []byte) error {
	c := &cursor{b: b, part: partNames[t.kind]}
	instance := func() Instance { return Instance{c.index(maxIndex), c.index(maxIndex)} }
	module := func() ModuleHandle { return ModuleHandle{c.index(maxIndex), c.index(maxIndex)} }
	variant := func() VariantHandle { return VariantHandle{c.index(maxIndex), c.index(maxVariants)} }
	switch t.kind {
	case moduleHandles:
		m.Modules = all(c, module)
	case friends:
		m.Friends = all(c, module)
	case datatypeHandles:
		m.Datatypes = all(c, c.datatype)
	case functionHandles:
		m.Functions = all(c, c.function)
	case functionInstances:
		m.FunctionInstances = all(c, instance)
	case structInstances:
		m.StructInstances = all(c, instance)
	case fieldInstances:
		m.FieldInstances = all(c, instance)
	case enumInstances:
		m.EnumInstances = all(c, instance)
	case variantHandles:
		m.Variants = all(c, variant)
	case variantInstances:
		m.VariantInstances = all(c, variant)
	case fieldHandles:
		m.Fields = all(c, func() FieldHandle { return FieldHandle{c.index(maxIndex), c.index(maxFieldIndex)} })
	case signatures:
		m.Signatures = all(c, func() Signature { return some(c, c.uleb(maxSignature), c.token) })
	case constants:
		m.Constants = all(c, func() Constant {
			t := c.token()
			return Constant{Type: t, Data: slices.Clone(c.rest(int(c.uleb(maxConstant))))}
		})
	case identifiers:
		m.Identifiers = all(c, func() string { return string(c.rest(int(c.uleb(maxIdentifier)))) })
	case addresses:
		m.Addresses = all(c, func() types.Address { return types.Address(c.rest(32)) })
	case structDefs:
		m.Structs = all(c, c.structDef)
	case enumDefs:
		m.Enums = all(c, c.enumDef)
	case functionDefs:
		m.FunctionDefs = all(c, func() FunctionDef { return c.functionDef(m.Version) })
	}
	if c.err != nil {
		return c.err
	}
	return nil
}

// partNames of tables for messages.
var partNames = [endOfKinds]string{moduleHandles: "module handles", datatypeHandles: "datatype handles",
	functionHandles: "function handles", functionInstances: "function instances", signatures: "signatures",
	constants: "constants", identifiers: "identifiers", addresses: "addresses", structDefs: "structs",
	structInstances: "struct instances", functionDefs: "functions", fieldHandles: "field handles",
	fieldInstances: "field instances", friends: "friends", enumDefs: "enums", enumInstances: "enum instances",
	variantHandles: "variant handles", variantInstances: "variant instances"}

func (c *cursor) abilities() types.Abilities {
	return types.Abilities(c.uleb(uint64(types.AllAbilities)))
}

func (c *cursor) datatype() DatatypeHandle {
	return DatatypeHandle{
		Module: c.index(maxIndex), Name: c.index(maxIndex), Abilities: c.abilities(),
		Params: some(c, c.uleb(maxTypeParams), func() types.TypeParameter {
			return types.TypeParameter{Constraints: c.abilities(), Phantom: c.uleb(1) == 1}
		}),
	}
}

func (c *cursor) function() FunctionHandle {
	return FunctionHandle{
		Module: c.index(maxIndex), Name: c.index(maxIndex), Parameters: c.index(maxIndex), Results: c.index(maxIndex),
		TypeParams: some(c, c.uleb(maxTypeParams), c.abilities),
	}
}

// Bytes of types in signatures.
const (
	tokenReference    = 0x06
	tokenMutReference = 0x07
	tokenDatatype     = 0x08
	tokenParameter    = 0x09
	tokenVector       = 0x0a
	tokenInstance     = 0x0b
)

// plainTokens are the types that are one byte.
var plainTokens = [...]types.Kind{0x01: types.Bool, 0x02: types.U8, 0x03: types.U64, 0x04: types.U128,
	0x05: types.AddressKind, 0x0c: types.Signer, 0x0d: types.U16, 0x0e: types.U32, 0x0f: types.U256}

func (c *cursor) token() Token { return c.tokenIn(0) }

func (c *cursor) tokenIn(depth int) Token {
	if depth >= maxTokenDepth {
		c.fail(status.InvalidSignature, "types more than %d deep in each other", maxTokenDepth)
		return Token{}
	}
	inner := func() Token { return c.tokenIn(depth + 1) }
	switch b := c.byte(); b {
	case tokenReference:
		return Token{Kind: types.Reference, Args: []Token{inner()}}
	case tokenMutReference:
		return Token{Kind: types.MutReference, Args: []Token{inner()}}
	case tokenVector:
		return Token{Kind: types.Vector, Args: []Token{inner()}}
	case tokenParameter:
		return Token{Kind: types.Parameter, Index: c.index(maxTypeParams)}
	case tokenDatatype:
		return Token{Kind: types.Struct, Index: c.index(maxIndex)}
	case tokenInstance:
		t := Token{Kind: types.Struct, Index: c.index(maxIndex)}
		n := c.uleb(maxTypeParams)
		if n == 0 {
			c.fail(status.Malformed, "an instance of a datatype without type arguments")
		}
		t.Args = some(c, n, inner)
		return t
	default:
		if int(b) >= len(plainTokens) || plainTokens[b] == types.None {
			c.fail(status.Malformed, "unknown type 0x%02x", b)
			return Token{}
		}
		return Token{Kind: plainTokens[b]}
	}
}

// declared is the only flag of structs and enums in use; the other means a struct without fields known to Move.
const declared = 2

func (c *cursor) fields() []FieldDef {
	return some(c, c.uleb(maxFields), func() FieldDef { return FieldDef{c.index(maxIndex), c.token()} })
}

func (c *cursor) declared() {
	if c.byte() != declared {
		c.fail(status.UnsupportedFeature, "a native struct or enum")
	}
}

func (c *cursor) structDef() StructDef {
	d := StructDef{Handle: c.index(maxIndex)}
	c.declared()
	d.Fields = c.fields()
	return d
}

func (c *cursor) enumDef() EnumDef {
	d := EnumDef{Handle: c.index(maxIndex)}
	c.declared()
	d.Variants = some(c, c.uleb(maxVariants), func() VariantDef {
		return VariantDef{c.index(maxIndex), c.fields()}
	})
	return d
}

// Flags of functions.
const (
	flagNative = 2
	flagEntry  = 4
)

func (c *cursor) functionDef(version uint32) FunctionDef {
	d := FunctionDef{Handle: c.index(maxIndex), Visibility: Visibility(c.byte())}
	if d.Visibility != Private && d.Visibility != Public && d.Visibility != Friend {
		c.fail(status.Malformed, "unknown visibility %d", d.Visibility)
	}
	flags := c.byte()
	d.Entry, d.Native = flags&flagEntry != 0, flags&flagNative != 0
	if flags&^(flagEntry|flagNative) != 0 {
		c.fail(status.Malformed, "unknown flags 0x%02x of a function", flags)
	}
	d.Acquires = some(c, c.uleb(maxAcquires), func() uint16 { return c.index(maxIndex) })
	if d.Native {
		return d
	}
	d.Locals = c.index(maxIndex)
	d.Code = some(c, c.uleb(maxInstructions), func() Instruction { return c.instruction(version) })
	if version >= versionWithEnums {
		d.Jumps = some(c, c.uleb(maxVariants), c.jumpTable)
	}
	return d
}

// fullTable is the only form of jump table there is.
const fullTable = 1

func (c *cursor) jumpTable() JumpTable {
	t := JumpTable{Enum: c.index(maxIndex)}
	n := c.uleb(maxVariants)
	if c.byte() != fullTable {
		c.fail(status.Malformed, "unknown form of jump table")
	}
	t.Targets = some(c, n, func() uint16 { return c.index(maxIndex) })
	return t
}

func (c *cursor) instruction(version uint32) Instruction {
	in := Instruction{Op: Opcode(c.byte())}
	if in.Op.since() > version {
		c.fail(status.UnsupportedFeature, "%s in a module of version %d", in.Op, version)
	}
	switch in.Op.operand() {
	case none:
	case literal8:
		in.Int = c.fixed(1)
	case literal16:
		in.Int = c.fixed(2)
	case literal32:
		in.Int = c.fixed(4)
	case literal64:
		in.Int = c.fixed(8)
	case literal128:
		in.Wide = new([32]byte)
		copy(in.Wide[:], c.rest(16))
	case literal256:
		in.Wide = new([32]byte)
		copy(in.Wide[:], c.rest(32))
	case local:
		in.Index = c.index(maxLocals)
	case variant, variantInstance:
		in.Index = c.index(maxVariantIndex)
	case jumpTable:
		in.Index = c.index(maxVariants)
	case signatureAndCount:
		in.Index = c.index(maxIndex)
		in.Int = c.fixed(8)
	case unknown:
		c.fail(status.Malformed, "unknown %s", in.Op)
	default:
		in.Index = c.index(maxIndex)
	}
	return in
}

// cursor reads a part of a module. After the first error it gives zeros.
type cursor struct {
	b    []byte
	part string
	err  *status.Error
}

func (c *cursor) fail(code status.Code, format string, args ...any) {
	if c.err == nil {
		c.err = status.New(code, format, args...)
		c.err.Message = c.part + ": " + c.err.Message
	}
	c.b = nil
}

// rest takes n bytes. It gives n zeros after an error; n is at most MaxSize.
func (c *cursor) rest(n int) []byte {
	if n > len(c.b) {
		c.fail(status.Malformed, "%d bytes where %d are wanted", len(c.b), n)
	}
	if c.err != nil {
		return make([]byte, n)
	}
	head := c.b[:n]
	c.b = c.b[n:]
	return head
}

func (c *cursor) byte() byte {
	if len(c.b) == 0 {
		c.fail(status.Malformed, "the end where a byte is wanted")
		return 0
	}
	b := c.b[0]
	c.b = c.b[1:]
	return b
}

// fixed reads a little-endian number of n bytes.
func (c *cursor) fixed(n int) uint64 {
	var b [8]byte
	copy(b[:], c.rest(n))
	return binary.LittleEndian.Uint64(b[:])
}

func (c *cursor) uleb(most uint64) uint64 {
	x, n := binary.Uvarint(c.b)
	if n <= 0 || n > 1 && c.b[n-1] == 0 || x > most {
		c.fail(status.Malformed, "a number that is not canonical or above %d", most)
		return 0
	}
	c.b = c.b[n:]
	return x
}

func (c *cursor) index(most uint64) uint16 { return uint16(c.uleb(most)) }

func (c *cursor) end() {
	if len(c.b) > 0 {
		c.fail(status.Malformed, "%d bytes after the module", len(c.b))
	}
}
