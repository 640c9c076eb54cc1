package light

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// metadataAnswer is what one member said.
type metadataAnswer struct {
	report MemberReport
	m      *codec.Metadata
	err    error
}

// metadataSearch asks members for a blob's metadata until one has it or it is clear that nobody does.
type metadataSearch struct {
	c       *Client
	com     *staking.Committee
	id      codec.BlobID
	order   []int // members to ask, best first
	answers chan metadataAnswer
	asked   int
	open    int // asked and not answered

	unknown int // shards of the members that do not know the blob
	failed  []metadataAnswer
}

// metadata returns the blob's metadata, which matches the id, from whichever member gives it first, and the reports of that
// member and those that lied. Asking begins with the best member; whenever none answers in time, as many again are asked.
func (c *Client) metadata(ctx context.Context, com *staking.Committee, id codec.BlobID) (*codec.Metadata, []MemberReport, error) {
	s := &metadataSearch{c: c, com: com, id: id, order: c.ranked(com, 0), answers: make(chan metadataAnswer, com.Size())}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	return s.run(ctx, &wg)
}

func (s *metadataSearch) run(ctx context.Context, wg *sync.WaitGroup) (*codec.Metadata, []MemberReport, error) {
	hedge := time.NewTimer(metadataHedge)
	defer hedge.Stop()
	var giveUp <-chan time.Time
	s.ask(ctx, wg, 1)
	for s.open > 0 {
		select {
		case a := <-s.answers:
			s.open--
			if a.err == nil {
				return a.m, s.found(a), nil
			}
			s.failed = append(s.failed, a)
			if a.report.Cause == CauseMissing {
				s.unknown += a.report.Shards
			}
			switch {
			case s.com.Quorum(s.unknown):
				// A certified blob is known to at least one correct member of every quorum.
				return nil, nil, s.notFound()
			case s.com.Validity(s.unknown) && giveUp == nil:
				s.ask(ctx, wg, len(s.order))
				t := time.NewTimer(notFoundGrace)
				defer t.Stop()
				giveUp = t.C
			default:
				s.ask(ctx, wg, 1)
			}
		case <-hedge.C:
			s.ask(ctx, wg, s.open)
			hedge.Reset(metadataHedge)
		case <-giveUp:
			return nil, nil, s.notFound()
		case <-ctx.Done():
			return nil, nil, ended(ctx)
		}
	}
	if s.com.Validity(s.unknown) {
		return nil, nil, s.notFound()
	}
	return nil, nil, s.unavailable()
}

// ask asks up to count more members.
func (s *metadataSearch) ask(ctx context.Context, wg *sync.WaitGroup, count int) {
	for ; count > 0 && s.asked < len(s.order); count-- {
		i := s.order[s.asked]
		s.asked++
		s.open++
		wg.Go(func() { s.answers <- s.request(ctx, i) })
	}
}

func (s *metadataSearch) request(ctx context.Context, i int) metadataAnswer {
	a := metadataAnswer{report: newReport(s.com, i)}
	start := time.Now()
	if a.err = s.c.connect(ctx, a.report.Peer); a.err == nil {
		a.err = s.c.retried(ctx, a.report.Peer, 0, func(ctx context.Context) (err error) {
			a.m, err = s.c.net.GetMetadata(ctx, a.report.Peer, s.id)
			return err
		})
	}
	a.report.Took = time.Since(start)
	if a.err != nil {
		a.report.fail(a.err)
		return a
	}
	a.report.Done = true
	a.report.Bytes = int64(s.com.Params().MetadataBCSSize())
	return a
}

// found returns the reports of the member that had the metadata and of those that failed before.
func (s *metadataSearch) found(a metadataAnswer) []MemberReport {
	reports := make([]MemberReport, 0, len(s.failed)+1)
	for _, f := range s.failed {
		reports = append(reports, f.report)
	}
	return append(reports, a.report)
}

func (s *metadataSearch) notFound() error {
	return fmt.Errorf("%w: nodes with %d of %d shards do not know blob %s, and no node gave it", ErrNotFound, s.unknown, s.com.Params().Shards(), s.id)
}

func (s *metadataSearch) unavailable() error {
	t := make(tally)
	for _, a := range s.failed {
		t.add(a.report.Cause, a.report.Shards, a.err)
	}
	n := s.com.Params().Shards()
	e := &UnavailableError{
		Op: "get", Blob: s.id, What: "metadata", Need: 1, Have: 0, Total: n, Reasons: t.reasons(),
		Hint: fmt.Sprintf("Any node has the metadata of a blob that exists; that it does not exist takes %d shards to say, %d did. "+
			"Check the connection and the network file, and try again", n/3+1, s.unknown),
	}
	for _, a := range s.failed {
		e.Members = append(e.Members, a.report)
	}
	return e
}

// ranked returns the member indexes, cheapest for a body of n bytes first.
func (c *Client) ranked(com *staking.Committee, n int64) []int {
	type ranking struct {
		member int
		cost   float64
	}
	list := make([]ranking, com.Size())
	for i := range list {
		list[i] = ranking{i, c.book.cost(com.Member(i).PeerID, n)}
	}
	slices.SortFunc(list, func(a, b ranking) int {
		switch {
		case a.cost < b.cost:
			return -1
		case a.cost > b.cost:
			return 1
		default:
			return 0
		}
	})
	order := make([]int, len(list))
	for i, r := range list {
		order[i] = r.member
	}
	return order
}
