// Package merkle builds the Merkle trees of Walrus over flat arrays of digests, many hashes at a time.
//
// A leaf is BLAKE2b-256(0x00 || data), an inner node BLAKE2b-256(0x01 || left || right). A level with an odd number of
// nodes is padded with Empty, 32 zero bytes that stand for themselves and are not hashed. A tree over no leaves has the
// root Empty.
package merkle

import (
	"math/bits"

	"github.com/floe-network/floe/codec/internal/lanes"
)

// Size is the length of a digest in bytes.
const Size = lanes.Size

// Domain separation of leaves and inner nodes.
const (
	leafPrefix  = 0
	innerPrefix = 1
)

// Depth returns the length of a proof in a tree over n leaves: the number of levels above them.
func Depth(n int) int {
	if n <= 1 {
		return 0
	}
	return bits.Len(uint(n - 1))
}

// Leaves writes the leaf digests of count messages of length bytes: message i is src[i*stride:][:length], its digest goes
// to dst[i*dstStride:][:Size].
func Leaves(dst []byte, dstStride int, src []byte, stride, length, count int) {
	lanes.Sum256(dst, dstStride, leafPrefix, src, stride, length, count)
}

// up writes the parents of the count nodes of a level to dst; dst may be the level itself. It returns how many they are.
func up(dst, level []byte, count int) int {
	half := count / 2
	if half > 0 {
		lanes.Pairs(dst, Size, innerPrefix, level, level[Size:], 2*Size, half)
	}
	if count%2 != 0 {
		lanes.Pairs(dst[half*Size:], Size, innerPrefix, level[2*half*Size:], nil, Size, 1)
		half++
	}
	return half
}

// Reduce replaces the leaf digests by their tree's root, which it returns; nodes is overwritten.
func Reduce(nodes []byte) (root [Size]byte) {
	count := len(nodes) / Size
	if count == 0 {
		return root
	}
	for count > 1 {
		count = up(nodes, nodes, count)
	}
	copy(root[:], nodes)
	return root
}

// Tree keeps every level, so that it can prove a leaf.
type Tree struct {
	leaves int
	nodes  []byte // levels back to back, leaves first
}

// NewTree builds the tree over leaf digests, which it copies.
func NewTree(leaves []byte) *Tree {
	t := &Tree{leaves: len(leaves) / Size}
	total := 0
	for m := t.leaves; ; m = (m + 1) / 2 {
		total += m
		if m <= 1 {
			break
		}
	}
	t.nodes = make([]byte, total*Size)
	copy(t.nodes, leaves)
	at := 0
	for m := t.leaves; m > 1; m = (m + 1) / 2 {
		up(t.nodes[(at+m)*Size:], t.nodes[at*Size:], m)
		at += m
	}
	return t
}

// Root returns the root.
func (t *Tree) Root() (root [Size]byte) {
	if t.leaves > 0 {
		copy(root[:], t.nodes[len(t.nodes)-Size:])
	}
	return root
}

// AppendProof appends the siblings of leaf i from the bottom up, Depth(leaves) digests.
func (t *Tree) AppendProof(b []byte, i int) []byte {
	var empty [Size]byte
	at := 0
	for m := t.leaves; m > 1; m = (m + 1) / 2 {
		if sibling := i ^ 1; sibling < m {
			b = append(b, t.nodes[(at+sibling)*Size:][:Size]...)
		} else {
			b = append(b, empty[:]...)
		}
		at += m
		i /= 2
	}
	return b
}

// ProofRoot returns the root that a proof leads to from leaf i with the given data. The path is siblings from the bottom
// up. A path that is too short for i gives ok = false.
func ProofRoot(data []byte, i int, path []byte) (root [Size]byte, ok bool) {
	depth := len(path) / Size
	if i < 0 || i>>depth != 0 {
		return root, false
	}
	lanes.Sum256(root[:], Size, leafPrefix, data, len(data), len(data), 1)
	for ; len(path) > 0; path = path[Size:] {
		left, right := root[:], path[:Size]
		if i&1 != 0 {
			left, right = right, left
		}
		var parent [Size]byte
		lanes.Pairs(parent[:], Size, innerPrefix, left, right, Size, 1)
		root = parent
		i >>= 1
	}
	return root, true
}
