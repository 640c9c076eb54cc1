package codec

import "testing"

func TestPairProof(t *testing.T) {
	for n := 4; n < 40; n++ {
		m := &Metadata{Hashes: make([]PairHashes, n)}
		for i := range m.Hashes {
			m.Hashes[i] = PairHashes{Primary: hashLeaf([]byte{byte(i)}), Secondary: hashLeaf([]byte{byte(i), 1})}
		}
		root := m.Root()
		for pair, h := range m.Hashes {
			node := hashLeaf(append(h.Primary[:], h.Secondary[:]...))
			proof := m.PairProof(pair)
			for level, sibling := range proof {
				if pair>>level&1 == 0 {
					node = hashInner(node, sibling)
				} else {
					node = hashInner(sibling, node)
				}
			}
			if node != root || 1<<len(proof) < n || 1<<(len(proof)-1) >= n {
				t.Errorf("%d shards, pair %d: a path of %d leads to %x", n, pair, len(proof), node)
			}
		}
	}
}
