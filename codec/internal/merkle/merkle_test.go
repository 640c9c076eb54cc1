package merkle

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/crypto/blake2b"
)

func random(seed uint64, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

// reference is the definition, one hash at a time.
func reference(leaves [][]byte) (root [Size]byte) {
	var level [][Size]byte
	for _, l := range leaves {
		level = append(level, blake2b.Sum256(append([]byte{0}, l...)))
	}
	if len(level) == 0 {
		return root
	}
	for len(level) > 1 {
		if len(level)%2 != 0 {
			level = append(level, [Size]byte{})
		}
		var next [][Size]byte
		for i := 0; i < len(level); i += 2 {
			next = append(next, blake2b.Sum256(append(append([]byte{1}, level[i][:]...), level[i+1][:]...)))
		}
		level = next
	}
	return level[0]
}

func split(b []byte, size int) (list [][]byte) {
	for ; len(b) > 0; b = b[size:] {
		list = append(list, b[:size])
	}
	return list
}

func TestTree(t *testing.T) {
	const size = 10
	for n := range 70 {
		data := random(1, n*size)
		want := reference(split(data, size))
		leaves := make([]byte, n*Size)
		Leaves(leaves, Size, data, size, size, n)
		tree := NewTree(leaves)
		if got := tree.Root(); got != want {
			t.Errorf("%d leaves: tree root %x, want %x", n, got, want)
		}
		for i := range n {
			proof := tree.AppendProof(nil, i)
			if len(proof) != Depth(n)*Size {
				t.Fatalf("%d leaves: proof of %d bytes, want %d nodes", n, len(proof), Depth(n))
			}
			leaf := data[i*size:][:size]
			if got, ok := ProofRoot(leaf, i, proof); !ok || got != want {
				t.Errorf("%d leaves: proof of %d gives %x, %v", n, i, got, ok)
			}
			if got, ok := ProofRoot(leaf, i^1, proof); ok && got == want && n > 1 {
				t.Errorf("%d leaves: proof of %d holds for %d", n, i, i^1)
			}
			if _, ok := ProofRoot(leaf, i+1<<Depth(n), proof); ok {
				t.Errorf("%d leaves: proof of %d accepted for an index beyond the tree", n, i)
			}
		}
		if got := Reduce(leaves); got != want {
			t.Errorf("%d leaves: reduced root %x, want %x", n, got, want)
		}
	}
	if _, ok := ProofRoot(nil, -1, nil); ok {
		t.Error("negative index accepted")
	}
}

// TestForest reduces the rows of a matrix of leaves in blocks of columns, and its columns at once.
func TestForest(t *testing.T) {
	const rows = 13
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 40} {
		for _, group := range []int{1, 2, 4, 8, 16} {
			t.Run(fmt.Sprintf("n=%d/group=%d", n, group), func(t *testing.T) {
				leaves := make([]byte, rows*n*Size)
				data := random(2, rows*n)
				Leaves(leaves, Size, data, 1, 1, rows*n)
				groups := (n + group - 1) / group
				roots := make([]byte, rows*groups*Size)
				levels := Depth(group)
				if groups == 1 {
					levels = Depth(n)
				}
				for g := range groups {
					block, width := make([]byte, rows*group*Size), min(group, n-g*group)
					for r := range rows {
						copy(block[r*group*Size:][:width*Size], leaves[(r*n+g*group)*Size:])
					}
					f := Forest{Nodes: block, Step: Size, Lane: group * Size, Trees: rows}
					if left := f.Reduce(width, levels); left != 1 {
						t.Fatalf("%d nodes left", left)
					}
					for r := range rows {
						copy(roots[(r*groups+g)*Size:][:Size], block[r*group*Size:])
					}
				}
				Forest{Nodes: roots, Step: Size, Lane: groups * Size, Trees: rows}.Reduce(groups, Depth(groups))
				for r := range rows {
					if want := reference(split(data[r*n:][:n], 1)); !bytes.Equal(roots[r*groups*Size:][:Size], want[:]) {
						t.Errorf("row %d differs", r)
					}
				}

				Forest{Nodes: leaves, Step: n * Size, Lane: Size, Trees: n}.Reduce(rows, Depth(rows))
				for c := range n {
					var column [][]byte
					for r := range rows {
						column = append(column, data[r*n+c:][:1])
					}
					if want := reference(column); !bytes.Equal(leaves[c*Size:][:Size], want[:]) {
						t.Errorf("column %d differs", c)
					}
				}
			})
		}
	}
}
