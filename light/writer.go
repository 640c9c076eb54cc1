package light

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// What ends a round of a put.
var (
	errShort    = errors.New("no quorum in this round")
	errOutdated = errors.New("the epoch has changed")
)

// axes in the order of their values.
var axes = [...]codec.Axis{codec.Primary, codec.Secondary}

// target is a member in a put. It belongs to the goroutine that runs the put, except that the report's counters change under
// the writer's lock.
type target struct {
	member *staking.Member
	report MemberReport
	sig    *bls.Signature // set once the member has confirmed
	err    error          // why it is out of this round
	final  bool           // out of the put
}

// writer is one upload to one committee.
type writer struct {
	c      *Client
	com    *staking.Committee
	p      *Prepared
	opts   UploadOptions
	id     codec.BlobID
	conf   staking.Confirmation
	msg    []byte
	events events

	targets []*target
	paces   paces

	mu     sync.Mutex
	stored [2][]bool // by axis and sliver index: its holder has it
	count  int       // of stored
	bytes  int64     // sent
	total  int64     // sent and to be sent, as planned for the round
}

func newWriter(c *Client, com *staking.Committee, p *Prepared, opts UploadOptions) *writer {
	w := &writer{c: c, com: com, p: p, opts: opts, id: p.blob, events: opts.Events}
	w.conf = staking.Confirmation{Epoch: com.Epoch(), Blob: w.id, Kind: opts.Kind}
	w.msg = w.conf.Bytes()
	for i := range com.Size() {
		w.targets = append(w.targets, &target{member: com.Member(i), report: newReport(com, i)})
	}
	for a := range w.stored {
		w.stored[a] = make([]bool, com.Params().Shards())
	}
	return w
}

// successor is the writer for the next committee. It knows what members have stored that hold the same shards there; their
// confirmations are worth nothing any more.
func (w *writer) successor(com *staking.Committee) *writer {
	next := newWriter(w.c, com, w.p, w.opts)
	next.bytes, next.paces = w.bytes, w.paces
	for _, t := range next.targets {
		if i, ok := w.com.MemberOfPeer(t.member.PeerID); ok {
			before := w.targets[i].report
			t.report.Slivers, t.report.Held, t.report.Bytes, t.report.Took = before.Slivers, before.Held, before.Bytes, before.Took
		}
	}
	for _, a := range axes {
		for i, stored := range w.stored[a] {
			if stored && w.holder(a, i).member.PeerID == next.holder(a, i).member.PeerID {
				next.stored[a][i] = true
				next.count++
			}
		}
	}
	return next
}

// holder returns the member that holds a sliver.
func (w *writer) holder(a codec.Axis, index int) *target {
	p := w.com.Params()
	return w.targets[w.com.MemberOfShard(p.PairShard(w.id, p.PairIndex(index, a)))]
}

// size returns the bytes of a sliver's body.
func (w *writer) size(a codec.Axis) int64 {
	return int64(w.com.Params().SliverBCSSize(a, w.p.enc.SymbolSize()))
}

// revive gives members that failed another chance.
func (w *writer) revive() {
	for _, t := range w.targets {
		if !t.final {
			t.err = nil
		}
	}
}

func (w *writer) unconfirmed() []*target {
	return w.filter(func(t *target) bool { return t.sig == nil && t.err == nil })
}

func (w *writer) filter(keep func(*target) bool) []*target {
	var list []*target
	for _, t := range w.targets {
		if keep(t) {
			list = append(list, t)
		}
	}
	return list
}

// alive is how many shards are on members that are not out of this round.
func (w *writer) alive() (shards int) {
	for _, t := range w.targets {
		if t.err == nil {
			shards += t.report.Shards
		}
	}
	return shards
}

// confirmed is how many shards are on members that confirmed.
func (w *writer) confirmed() (shards int) {
	for _, t := range w.targets {
		if t.sig != nil {
			shards += t.report.Shards
		}
	}
	return shards
}

// promising reports whether another round may reach a quorum: not if too many members refuse for good.
func (w *writer) promising() bool {
	shards := 0
	for _, t := range w.targets {
		if !t.final {
			shards += t.report.Shards
		}
	}
	return w.com.Quorum(shards)
}

// misled reports whether members speak of another epoch.
func (w *writer) misled() bool {
	return slices.ContainsFunc(w.targets, func(t *target) bool { return t.err != nil && t.report.Cause == CauseEpoch })
}

// rounds is how often the members are gone through: more often when a quorum waits only for members that do not follow the
// chain as fast as others, or as this client.
func (w *writer) rounds() int {
	shards := w.alive()
	for _, t := range w.targets {
		if c := t.report.Cause; t.err != nil && (c == CauseEpoch || c == CauseUnregistered) {
			shards += t.report.Shards
		}
	}
	if w.com.Quorum(shards) {
		return followRounds
	}
	return putRounds
}

func weight[V any](members map[*target]V) (shards int) {
	for t := range members {
		shards += t.report.Shards
	}
	return shards
}

// fail takes a member out of the round, or out of the put if it would say the same again.
func (w *writer) fail(t *target, err error) {
	t.err = err
	t.report.fail(err)
	switch t.report.Cause {
	case CauseGarbled, CauseLied:
		t.final = true
	case CauseFull:
		// It may be the room for blobs that come ahead of their registration: when the node has heard of that, there is more.
	case CauseRefused:
		again, _ := advice(err)
		t.final = !again && !errors.Is(err, request.Internal)
	default:
	}
}

// report sends the events about a member that has finished a phase.
func (w *writer) report(phase Phase, t *target) {
	ev := Event{Phase: phase, Blob: w.id}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch phase {
	case PhaseStore:
		ev = w.stores()
	case PhaseConfirm:
		ev.Done, ev.Total = int64(w.confirmed()), int64(w.com.Params().Shards())
	default:
		ev.Done, ev.Total = int64(w.alive()), int64(w.com.Params().Shards())
	}
	if phase == PhaseConfirm || t.err != nil {
		r := t.report
		ev.Member = &r
	}
	w.events.send(ev)
}

// contact connects a member, asks what it has and gives it the metadata if it needs them.
func (w *writer) contact(ctx context.Context, t *target) (*bls.Signature, error) {
	p := t.member.PeerID
	if err := w.c.connect(ctx, p); err != nil {
		return nil, err
	}
	var st request.BlobStatus
	if err := w.c.retried(ctx, p, 0, func(ctx context.Context) (err error) {
		st, err = w.c.net.BlobStatus(ctx, p, w.id)
		return err
	}); err != nil {
		return nil, err
	}
	// What a node holds in part is offered again; it declines a sliver that it has before the body is sent.
	if all := t.report.Shards; st.Metadata && st.PrimaryHeld >= all && st.SecondaryHeld >= all {
		w.held(t)
		return nil, nil
	}
	w.lost(t, [...]int{codec.Primary: st.PrimaryHeld, codec.Secondary: st.SecondaryHeld})
	return nil, w.c.retried(ctx, p, int64(w.com.Params().MetadataBCSSize()), func(ctx context.Context) error {
		return w.c.net.PutMetadata(ctx, p, w.id, w.p.enc.Metadata())
	})
}

// slivers calls f with every sliver of the member's shards.
func (w *writer) slivers(t *target, f func(a codec.Axis, index int)) {
	p := w.com.Params()
	for _, shard := range t.member.Shards {
		for _, a := range axes {
			f(a, p.SliverIndex(p.ShardPair(w.id, shard), a))
		}
	}
}

// held notes that a member has all its slivers.
func (w *writer) held(t *target) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slivers(t, func(a codec.Axis, i int) {
		if !w.stored[a][i] {
			w.stored[a][i] = true
			w.count++
			t.report.Held++
		}
	})
}

// lost forgets what a member stored when it says that it has less by now, by axis.
func (w *writer) lost(t *target, has [2]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var believed [2]int
	w.slivers(t, func(a codec.Axis, i int) {
		if w.stored[a][i] {
			believed[a]++
		}
	})
	w.slivers(t, func(a codec.Axis, i int) {
		if has[a] < believed[a] && w.stored[a][i] {
			w.stored[a][i] = false
			w.count--
		}
	})
}

// plan counts what is to be sent in this round and reports whether that is anything.
func (w *writer) plan() bool {
	total := w.bytes
	for _, a := range axes {
		for i := range w.stored[a] {
			if w.wanted(a, i) {
				total += w.size(a)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total = total
	return total > w.bytes
}

// wanted reports whether a sliver is to be sent in this round.
func (w *writer) wanted(a codec.Axis, index int) bool {
	t := w.holder(a, index)
	if t.err != nil || t.sig != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.stored[a][index]
}

// send gives slivers to a member.
func (w *writer) send(ctx context.Context, t *target, slivers []*codec.Sliver) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(w.c.limits.streams)
	for _, s := range slivers {
		g.Go(func() error {
			n := w.size(s.Axis)
			err := w.c.retried(ctx, t.member.PeerID, n, func(ctx context.Context) error {
				return w.c.net.PutSliver(ctx, t.member.PeerID, w.id, s)
			})
			if err == nil {
				w.sent(t, s, n)
			}
			return err
		})
	}
	return g.Wait()
}

// sent notes that a member has stored a sliver.
func (w *writer) sent(t *target, s *codec.Sliver, n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored[s.Axis][s.Index] = true
	w.count++
	w.bytes += n
	t.report.Slivers++
	t.report.Bytes += n
	w.events.send(w.stores())
}

// stores is the event that tells how many slivers are stored. The caller holds mu.
func (w *writer) stores() Event {
	return Event{
		Phase: PhaseStore, Blob: w.id, Done: int64(w.count), Total: int64(2 * w.com.Params().Shards()), Bytes: w.bytes, BytesTotal: w.total,
	}
}

// confirm gets and verifies a member's confirmation.
func (w *writer) confirm(ctx context.Context, t *target) (*bls.Signature, error) {
	var sig bls.Signature
	if err := w.c.retried(ctx, t.member.PeerID, 0, func(ctx context.Context) (err error) {
		sig, err = w.c.net.Confirm(ctx, t.member.PeerID, w.conf)
		return err
	}); err != nil {
		return nil, err
	}
	done, err := w.c.verifying(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := bls.Verify(t.member.PublicKey, w.msg, sig); err != nil {
		w.c.book.lied(t.member.PeerID)
		return nil, fmt.Errorf("confirmation: %w: %w", codec.ErrVerify, err)
	}
	return &sig, nil
}

// confirmedBy notes a confirmation.
func (w *writer) confirmedBy(t *target, sig *bls.Signature) {
	t.sig = sig
	t.report.Done, t.report.Cause, t.report.Problem = true, CauseNone, ""
}

// result makes and verifies the certificate.
func (w *writer) result() (*UploadResult, error) {
	sigs := make(map[int]bls.Signature)
	for i, t := range w.targets {
		if t.sig != nil {
			sigs[i] = *t.sig
		}
	}
	cert, err := staking.NewCertificate(w.conf, sigs)
	if err != nil {
		return nil, fmt.Errorf("put of blob %s: %w", w.id, err)
	}
	if err := w.com.VerifyCertificate(cert); err != nil {
		return nil, fmt.Errorf("put of blob %s: %w", w.id, err)
	}
	return &UploadResult{
		Blob: w.id, Size: w.p.size, EncodedSize: w.p.encoded, Epoch: w.com.Epoch(), Certificate: cert, Weight: w.confirmed(),
		Sent: w.bytes, Members: w.reports(),
	}, nil
}

func (w *writer) reports() []MemberReport {
	list := make([]MemberReport, len(w.targets))
	for i, t := range w.targets {
		list[i] = t.report
	}
	return list
}

// unavailable says why there is no quorum.
func (w *writer) unavailable() error {
	counts := make(tally)
	for _, t := range w.targets {
		if t.sig == nil && t.err != nil {
			counts.add(t.report.Cause, t.report.Shards, t.err)
		}
	}
	e := &UnavailableError{
		Op: "put", Blob: w.id, What: "confirmations", Need: w.com.QuorumWeight(), Have: w.alive(), Total: w.com.Params().Shards(),
		Reasons: counts.reasons(), Members: w.reports(),
	}
	e.Hint = "Put the blob again when more nodes are up: what they have stored is kept and not sent twice"
	if len(e.Reasons) > 0 {
		switch e.Reasons[0].Cause {
		case CauseFull:
			e.Hint = "Wait until blobs expire or their operators give the nodes more room, or put a smaller blob"
		case CauseEpoch:
			e.Hint = "They and this client do not agree about the epoch: check that this client's chain endpoint follows the chain, and try again"
		case CauseUnregistered:
			e.Hint = "Register the blob first. If it is registered, they have not heard of it yet: try again, what they have stored is not sent twice"
		case CauseLied:
			e.Hint = "Nodes sign with other keys than the committee has: make sure that the network file is the right one"
		default:
		}
	}
	return e
}

// paces has the rates that members took their slivers at, for a median.
type paces struct{ rates []float64 }

func (p *paces) add(rate float64) { p.rates = append(p.rates, rate) }

// median returns 0 if there is no rate yet.
func (p *paces) median() float64 {
	if len(p.rates) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(p.rates))
	return sorted[len(sorted)/2]
}
