package bytecode_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// corpus has the fixtures and the compiled contracts.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for _, pattern := range []string{"../testdata/*.mv", "../../../move/build/*/*.mv"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no modules match %s: %v", pattern, err)
		}
		for _, path := range paths {
			if all[path], err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

func TestModulesAreWrittenAsRead(t *testing.T) {
	for path, b := range corpus(t) {
		m, err := bytecode.Read(b)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !bytes.Equal(m.Bytes(), b) {
			t.Errorf("%s is written otherwise", path)
		}
	}
}

func TestHeader(t *testing.T) {
	good := corpus(t)["../testdata/handwritten.mv"]
	for _, c := range []struct {
		name string
		edit func(b []byte) []byte
		want status.Code
	}{
		{"magic", func(b []byte) []byte { b[0] = 0xa2; return b }, status.BadMagic},
		{"no bytes", func([]byte) []byte { return nil }, status.Malformed},
		{"flavour", func(b []byte) []byte { b[7] = 4; return b }, status.UnknownVersion},
		{"version", func(b []byte) []byte { b[4] = 8; return b }, status.UnknownVersion},
		{"old version", func(b []byte) []byte { copy(b[4:], []byte{5, 0, 0, 0}); return b }, status.UnknownVersion},
		{"enums before their version", func(b []byte) []byte { copy(b[4:], []byte{6, 0, 0, 0}); return b }, status.UnsupportedFeature},
		{"table count", func(b []byte) []byte { b[8] = 21; return b }, status.Malformed},
		{"table kind", func(b []byte) []byte { b[9] = 9; return b }, status.Malformed},
		{"metadata", func(b []byte) []byte { b[9] = 0x10; return b }, status.UnsupportedFeature},
		{"two tables of a kind", func(b []byte) []byte { b[9] = 2; return b }, status.Malformed},
		{"gap between tables", func(b []byte) []byte { b[10] = 1; return b }, status.Malformed},
		{"bytes after the end", func(b []byte) []byte { return append(b, 0) }, status.Malformed},
		{"missing end", func(b []byte) []byte { return b[:len(b)-1] }, status.Malformed},
		{"too long", func(b []byte) []byte { return append(b, make([]byte, bytecode.MaxSize)...) }, status.Malformed},
	} {
		_, err := bytecode.Read(c.edit(bytes.Clone(good)))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestStructure breaks one thing at a time in a good module.
func TestStructure(t *testing.T) {
	good := corpus(t)["../testdata/handwritten.mv"]
	const far = 60000
	code := func(edit func(d *bytecode.FunctionDef)) func(m *bytecode.Module) {
		return func(m *bytecode.Module) {
			i := slices.IndexFunc(m.FunctionDefs, func(d bytecode.FunctionDef) bool { return len(d.Jumps) > 0 })
			edit(&m.FunctionDefs[i])
		}
	}
	instruction := func(op bytecode.Opcode) func(m *bytecode.Module) {
		return code(func(d *bytecode.FunctionDef) {
			index := uint16(far)
			switch op {
			case bytecode.CopyLoc:
				index = 255
			case bytecode.Pack, bytecode.PackVariant, bytecode.PackVariantGeneric:
				index = 1000
			case bytecode.VariantSwitch:
				index = 127
			}
			d.Code[0] = bytecode.Instruction{Op: op, Index: index}
		})
	}
	reference := bytecode.Token{Kind: types.Reference, Args: []bytecode.Token{{Kind: types.U8}}}
	for _, c := range []struct {
		name string
		edit func(m *bytecode.Module)
		want status.Code
	}{
		{"nothing", func(*bytecode.Module) {}, 0},
		{"self", func(m *bytecode.Module) { m.Self = far }, status.IndexOutOfBounds},
		{"module's address", func(m *bytecode.Module) { m.Modules[0].Address = far }, status.IndexOutOfBounds},
		{"module's name", func(m *bytecode.Module) { m.Modules[0].Name = far }, status.IndexOutOfBounds},
		{"module twice", func(m *bytecode.Module) { m.Modules[1] = m.Modules[0] }, status.DuplicateElement},
		{"identifier", func(m *bytecode.Module) { m.Identifiers[0] = "a-b" }, status.Malformed},
		{"identifier with a digit first", func(m *bytecode.Module) { m.Identifiers[0] = "1a" }, status.Malformed},
		{"identifier twice", func(m *bytecode.Module) { m.Identifiers[0] = m.Identifiers[1] }, status.DuplicateElement},
		{"datatype's module", func(m *bytecode.Module) { m.Datatypes[0].Module = far }, status.IndexOutOfBounds},
		{"datatype's name", func(m *bytecode.Module) { m.Datatypes[0].Name = far }, status.IndexOutOfBounds},
		{"function's parameters", func(m *bytecode.Module) { m.Functions[0].Parameters = far }, status.IndexOutOfBounds},
		{"function's results", func(m *bytecode.Module) { m.Functions[0].Results = far }, status.IndexOutOfBounds},
		{"reference in a vector", func(m *bytecode.Module) {
			m.Signatures[0] = bytecode.Signature{{Kind: types.Vector, Args: []bytecode.Token{reference}}}
		}, status.InvalidSignature},
		{"reference to a reference", func(m *bytecode.Module) {
			m.Signatures[0] = bytecode.Signature{{Kind: types.Reference, Args: []bytecode.Token{reference}}}
		}, status.InvalidSignature},
		{"unknown datatype", func(m *bytecode.Module) {
			m.Signatures[0] = bytecode.Signature{{Kind: types.Struct, Index: far}}
		}, status.IndexOutOfBounds},
		{"types nested deeply", func(m *bytecode.Module) {
			token := bytecode.Token{Kind: types.U8}
			for range 300 {
				token = bytecode.Token{Kind: types.Vector, Args: []bytecode.Token{token}}
			}
			m.Signatures[0] = bytecode.Signature{token}
		}, status.InvalidSignature},
		{"struct's handle", func(m *bytecode.Module) { m.Structs[0].Handle = far }, status.IndexOutOfBounds},
		{"struct twice", func(m *bytecode.Module) { m.Structs[1].Handle = m.Structs[0].Handle }, status.DuplicateElement},
		{"struct without fields", func(m *bytecode.Module) { m.Structs[0].Fields = nil }, 0},
		{"field's type parameter", func(m *bytecode.Module) {
			m.Structs[0].Fields[0].Type = bytecode.Token{Kind: types.Parameter, Index: 200}
		}, status.IndexOutOfBounds},
		{"field that is a reference", func(m *bytecode.Module) { m.Structs[0].Fields[0].Type = reference }, status.InvalidSignature},
		{"enum without variants", func(m *bytecode.Module) { m.Enums[0].Variants = nil }, status.Malformed},
		{"field handle's struct", func(m *bytecode.Module) { m.Fields[0].Struct = far }, status.IndexOutOfBounds},
		{"field handle's field", func(m *bytecode.Module) { m.Fields[0].Field = 255 }, status.IndexOutOfBounds},
		{"variant handle", func(m *bytecode.Module) { m.VariantInstances[0].Variant = 127 }, status.IndexOutOfBounds},
		{"constant that is a signer", func(m *bytecode.Module) { m.Constants[0].Type = bytecode.Token{Kind: types.Signer} }, status.InvalidSignature},
		{"function of another module", func(m *bytecode.Module) {
			m.FunctionDefs[0].Handle = uint16(slices.IndexFunc(m.Functions, func(h bytecode.FunctionHandle) bool { return h.Module != m.Self }))
		}, status.Malformed},
		{"jump", code(func(d *bytecode.FunctionDef) {
			d.Code[0] = bytecode.Instruction{Op: bytecode.Branch, Index: uint16(len(d.Code))}
		}), status.IndexOutOfBounds},
		{"code that does not end", code(func(d *bytecode.FunctionDef) {
			d.Code[len(d.Code)-1] = bytecode.Instruction{Op: bytecode.Nop}
		}), status.Malformed},
		{"no code", code(func(d *bytecode.FunctionDef) { d.Code = nil }), status.IndexOutOfBounds},
		{"jump table's target", code(func(d *bytecode.FunctionDef) { d.Jumps[0].Targets[0] = far }), status.IndexOutOfBounds},
		{"jump table's size", code(func(d *bytecode.FunctionDef) { d.Jumps[0].Targets = d.Jumps[0].Targets[1:] }), status.Malformed},
		{"jump table's enum", code(func(d *bytecode.FunctionDef) { d.Jumps[0].Enum = far }), status.IndexOutOfBounds},
		{"local", instruction(bytecode.CopyLoc), status.IndexOutOfBounds},
		{"call", instruction(bytecode.Call), status.IndexOutOfBounds},
		{"generic call", instruction(bytecode.CallGeneric), status.IndexOutOfBounds},
		{"pack", instruction(bytecode.Pack), status.IndexOutOfBounds},
		{"generic unpack", instruction(bytecode.UnpackGeneric), status.IndexOutOfBounds},
		{"field", instruction(bytecode.ImmBorrowField), status.IndexOutOfBounds},
		{"field of a generic", instruction(bytecode.MutBorrowFieldGeneric), status.IndexOutOfBounds},
		{"constant", instruction(bytecode.LdConst), status.IndexOutOfBounds},
		{"vector", instruction(bytecode.VecLen), status.IndexOutOfBounds},
		{"variant", instruction(bytecode.PackVariant), status.IndexOutOfBounds},
		{"variant of a generic", instruction(bytecode.PackVariantGeneric), status.IndexOutOfBounds},
		{"switch", instruction(bytecode.VariantSwitch), status.IndexOutOfBounds},
		{"global storage", instruction(0x29), status.Malformed},
		{"opcode", instruction(0xff), status.Malformed},
	} {
		m, err := bytecode.Read(good)
		if err != nil {
			t.Fatal(err)
		}
		c.edit(m)
		_, err = bytecode.Read(m.Bytes())
		switch {
		case c.name == "struct without fields":
			// Its field handles lead nowhere first, if it has any.
			if err == nil {
				t.Errorf("%s: accepted", c.name)
			}
		case c.want == 0 && err != nil, c.want != 0 && !errors.Is(err, c.want):
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range corpus(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := bytecode.Read(b)
		if err != nil {
			var e *status.Error
			if !errors.As(err, &e) {
				t.Errorf("an error without status: %v", err)
			}
			return
		}
		if !bytes.Equal(m.Bytes(), b) {
			t.Error("a module is not written as it was read")
		}
	})
}
