package main

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// residence decides which state words are in registers and which in memory, where there are fewer registers than words. The
// operations are known to their end, so the word that gives way is the one whose next use is farthest.
type residence struct {
	load  func(m operand.Mem, r reg.VecPhysical)
	save  func(r reg.VecPhysical, m operand.Mem)
	slots [16]operand.Mem // where a word that gives way is kept
	homes [16]operand.Mem // where a word that is not in a register is to be found
	in    map[int]reg.VecPhysical
	dirty map[int]bool // the register is newer than home
	free  []reg.VecPhysical
	uses  [16][]int // positions of the operations that use a word, ascending
}

func newResidence(ops []op, kept []int, registers []reg.VecPhysical, homes, slots [16]operand.Mem) *residence {
	r := &residence{
		slots: slots, homes: homes,
		in: map[int]reg.VecPhysical{}, dirty: map[int]bool{}, free: slices.Clone(registers),
	}
	for at, o := range ops {
		r.uses[o.dst] = append(r.uses[o.dst], at)
		if o.y.kind == state {
			r.uses[o.y.index] = append(r.uses[o.y.index], at)
		}
	}
	for _, w := range kept {
		r.uses[w] = append(r.uses[w], len(ops))
	}
	return r
}

// nextUse is the position of the first operation from at on that uses the word, or farther than all when none does.
func (r *residence) nextUse(word, at int) int {
	for _, u := range r.uses[word] {
		if u >= at {
			return u
		}
	}
	return 1 << 30
}

// allot returns a register for a word that operation at uses; words in busy keep theirs.
func (r *residence) allot(word, at int, busy ...int) reg.VecPhysical {
	if v, ok := r.in[word]; ok {
		return v
	}
	if len(r.free) == 0 {
		r.evict(at, busy)
	}
	v := r.free[0]
	r.free = r.free[1:]
	r.in[word] = v
	return v
}

func (r *residence) evict(at int, busy []int) {
	victim, farthest := -1, -1
words:
	for word := range r.uses {
		if _, ok := r.in[word]; !ok {
			continue
		}
		for _, b := range busy {
			if b == word {
				continue words
			}
		}
		if next := r.nextUse(word, at); next > farthest {
			victim, farthest = word, next
		}
	}
	v := r.in[victim]
	if r.dirty[victim] && farthest < 1<<30 {
		r.save(v, r.slots[victim])
		r.homes[victim] = r.slots[victim]
	}
	delete(r.in, victim)
	delete(r.dirty, victim)
	r.free = append(r.free, v)
}

// fetch returns the register of a word, loaded when it was in memory.
func (r *residence) fetch(word, at int, busy ...int) reg.VecPhysical {
	if v, ok := r.in[word]; ok {
		return v
	}
	v := r.allot(word, at, busy...)
	r.load(r.homes[word], v)
	return v
}

// operand is the word where it is.
func (r *residence) operand(word int) operand.Op {
	if v, ok := r.in[word]; ok {
		return v
	}
	return r.homes[word]
}
