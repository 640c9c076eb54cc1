package ptb

import (
	"encoding/binary"

	"golang.org/x/crypto/blake2b"
)

// fieldScope is the first byte of what is hashed to the id of a dynamic field, so that ids of different origin cannot meet.
const fieldScope = 0xf0

// FieldID is the id of the dynamic field of parent whose name has a type, in BCS as of TypeTag.AppendBCS, and a value, in
// BCS. The name of a dynamic object field has the type of dynamic_object_field::Wrapper.
func FieldID(parent Address, nameType, name []byte) Address {
	b := make([]byte, 0, 1+len(parent)+8+len(name)+len(nameType))
	b = append(b, fieldScope)
	b = append(b, parent[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(name)))
	b = append(b, name...)
	return blake2b.Sum256(append(b, nameType...))
}
