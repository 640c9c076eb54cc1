package objects

import (
	"bytes"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// Whatever code does to a handful of objects, the results are in order and no object is in two places.
func FuzzState(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte{0x00, 0x21, 0x42, 0x63, 0x84, 0xa5, 0xc6, 0xe7})
	f.Fuzz(func(t *testing.T, steps []byte) {
		w := newWorld(t)
		store := shelf{}
		for n := 2; n < 5; n++ {
			store[id(n)] = w.stored(n, 3, Owner{ByObject, id(1)})
		}
		store[id(5)] = w.stored(5, 9, Owner{ByAddress, id(1)})
		s := New(store, DefaultLimits())
		in := []*Input{w.input(s, w.stored(0, 4, Owner{Kind: Shared}), true), w.input(s, w.stored(1, 5, alice()), true)}
		var held []values.Value
		hold := func(v values.Value, err error) {
			if err == nil {
				held = append(held, v)
			}
		}
		for _, step := range steps {
			n := int(step & 7)
			if give := len(held) > 0; give && step>>3 < 8 {
				v := held[len(held)-1]
				held = held[:len(held)-1]
				switch step >> 3 {
				case 0, 1, 2, 3:
					// An object in two places is found in the end.
					_, _ = s.Transfer(v, Owner{Kind: Ownership(step >> 3), Address: id(n)})
				case 4, 5:
					_ = s.AddChild(id(n), v)
				default:
					if own, err := IDOf(v); err == nil {
						_ = s.DeleteID(own)
					}
				}
				continue
			}
			switch step >> 3 {
			case 8, 9:
				hold(s.RemoveChild(id(1), id(n), w.thing, values.Unmarshal))
			case 10, 11:
				hold(s.Receive(id(1), id(5), 9, w.thing, values.Unmarshal))
			case 12, 13, 14:
				hold(in[n&1].Cell.Take())
			case 15, 16:
				_ = s.NewID(id(n))
			case 17:
				_ = s.DeleteID(id(n))
			default:
				_ = s.NewID(id(8 + n))
				hold(w.thingOf(8+n), nil)
			}
		}
		r, err := s.Finish()
		if err != nil {
			r = s.Abandon()
		}
		seen := map[ID]bool{}
		for i, x := range r.Written {
			if seen[x.ID] || i > 0 && bytes.Compare(r.Written[i-1].ID[:], x.ID[:]) >= 0 {
				t.Fatalf("object %s is written twice or out of order", x.ID)
			}
			seen[x.ID] = true
			if x.Version != r.Version || !bytes.Equal(x.Contents[:32], x.ID[:]) || (x.Before == nil) == (x.Change == Mutated) {
				t.Fatalf("written %+v at version %d", x, r.Version)
			}
			if x.Before != nil && x.Before.Version >= x.Version {
				t.Fatalf("version %d follows %d", x.Version, x.Before.Version)
			}
		}
		for i, x := range r.Removed {
			if seen[x.ID] || i > 0 && bytes.Compare(r.Removed[i-1].ID[:], x.ID[:]) >= 0 {
				t.Fatalf("object %s is removed twice, or written as well, or out of order", x.ID)
			}
			seen[x.ID] = true
		}
	})
}
