package light

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// sink takes verified slivers.
type sink interface {
	AddVerified(ctx context.Context, s *codec.Sliver) error
}

// attempt is one request for one sliver. Only cancel is for its own goroutine, too.
type attempt struct {
	index   int
	src     *source
	cancel  context.CancelFunc
	dropped bool // cancelled by the fetch, not by the node's doing
	late    bool
	// eager counts how often late attempts have made room, one for the other, before this one.
	eager int
	// since is when the node began to keep the fetch waiting: zero while the attempt waits for the client's own limits and
	// once the body is here.
	since time.Time
}

// step is how far an attempt is.
type step uint8

const (
	stepQueued   step = iota // it waits for bytes in flight
	stepBegun                // it has them
	stepArrived              // the body is here, to be verified
	stepFinished             // it is over
)

// answer is what an attempt has to say.
type answer struct {
	a     *attempt
	step  step
	took  time.Duration // until the body was here
	err   error
	local bool // the error is not the node's: the sink failed
}

// fetch collects as many slivers of one axis as decode a blob. One goroutine, run, owns all state; one goroutine for each
// attempt sends its answer to it. Slivers are asked of the best sources, systematic ones first, as many at a time as are
// missing. An attempt that is late stays, but another sliver is asked for in its place.
type fetch struct {
	c      *Client
	com    *staking.Committee
	id     codec.BlobID
	m      *codec.Metadata
	axis   codec.Axis
	sink   sink
	events events

	symbolSize int
	size       int64 // of a sliver's BCS, bytes
	sources    []*source
	answers    chan answer
	running    map[*attempt]struct{}
	lateCount  int
	recent     []time.Duration // the last hedgeSamples successful attempts
	recentAt   int
	eager      int // of new attempts
	got        int // slivers that the sink has
	bytes      int64
}

// newFetch prepares a fetch. Members that known reports as liars are not asked.
func newFetch(
	c *Client, com *staking.Committee, id codec.BlobID, m *codec.Metadata, a codec.Axis, to sink, known []MemberReport, ev events,
) (*fetch, error) {
	s, err := com.Params().SymbolSize(m.Length)
	if err != nil {
		return nil, err
	}
	size := int64(com.Params().SliverBCSSize(a, s))
	f := &fetch{
		c: c, com: com, id: id, m: m, axis: a, sink: to, events: ev, symbolSize: s, size: size,
		sources: sources(com, id, a, func(i int) float64 { return c.book.cost(com.Member(i).PeerID, size) }),
		answers: make(chan answer), running: make(map[*attempt]struct{}),
	}
	for _, r := range known {
		if src := f.sources[r.Member]; r.Cause == CauseLied {
			src.out, src.report.Cause, src.report.Problem = errLied, r.Cause, r.Problem
		}
	}
	return f, nil
}

// run returns nil when the sink has enough slivers, an *UnavailableError when that cannot be reached, the context's error, or an
// error of the sink.
func (f *fetch) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	err := f.loop(ctx)
	cancel()
	f.drain()
	return err
}

func (f *fetch) loop(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	total := f.com.Params().SourceSlivers(f.axis)
	for {
		need := total - f.got
		f.events.send(Event{
			Phase: PhaseFetch, Blob: f.id, Done: int64(f.got), Total: int64(total), Bytes: f.bytes, BytesTotal: int64(total) * f.size,
		})
		if need <= 0 {
			return nil
		}
		f.markLate()
		f.fill(ctx, need)
		if f.possible() < need {
			return f.unavailable()
		}
		timer.Reset(f.nextWake())
		select {
		case a := <-f.answers:
			if err := f.take(a); err != nil {
				return err
			}
		case <-timer.C:
		case <-ctx.Done():
			return ended(ctx)
		}
	}
}

// drain waits for the attempts that are still running; their contexts have ended.
func (f *fetch) drain() {
	for len(f.running) > 0 {
		ans := <-f.answers
		if ans.step != stepFinished {
			continue
		}
		delete(f.running, ans.a)
		switch src := ans.a.src; {
		case ans.err == nil:
			f.delivered(ans)
		case causeOf(ans.err) == CauseLied:
			src.out = ans.err
			src.report.fail(ans.err)
		case ans.a.late:
			f.c.book.failed(src.report.Peer)
		}
	}
}

// possible is how many slivers may still come.
func (f *fetch) possible() int {
	n := 0
	for a := range f.running {
		if a.src.out == nil {
			n++
		}
	}
	for _, s := range f.sources {
		n += s.possible()
	}
	return n
}

// fill starts attempts until as many are under way and in time as are needed, within the limits. Doubtful sources get
// their turn when the others cannot suffice.
func (f *fetch) fill(ctx context.Context, need int) {
	now := time.Now()
	trusted := len(f.running) - f.lateCount
	for _, s := range f.sources {
		if !s.doubtful() {
			trusted += s.possible()
		}
	}
	for len(f.running)-f.lateCount < need {
		src := f.pick(now)
		if src == nil || src.doubtful() && trusted >= need || !f.makeRoom() {
			return
		}
		f.start(ctx, src)
	}
}

// pick returns the best source that is ready, or nil.
func (f *fetch) pick(now time.Time) *source {
	var best *source
	systematic := f.com.Params().SourceSlivers(f.axis)
	for _, s := range f.sources {
		if s.ready(f.c.limits.streams, now) && (best == nil || s.better(best, systematic)) {
			best = s
		}
	}
	return best
}

// makeRoom reports whether one more body fits the bytes that may be in flight. If late attempts are in the way, the oldest
// of them is dropped; its sliver can be asked for again when nothing better is left.
func (f *fetch) makeRoom() bool {
	if len(f.running) == 0 || int64(len(f.running)+1)*f.size <= f.c.limits.total {
		return true
	}
	var oldest *attempt
	for a := range f.running {
		if a.dropped {
			return false // room is coming
		}
		if a.late && (oldest == nil || a.since.Before(oldest.since)) {
			oldest = a
		}
	}
	if oldest != nil {
		f.eager = max(f.eager, oldest.eager+1)
		f.drop(oldest)
	}
	return false
}

// drop ends an attempt that is in the way.
func (f *fetch) drop(a *attempt) {
	a.dropped = true
	a.cancel()
}

func (f *fetch) start(ctx context.Context, src *source) {
	ctx, cancel := context.WithCancel(ctx)
	now := time.Now()
	a := &attempt{index: src.todo[0], src: src, cancel: cancel, eager: f.eager, since: now}
	src.todo = src.todo[1:]
	if src.running++; src.started.IsZero() {
		src.started = now
	}
	f.running[a] = struct{}{}
	go func() {
		defer cancel()
		ans := f.attempt(ctx, a)
		ans.a, ans.step = a, stepFinished
		f.answers <- ans
	}()
}

// attempt asks for one sliver, verifies it and gives it to the sink. It runs in a goroutine of its own.
func (f *fetch) attempt(ctx context.Context, a *attempt) (ans answer) {
	p := a.src.report.Peer
	release, err := f.c.limits.acquire(ctx, p, f.size, func(waiting bool) {
		s := stepBegun
		if waiting {
			s = stepQueued
		}
		f.answers <- answer{a: a, step: s}
	})
	if err != nil {
		ans.err = err
		return ans
	}
	defer release()
	begun := time.Now()
	var s *codec.Sliver
	ref := request.SliverRef{Blob: f.id, Pair: f.com.Params().PairIndex(a.index, f.axis), Axis: f.axis}
	ans.err = f.c.admitted(ctx, p, f.size, func(ctx context.Context) (err error) {
		s, err = f.c.net.GetSliver(ctx, p, ref, f.symbolSize)
		return err
	})
	if ans.took = time.Since(begun); ans.err != nil {
		return ans
	}
	f.answers <- answer{a: a, step: stepArrived}
	if ans.err = f.c.verifySliver(ctx, p, f.m, s); ans.err != nil {
		return ans
	}
	if ans.err = f.sink.AddVerified(ctx, s); ans.err != nil {
		ans.local = ctx.Err() == nil
	}
	return ans
}

// take brings the state up to date with an answer. Its error ends the fetch.
func (f *fetch) take(ans answer) error {
	a, src := ans.a, ans.a.src
	now := time.Now()
	wasLate := a.late
	if a.late {
		a.late = false
		src.late--
		f.lateCount--
	}
	switch ans.step {
	case stepBegun:
		a.since = now
		return nil
	case stepQueued, stepArrived:
		a.since = time.Time{}
		return nil
	default:
	}
	delete(f.running, a)
	src.running--
	src.report.Took = now.Sub(src.started)
	switch {
	case ans.err == nil:
		f.delivered(ans)
		f.remember(ans.took)
		f.eager = 0
		src.dropped, src.strikes, src.busy, src.pause = 0, 0, 0, retryPause
	case ans.local:
		return ans.err
	case a.dropped:
		src.todo = append(src.todo, a.index)
		if wasLate {
			src.dropped++
			f.c.book.failed(src.report.Peer)
		}
	case src.out != nil:
	default:
		f.failed(src, a.index, ans.err, now)
	}
	return nil //nolint:nilerr // a node's failure is the others' work, not the end of the fetch
}

func (f *fetch) delivered(ans answer) {
	f.got++
	f.bytes += f.size
	r := &ans.a.src.report
	r.Slivers++
	r.Bytes += f.size
}

// failed judges a source by a failed attempt.
func (f *fetch) failed(src *source, index int, err error, now time.Time) {
	switch cause := causeOf(err); cause {
	case CauseMissing:
		src.missing++
		src.report.fail(err)
	case CauseBusy:
		src.todo = slices.Insert(src.todo, 0, index)
		src.report.fail(err)
		if now.Before(src.restUntil) {
			return // a sibling of this attempt was told the same
		}
		if src.busy++; src.busy >= requestTries || f.hopeless(src, now) {
			f.exclude(src, err)
			return
		}
		_, wait := advice(err)
		src.rest(now, wait)
	case CauseUnreachable, CauseSilent:
		src.todo = append(src.todo, index)
		src.report.fail(err)
		if now.Before(src.restUntil) {
			return
		}
		if src.strikes++; src.strikes >= strikesOut || f.hopeless(src, now) {
			f.exclude(src, err)
			return
		}
		src.rest(now, 0)
	default:
		src.todo = append(src.todo, index)
		f.exclude(src, err)
	}
}

// hopeless reports whether a source that has just failed has had time enough to deliver something and did not.
func (f *fetch) hopeless(src *source, now time.Time) bool {
	return src.report.Slivers == 0 && now.Sub(src.started) > hopelessAfter+transferTime(f.size, floorRate)
}

// exclude ends all dealings with a source in this get.
func (f *fetch) exclude(src *source, err error) {
	src.out = err
	src.report.fail(err)
	for a := range f.running {
		if a.src == src {
			f.drop(a)
		}
	}
	r := src.report
	f.events.send(Event{Phase: PhaseFetch, Blob: f.id, Member: &r})
}

// patience is how long an attempt may take before it is late.
func (f *fetch) patience() time.Duration {
	if len(f.recent) == 0 {
		return hedgeFirst + transferTime(f.size, hedgeRate)
	}
	sorted := slices.Sorted(slices.Values(f.recent))
	return max(hedgeMin, hedgeFactor*sorted[len(sorted)/2])
}

// lateIn is how long it takes until an attempt is late, at the given patience. An attempt for which a late one had to make
// room gets twice the time of that one: where everything is slow, replacing does not help.
func (a *attempt) lateIn(now time.Time, patience time.Duration) time.Duration {
	return a.since.Add(patience << min(a.eager, hedgeDoublings)).Sub(now)
}

func (f *fetch) remember(took time.Duration) {
	if len(f.recent) < hedgeSamples {
		f.recent = append(f.recent, took)
		return
	}
	f.recent[f.recentAt%hedgeSamples] = took
	f.recentAt++
}

func (f *fetch) markLate() {
	now, patience := time.Now(), f.patience()
	for a := range f.running {
		if !a.late && !a.since.IsZero() && a.lateIn(now, patience) <= 0 {
			a.late = true
			a.src.late++
			f.lateCount++
		}
	}
}

// nextWake returns how long the fetch may sleep: until an attempt gets late or a source has rested.
func (f *fetch) nextWake() time.Duration {
	now, patience := time.Now(), f.patience()
	wake := time.Hour
	for a := range f.running {
		if !a.late && !a.since.IsZero() {
			wake = min(wake, a.lateIn(now, patience))
		}
	}
	for _, s := range f.sources {
		if s.possible() > 0 && s.restUntil.After(now) {
			wake = min(wake, s.restUntil.Sub(now))
		}
	}
	return max(wake, time.Millisecond)
}

// reports returns what came of each member that was asked.
func (f *fetch) reports() []MemberReport {
	var list []MemberReport
	for _, s := range f.sources {
		if s.started.IsZero() {
			continue
		}
		r := s.report
		r.Done = s.out == nil && r.Cause == CauseNone
		list = append(list, r)
	}
	return list
}

// unavailable says why what can still come does not suffice.
func (f *fetch) unavailable() error {
	p := f.com.Params()
	e := &UnavailableError{
		Op: "get", Blob: f.id, What: f.axis.String() + " slivers", Need: p.SourceSlivers(f.axis),
		Have: f.got + f.possible(), Total: p.Shards(), Members: f.reports(),
	}
	t := make(tally)
	for _, s := range f.sources {
		t.add(CauseMissing, s.missing, nil)
		if s.out == nil {
			e.reachable += s.report.Shards
			continue
		}
		t.add(causeOf(s.out), s.report.Shards-s.report.Slivers-s.missing, s.out)
	}
	e.Reasons = t.reasons()
	other := f.axis.Orthogonal()
	e.Hint = fmt.Sprintf("%d shards are on nodes that still answer; %s slivers, of which %d are needed, ", e.reachable, other, p.SourceSlivers(other))
	if e.reachable >= p.SourceSlivers(other) {
		e.Hint += "may suffice"
	} else {
		e.Hint += "cannot suffice either: try again when more nodes are back"
	}
	return e
}
