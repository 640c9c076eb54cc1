package objects

import (
	"encoding/binary"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

const (
	// freshScope is the first byte of what is hashed to an id, so that ids of different origin cannot meet.
	freshScope  = 0xf1
	addressSize = 32
)

// FreshID is the id number n, from 0, that the transaction with a digest makes.
func FreshID(digest [32]byte, n uint64) ID {
	b := make([]byte, 0, 1+addressSize+8)
	b = append(b, freshScope)
	b = append(b, digest[:]...)
	return blake2b.Sum256(binary.LittleEndian.AppendUint64(b, n))
}

// Namer has the id of the package that first had a datatype, which differs from the module's address for datatypes that
// came with an upgrade.
type Namer interface {
	DefiningID(module types.ModuleID, name string) types.Address
}

// OriginalIDs is the Namer of packages that were never upgraded.
type OriginalIDs struct{}

// DefiningID is the module's address.
func (OriginalIDs) DefiningID(module types.ModuleID, _ string) types.Address { return module.Address }

// tagOf has the numbers of the primitive types in the BCS of type tags.
var tagOf = [...]byte{types.Bool: 0, types.U8: 1, types.U64: 2, types.U128: 3, types.AddressKind: 4, types.Signer: 5,
	types.U16: 8, types.U32: 9, types.U256: 10}

const (
	tagVector = 6
	tagStruct = 7
)

// AppendTypeTag appends the BCS of a closed type that is no reference, as Sui's TypeTag.
func AppendTypeTag(b []byte, t *types.Type, names Namer) ([]byte, error) {
	switch t.Kind() {
	case types.Vector:
		return AppendTypeTag(append(b, tagVector), t.Elem(), names)
	case types.Struct, types.Enum:
		d := t.Datatype()
		id := names.DefiningID(d.Module, d.Name)
		b = append(b, tagStruct)
		b = append(b, id[:]...)
		b = appendString(b, d.Module.Name)
		b = appendString(b, d.Name)
		b = binary.AppendUvarint(b, uint64(len(t.Args())))
		for _, a := range t.Args() {
			var err error
			if b, err = AppendTypeTag(b, a, names); err != nil {
				return nil, err
			}
		}
		return b, nil
	case types.None, types.Reference, types.MutReference, types.Parameter:
		return nil, status.New(status.InvalidSignature, "no type tag for %s", t)
	default:
		return append(b, tagOf[t.Kind()]), nil
	}
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
