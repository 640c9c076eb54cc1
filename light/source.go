package light

import (
	"slices"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// source is one member as a source of slivers in one get. The fetch that made it is the only one to touch it.
type source struct {
	report MemberReport
	todo   []int // slivers to ask for, systematic ones first
	cost   float64
	failed bool // the book speaks against it

	running   int
	late      int // of the running
	dropped   int // because they were late, since it last delivered
	started   time.Time
	missing   int // slivers that it said it does not have
	strikes   int // failures in a row
	busy      int // times that it asked to come later
	pause     time.Duration
	restUntil time.Time
	out       error // not nil: not asked again in this get, and why
}

// sources returns the members with the slivers of the axis that they hold. cost tells of a member what the book expects.
func sources(com *staking.Committee, id codec.BlobID, a codec.Axis, cost func(i int) float64) []*source {
	p := com.Params()
	list := make([]*source, com.Size())
	for i := range list {
		s := &source{report: newReport(com, i), cost: cost(i), pause: retryPause}
		s.failed = s.cost >= failureCost.Seconds()
		for _, shard := range com.Member(i).Shards {
			s.todo = append(s.todo, p.SliverIndex(p.ShardPair(id, shard), a))
		}
		slices.Sort(s.todo)
		list[i] = s
	}
	return list
}

// ready reports whether the source can be asked for another sliver now.
func (s *source) ready(streams int, now time.Time) bool {
	return s.out == nil && len(s.todo) > 0 && s.running < streams && !now.Before(s.restUntil)
}

// doubtful sources are asked only when the others do not suffice.
func (s *source) doubtful() bool {
	return s.failed || s.late > 0 || s.dropped > 0 || s.strikes > 0 || s.busy > 0 || s.missing > s.report.Slivers
}

// better reports whether s should be asked before t, both being ready. Systematic slivers, those below source, spare most
// of the decoding.
func (s *source) better(t *source, systematic int) bool {
	if a, b := s.doubtful(), t.doubtful(); a != b {
		return b
	}
	if a, b := s.todo[0] < systematic, t.todo[0] < systematic; a != b {
		return a
	}
	return s.cost*float64(1+s.running) < t.cost*float64(1+t.running)
}

// rest keeps the source from being asked for a while, at least d, longer each time.
func (s *source) rest(now time.Time, d time.Duration) {
	s.restUntil = now.Add(max(d, s.pause))
	s.pause = min(2*s.pause, retryPauseMax)
}

// possible is how many slivers may still come of what is not asked for yet.
func (s *source) possible() int {
	if s.out != nil {
		return 0
	}
	return len(s.todo)
}
