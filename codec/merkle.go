package codec

import (
	"encoding/binary"

	"golang.org/x/crypto/blake2b"
)

// Domain separation of the Merkle trees (Walrus core/merkle.rs).
const (
	leafPrefix  = 0
	innerPrefix = 1
)

func hashLeaf(data []byte) Digest {
	return blake2b.Sum256(append([]byte{leafPrefix}, data...))
}

func hashInner(l, r Digest) Digest {
	var b [65]byte
	b[0] = innerPrefix
	copy(b[1:], l[:])
	copy(b[33:], r[:])
	return blake2b.Sum256(b[:])
}

// merkleRoot reduces leaf hashes in place. An odd level is padded with Empty; the root of no leaves is Empty.
func merkleRoot(level []Digest) Digest {
	if len(level) == 0 {
		return Digest{}
	}
	for len(level) > 1 {
		half := (len(level) + 1) / 2
		for i := range half {
			var right Digest
			if 2*i+1 < len(level) {
				right = level[2*i+1]
			}
			level[i] = hashInner(level[2*i], right)
		}
		level = level[:half]
	}
	return level[0]
}

// Root returns the blob root: the Merkle root over the pairs, leaf k being primary hash k followed by secondary hash k.
func (m *Metadata) Root() Digest { return merkleRoot(m.leaves()) }

func (m *Metadata) leaves() []Digest {
	leaves := make([]Digest, len(m.Hashes))
	for i, h := range m.Hashes {
		leaves[i] = hashLeaf(append(h.Primary[:], h.Secondary[:]...))
	}
	return leaves
}

// PairProof returns the proof that the hashes of a pair belong to Root.
func (m *Metadata) PairProof(pair int) Proof {
	var proof Proof
	for level := m.leaves(); len(level) > 1; pair /= 2 {
		if len(level)%2 == 1 {
			level = append(level, Digest{})
		}
		proof = append(proof, level[pair^1])
		for i := range len(level) / 2 {
			level[i] = hashInner(level[2*i], level[2*i+1])
		}
		level = level[:len(level)/2]
	}
	return proof
}

// BlobID returns the id that the metadata commits to.
func (m *Metadata) BlobID() BlobID { return DeriveBlobID(m.Root(), m.Length) }

// DeriveBlobID returns the id of a blob by its root and its length in bytes: BLAKE2b-256(encoding type || length u64 LE || root).
func DeriveBlobID(root Digest, length uint64) BlobID {
	b := make([]byte, 0, 41)
	b = append(b, encodingRS2)
	b = binary.LittleEndian.AppendUint64(b, length)
	return blake2b.Sum256(append(b, root[:]...))
}
